using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging;

/// <summary>One message of the tenant.</summary>
/// <param name="unreadable">Null: nobody is told of what does not open.</param>
public sealed class GetMessage(TenantDbs dbs, DataKeys keys, UnreadableRows? unreadable = null)
{
    public static readonly Error NotFound = Error.NotFound("messages.not_found", "There is no such message. GET /api/messages lists those there are.");

    public async Task<Result<MessageView>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        var opener = new RowOpener(await keys.GetAsync(tenant, ct));
        if (await dbs.For(tenant).FindAsync(Find, row => MessageView.Read(row, opener), ct, P.Uuid(id)) is not { } message) return NotFound;
        if (unreadable is not null) await unreadable.TellAsync(tenant, opener, ct);
        return message;
    }

    private const string Find = $"""
        select {MessageView.Columns}
        from fleet.message_logs m
        {MessageView.JoinMedia}
        where m.tenant_id = $1
          and m.id = $2
        """;
}
