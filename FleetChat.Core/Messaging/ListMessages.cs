using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging;

/// <param name="Direction">One of <see cref="ListMessages.Directions"/>. Null, as for the other filters: all.</param>
public sealed record ListMessagesInput(TenantId Tenant, Guid? DriverId, Guid? ConversationId, Guid? TransportId, string? Direction, PageRequest Page);

/// <summary>The tenant's messages, in and out, the newest first.</summary>
public sealed class ListMessages(TenantDbs dbs, Pages pages, UnreadableRows unreadable)
{
    public static readonly IReadOnlyList<string> Directions = ["inbound", "outbound"];

    public async Task<Result<Page<MessageView>>> HandleAsync(ListMessagesInput input, CancellationToken ct)
    {
        var list = $"messages:{input.DriverId}:{input.ConversationId}:{input.TransportId}:{input.Direction}";
        var window = await pages.OpenAsync(input.Tenant, list, Position.BeforeNewest, input.Page, ct);
        if (!window.IsOk) return window.Error;
        var opener = new RowOpener(window.Value.Key);
        var rows = await ListAsync(dbs.For(input.Tenant), window.Value, opener, input, ct);
        await unreadable.TellAsync(input.Tenant, opener, ct);
        return window.Value.Page(rows, message => new(message.Timestamp, message.Id));
    }

    private const string List = $"""
        select {MessageView.Columns}
        from fleet.message_logs m
        {MessageView.JoinMedia}
        where m.tenant_id = $1
          and (m.timestamp, m.id) < ($2, $3)
          and ($4 is null or m.driver_id = $4)
          and ($5 is null or m.conversation_id = $5)
          and ($6 is null or m.transport_id = $6)
          and ($7 is null or m.direction = $7)
        order by m.timestamp desc, m.id desc
        limit $8
        """;

    private static Task<List<MessageView>> ListAsync(TenantDb db, PageWindow window, RowOpener opener, ListMessagesInput input, CancellationToken ct)
        => db.ListAsync(List, row => MessageView.Read(row, opener), ct,
            P.Time(window.After.Time), P.Uuid(window.After.Id), P.Uuid(input.DriverId), P.Uuid(input.ConversationId),
            P.Uuid(input.TransportId), P.Text(input.Direction), window.Rows);
}
