using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging;

/// <param name="Who">The dispatcher who looks after it, as the company calls him; 1 to 100 characters.</param>
/// <param name="FromOthers">Also what somebody else has taken.</param>
public sealed record TakeConversationInput(TenantId Tenant, Guid ConversationId, string? Who, bool FromOthers, string Actor);

/// <param name="Taken">How many entries are this dispatcher's now.</param>
public sealed record ConversationTaken(Guid ConversationId, int Taken);

/// <summary>A dispatcher takes what waits in a conversation, or is given it: nobody is alerted about it any more. What comes later has to be taken anew.</summary>
public sealed class TakeConversation(TenantDbs dbs, DataKeys keys, TimeProvider time)
{
    private const int LongestName = 100;

    public static readonly Error WhoMissing = Error.Invalid("conversations.who_missing", $"Say who takes it, 1 to {LongestName} characters.", "$.who");

    public static readonly Error TakenAlready = Error.Conflict(
        "conversations.taken", "Another dispatcher has taken this already: GET /api/conversations shows who. Send from_others to take it over.");

    public async Task<Result<ConversationTaken>> HandleAsync(TakeConversationInput input, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(input.Who) || input.Who.Length > LongestName) return WhoMissing;
        var (key, now) = (await keys.GetAsync(input.Tenant, ct), time.GetUtcNow());
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (!await ExistsAsync(db, input.ConversationId, ct)) return MarkConversationHandled.NotFound;

        var open = await LockOpenAsync(db, new(key), input.ConversationId, ct);
        var free = open.FindAll(e => e.TakenBy is null || (input.FromOthers && e.TakenBy != input.Who));
        var mine = open.Count(e => e.TakenBy == input.Who);
        if (free.Count + mine == 0 && open.Count > 0) return TakenAlready;
        if (free.Count > 0)
        {
            await using var batch = db.Batch()
                .Add(Take, P.Uuids([.. free.Select(e => e.Id)]), P.ByteArrays([.. free.Select(e => key.Encrypt(EncryptedColumns.EntryTaker, e.Id, input.Who))]), P.Time(now))
                .Add(Alerts.Close, P.Text(AlertCodes.DispatcherWaiting), P.Text(input.ConversationId.ToString()), P.Time(now));
            await batch.ExecuteAsync(ct);
            db.Audit(time, input.Actor, "conversation.taken", input.ConversationId.ToString());
        }
        await db.CommitAsync(ct);
        return new ConversationTaken(input.ConversationId, free.Count + mine);
    }

    private const string Find = """
        select true
        from fleet.conversations
        where tenant_id = $1
          and id = $2
        """;

    private static Task<bool> ExistsAsync(TenantDb db, Guid conversation, CancellationToken ct) => db.FindAsync(Find, row => row.GetBoolean(0), ct, P.Uuid(conversation));

    private const string LockOpen = """
        select id, taken_by
        from fleet.dispatcher_entries
        where tenant_id = $1
          and conversation_id = $2
          and handled_at is null
        order by id
        for no key update
        """;

    // Who can't be read has it all the same: others say that they take it from him.
    private static Task<List<(Guid Id, string? TakenBy)>> LockOpenAsync(TenantDb db, RowOpener opener, Guid conversation, CancellationToken ct)
        => db.ListAsync(LockOpen, row => (row.GetGuid(0), row.BytesOrNull(1) is { } taker ? opener.Text(EncryptedColumns.EntryTaker, row.GetGuid(0), taker) ?? "" : null), ct, P.Uuid(conversation));

    private const string Take = """
        update fleet.dispatcher_entries e
        set taken_by = taken.by, taken_at = $4
        from unnest($2, $3) as taken (id, by)
        where e.tenant_id = $1
          and e.id = taken.id
        """;
}
