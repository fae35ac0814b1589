using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Webhooks;

/// <summary>What an event is about, as it lies in the delivery's row.</summary>
internal sealed record WebhookEvent(string Type, Guid Subject, string Detail, DateTimeOffset OccurredAt);

/// <summary>A kind of event that a company's endpoint can ask for.</summary>
/// <param name="Name">Part of the API: never changes its meaning.</param>
/// <param name="FindAsync">Reads what goes out as <c>data</c>: what the API shows. Null if it is gone.</param>
internal sealed record WebhookEventType(string Name, Func<TenantDb, DataKey, WebhookEvent, CancellationToken, Task<object?>> FindAsync);

/// <summary>
/// Every kind there is. A new one is a line here, a CTE <c>cause</c> where it happens (see <see cref="OutgoingWebhooks.Add"/>),
/// and a section in docs/webhooks.md.
/// </summary>
internal static class WebhookEventTypes
{
    public const string MessageReceived = "message.received";
    public const string NeedsDispatcher = "conversation.needs_dispatcher";
    public const string TransportStatus = "transport.status";
    public const string AlertOpened = "alert.opened";

    /// <summary>Sent when somebody asks for it, to an endpoint that need not have asked for the type.</summary>
    public const string Test = "webhook.test";

    private static readonly WebhookEventType[] Types =
    [
        new(MessageReceived, async (db, key, e, ct) => await FindMessageAsync(db, key, e.Subject, ct)),
        new(NeedsDispatcher, async (db, key, e, ct) => await FindEntryAsync(db, key, e.Subject, ct)),
        new(TransportStatus, async (db, _, e, ct) => await FindTransportAsync(db, e, ct)),
        new(AlertOpened, async (db, _, e, ct) => await FindAlertAsync(db, e.Subject, ct)),
        new(Test, (_, _, e, _) => Task.FromResult<object?>(new TestData(e.Subject))),
    ];

    /// <summary>Those that an endpoint can ask for.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Types.Select(type => type.Name).Where(name => name != Test)];

    /// <returns>Null if it is gone, or of a kind that is not known (any more).</returns>
    public static Task<object?> FindDataAsync(TenantDb db, DataKey key, WebhookEvent happened, CancellationToken ct)
        => Array.Find(Types, type => type.Name == happened.Type)?.FindAsync(db, key, happened, ct) ?? Task.FromResult<object?>(null);

    private const string FindMessage = $"""
        select {MessageView.Columns}
        from fleet.message_logs m
        {MessageView.JoinMedia}
        where m.tenant_id = $1
          and m.id = $2
        """;

    private static Task<MessageView?> FindMessageAsync(TenantDb db, DataKey key, Guid id, CancellationToken ct)
        => db.FindAsync(FindMessage, row => MessageView.Read(row, key), ct, P.Uuid(id));

    private const string FindEntry = $"""
        select e.id, e.reason, e.since, e.driver_id, e.conversation_id, e.taken_by, e.taken_at,
               {MessageView.Columns}
        from fleet.dispatcher_entries e
        join fleet.message_logs m on m.tenant_id = e.tenant_id and m.id = e.message_id
        {MessageView.JoinMedia}
        where e.tenant_id = $1
          and e.id = $2
        """;

    private static Task<NeedsDispatcherData?> FindEntryAsync(TenantDb db, DataKey key, Guid id, CancellationToken ct)
        => db.FindAsync(FindEntry, row => new NeedsDispatcherData(row.GetGuid(4),
            new(row.GetGuid(0), row.GetString(1), row.Time(2), row.GuidOrNull(3),
                row.BytesOrNull(5) is { } taker ? key.Decrypt(EncryptedColumns.EntryTaker, row.GetGuid(0), taker) : null, row.TimeOrNull(6), MessageView.Read(row, key, 7))), ct, P.Uuid(id));

    private const string FindTransport = $"""
        select {TransportView.Columns}
        from fleet.transports
        where tenant_id = $1
          and id = $2
        """;

    // It may have moved on since: the event tells of its own move.
    private static async Task<TransportStatusData?> FindTransportAsync(TenantDb db, WebhookEvent happened, CancellationToken ct)
    {
        if (await db.FindAsync(FindTransport, TransportView.Read, ct, P.Uuid(happened.Subject)) is not { } transport) return null;
        var (before, after) = happened.Detail.Split('>') is [var from, var to] ? (from, to) : ("", transport.Status);
        return new(before, transport with { Status = after, StatusAt = happened.OccurredAt });
    }

    private const string FindAlert = $"""
        select {AlertView.Columns}
        from fleet.alerts
        where tenant_id = $1
          and id = $2
        """;

    private static Task<AlertView?> FindAlertAsync(TenantDb db, Guid id, CancellationToken ct) => db.FindAsync(FindAlert, AlertView.Read, ct, P.Uuid(id));

    private sealed record NeedsDispatcherData(Guid ConversationId, DispatcherEntry Entry);

    private sealed record TransportStatusData(string PreviousStatus, TransportView Transport);

    private sealed record TestData(Guid EndpointId);
}
