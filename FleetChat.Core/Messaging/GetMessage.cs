using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging;

/// <summary>One message of the tenant.</summary>
public sealed class GetMessage(TenantDbs dbs, DataKeys keys)
{
    public static readonly Error NotFound = Error.NotFound("messages.not_found", "There is no such message. GET /api/messages lists those there are.");

    public async Task<Result<MessageView>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        var key = await keys.GetAsync(tenant, ct);
        return await dbs.For(tenant).FindAsync(Find, row => MessageView.Read(row, key), ct, P.Uuid(id)) is { } message ? message : NotFound;
    }

    private const string Find = $"""
        select {MessageView.Columns}
        from fleet.message_logs m
        {MessageView.JoinMedia}
        where m.tenant_id = $1
          and m.id = $2
        """;
}
