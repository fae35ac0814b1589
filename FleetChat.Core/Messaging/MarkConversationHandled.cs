using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <param name="ThroughMessageId">Ends the entries up to this message of the conversation; null: all that are open now.</param>
public sealed record MarkConversationHandledInput(TenantId Tenant, Guid ConversationId, Guid? ThroughMessageId, string Actor);

/// <param name="Handled">How many entries it ended; 0 when there was nothing left to end.</param>
public sealed record ConversationHandled(Guid ConversationId, int Handled);

/// <summary>A dispatcher has looked at what waited in a conversation, and its writer sees that. Doing it again ends nothing more.</summary>
public sealed class MarkConversationHandled(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    public static readonly Error NotFound = Error.NotFound("conversations.not_found", "There is no such conversation. GET /api/conversations lists those there are.");

    public static readonly Error MessageNotFound = Error.Invalid(
        "conversations.message_not_found", "Give the id of a message of this conversation, or leave it out.", "$.through_message_id");

    /// <returns>What it ended, and who has to be told.</returns>
    public async Task<Result<(ConversationHandled Answer, LaneWork Work)>> HandleAsync(MarkConversationHandledInput input, CancellationToken ct)
    {
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        var handled = await HandleAsync(db, input, ct);
        if (!handled.IsOk) return handled.Error;
        var processing = new Processing(db, await keys.GetAsync(input.Tenant, ct), tenant, time);
        if (handled.Value > 0) await ReadMarks.AddAsync(processing, input.ConversationId, ct);
        var work = await processing.CommitAsync(ct);
        return (new ConversationHandled(input.ConversationId, handled.Value), work);
    }

    private async Task<Result<int>> HandleAsync(TenantDb db, MarkConversationHandledInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var batch = db.Batch().Add(Check, P.Uuid(input.ConversationId), P.Uuid(input.ThroughMessageId));
        if (input.ThroughMessageId is { } message)
            batch.Add(HandleThrough, P.Uuid(input.ConversationId), P.Time(now), P.Text(input.Actor), P.Uuid(message));
        else
            batch.Add(HandleAll, P.Uuid(input.ConversationId), P.Time(now), P.Text(input.Actor));
        batch.Add(CloseAlert, P.Uuid(input.ConversationId), P.Text(AlertCodes.DispatcherWaiting), P.Text(input.ConversationId.ToString()), P.Time(now));
        await using var reader = await batch.ReadAsync(ct);
        var (conversationExists, messageExists) = (await reader.ListAsync(row => (row.GetBoolean(0), row.GetBoolean(1)), ct)).Single();
        if (!conversationExists) return NotFound;
        if (!messageExists) return MessageNotFound;
        return (await reader.ListAsync(row => row.GetGuid(0), ct)).Count;
    }

    private const string Check = """
        select exists (select from fleet.conversations where tenant_id = $1 and id = $2),
               $3 is null or exists (select from fleet.message_logs where tenant_id = $1 and conversation_id = $2 and id = $3)
        """;

    private const string HandleAll = """
        update fleet.dispatcher_entries
        set handled_at = $3, handled_by = $4
        where tenant_id = $1
          and conversation_id = $2
          and handled_at is null
          and since <= $3
        returning id
        """;

    private const string HandleThrough = """
        update fleet.dispatcher_entries e
        set handled_at = $3, handled_by = $4
        from fleet.message_logs m, fleet.message_logs through
        where e.tenant_id = $1
          and e.conversation_id = $2
          and e.handled_at is null
          and m.tenant_id = $1
          and m.id = e.message_id
          and through.tenant_id = $1
          and through.conversation_id = $2
          and through.id = $5
          and (m.timestamp, m.id) <= (through.timestamp, through.id)
        returning e.id
        """;

    // Only when nothing is left that nobody took.
    private const string CloseAlert = """
        update fleet.alerts
        set closed_at = $5
        where tenant_id = $1
          and code = $3
          and subject = $4
          and closed_at is null
          and not exists (
              select
              from fleet.dispatcher_entries e
              where e.tenant_id = $1
                and e.conversation_id = $2
                and e.handled_at is null
                and e.taken_at is null)
        """;
}
