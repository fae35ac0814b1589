using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging;

/// <summary>
/// WhatsApp says that a driver's 24 hours are over, where we thought that they were not: our view gives way, and a dispatcher's words
/// go out once more as a template.
/// </summary>
internal static class ClosedWindow
{
    // What he has written since opens it anew.
    private const string Close = """
        update fleet.conversations c
        set last_inbound_at = least(c.last_inbound_at, $3 - interval '24 hours')
        from fleet.message_logs m
        where m.tenant_id = $1
          and m.id = $2
          and c.tenant_id = $1
          and c.id = m.conversation_id
          and c.last_inbound_at <= $3
        """;

    private const string FindText = """
        select m.conversation_id, m.driver_id, m.reason, m.content, o.valid_until
        from fleet.message_logs m
        join fleet.outbound o on o.tenant_id = $1 and o.message_id = m.id
        where m.tenant_id = $1
          and m.id = $2
          and m.kind = 'text'
          and m.driver_id is not null
        """;

    /// <param name="asOf">When WhatsApp said so.</param>
    /// <returns>True if the message goes out as a template instead; a second time for the same message changes nothing. False: people have to be told.</returns>
    public static async Task<bool> FollowAsync(TenantDb db, DataKey key, TenantSettings tenant, TimeProvider time, Guid message, DateTimeOffset asOf, CancellationToken ct)
    {
        await db.ExecuteAsync(Close, ct, P.Uuid(message), P.Time(asOf));
        var text = await db.FindAsync(FindText, row => new Text(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.Bytes(3), row.TimeOrNull(4)), ct, P.Uuid(message));
        if (text is null || !text.Reason.StartsWith(SendDispatcherMessage.Reason, StringComparison.Ordinal)) return false;
        if (new RowOpener(key).Open(opener => MessageContent.Open(opener, message, text.Content))?.Text is not { } words || !SendDispatcherMessage.FitsTemplate(words)) return false;
        if (await DriverSql.FindAsync(db, key, text.Driver, ct) is not { } driver) return false;

        var content = SendDispatcherMessage.InTemplate(tenant, driver.Name, driver.Language ?? tenant.DefaultLanguage, words);
        await Outbox.TryAddAsync(db, key, time, new(time.NewId(), text.Conversation, text.Driver, MessageKind.Template, content, text.Reason, $"instead:{message:N}")
        {
            ValidUntil = text.ValidUntil,
        }, Outbox.LaneOf(text.Conversation), ct);
        return true;
    }

    private sealed record Text(Guid Conversation, Guid Driver, string Reason, byte[] Content, DateTimeOffset? ValidUntil);
}
