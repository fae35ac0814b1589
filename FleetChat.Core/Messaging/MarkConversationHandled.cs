using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging;

/// <param name="ThroughMessageId">Ends the entries up to this message of the conversation; null: all that are open now.</param>
public sealed record MarkConversationHandledInput(TenantId Tenant, Guid ConversationId, Guid? ThroughMessageId, string Actor);

/// <param name="Handled">How many entries it ended; 0 when there was nothing left to end.</param>
public sealed record ConversationHandled(Guid ConversationId, int Handled);

/// <summary>A dispatcher has looked at what waited in a conversation. Doing it again ends nothing more.</summary>
public sealed class MarkConversationHandled(TenantDbs dbs, TimeProvider time)
{
    public static readonly Error NotFound = Error.NotFound("conversations.not_found", "There is no such conversation. GET /api/conversations lists those there are.");

    public static readonly Error MessageNotFound = Error.Invalid(
        "conversations.message_not_found", "Give the id of a message of this conversation, or leave it out.", "$.through_message_id");

    public async Task<Result<ConversationHandled>> HandleAsync(MarkConversationHandledInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var batch = dbs.For(input.Tenant).Batch().Add(Check, P.Uuid(input.ConversationId), P.Uuid(input.ThroughMessageId));
        if (input.ThroughMessageId is { } message)
            batch.Add(HandleThrough, P.Uuid(input.ConversationId), P.Time(now), P.Text(input.Actor), P.Uuid(message));
        else
            batch.Add(HandleAll, P.Uuid(input.ConversationId), P.Time(now), P.Text(input.Actor));
        await using var reader = await batch.ReadAsync(ct);
        var (conversationExists, messageExists) = (await reader.ListAsync(row => (row.GetBoolean(0), row.GetBoolean(1)), ct)).Single();
        if (!conversationExists) return NotFound;
        if (!messageExists) return MessageNotFound;
        return new ConversationHandled(input.ConversationId, (await reader.ListAsync(row => row.GetGuid(0), ct)).Count);
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
}
