using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers;

/// <summary>Finds the chat with a WhatsApp user, or begins it.</summary>
public static class Conversations
{
    private const string Savepoint = "conversation";

    /// <param name="identities">All that is known of the user, the one to send to first.</param>
    public static async Task<Guid> FindOrCreateAsync(
        TenantTransaction db, DataKey key, IReadOnlyList<ChatIdentity> identities, TimeProvider time, CancellationToken ct)
        => (await JoinAsync(db, key, identities, time, ct))[0];

    /// <summary>
    /// Identities that one message proves to be one user's come together in one conversation. Only where several of them have
    /// drivers they stay apart: what concerns the user himself, as STOP does, concerns them all.
    /// </summary>
    /// <param name="identities">All that is known of the user, the one to send to first.</param>
    /// <returns>The user's conversations, at least one; what he writes belongs to the first.</returns>
    public static async Task<IReadOnlyList<Guid>> JoinAsync(
        TenantTransaction db, DataKey key, IReadOnlyList<ChatIdentity> identities, TimeProvider time, CancellationToken ct)
    {
        var wanted = identities.Select(i => (Identity: i, Index: i.Index(key))).ToArray();
        var found = await FindAsync(db, wanted, ct);
        if (found.Count == 0)
        {
            if (await TryBeginAsync(db, key, wanted, time, ct) is { } begun) return [begun];
            // Somebody else began it meanwhile.
            found = await FindAsync(db, wanted, ct);
        }
        foreach (var forgotten in found.Where(f => f.IsForgotten).DistinctBy(f => f.Conversation)) await RememberAsync(db, key, forgotten.Conversation, wanted[forgotten.Position].Identity, ct);
        var conversations = await MergeAsync(db, key, [.. found.Select(f => f.Conversation).Distinct()], time, ct);
        var fresh = wanted.Where((_, position) => found.TrueForAll(f => f.Position != position)).ToArray();
        if (fresh.Length > 0) await InsertIdentitiesAsync(db, conversations[0], fresh, time.GetUtcNow(), ct);
        return conversations;
    }

    /// <summary>WhatsApp knows the user of this chat by another number too. What that number wrote before was his.</summary>
    public static async Task AddIdentityAsync(TenantTransaction db, DataKey key, Guid conversation, ChatIdentity identity, TimeProvider time, CancellationToken ct)
    {
        (ChatIdentity, byte[])[] wanted = [(identity, identity.Index(key))];
        if (await InsertIdentitiesAsync(db, conversation, wanted, time.GetUtcNow(), ct) == 1) return;
        var found = await FindAsync(db, wanted, ct);
        await MergeAsync(db, key, [conversation, .. found.Select(f => f.Conversation).Where(other => other != conversation)], time, ct);
    }

    /// <returns>Null if the user is nobody we know.</returns>
    public static async Task<Guid?> FindAsync(TenantDb db, DataKey key, IReadOnlyList<ChatIdentity> identities, CancellationToken ct)
        => await ListAsync(db, Find, [.. identities.Select(i => (i, i.Index(key)))], ct) is [var first, ..] ? first.Conversation : null;

    // An identity has one conversation: its key decides who began it. The loser takes his own back.
    private static async Task<Guid?> TryBeginAsync(
        TenantTransaction db, DataKey key, IReadOnlyList<(ChatIdentity Identity, byte[] Index)> wanted, TimeProvider time, CancellationToken ct)
    {
        var (id, first) = (time.NewId(), wanted[0].Identity);
        await db.SaveAsync(Savepoint, ct);
        await InsertConversationAsync(db, id, first.Kind, key.Encrypt(EncryptedColumns.ConversationIdentity, id, first.Value), time.GetUtcNow(), ct);
        if (await InsertIdentitiesAsync(db, id, wanted, time.GetUtcNow(), ct) == wanted.Count) return id;
        await db.RollbackToAsync(Savepoint, ct);
        return null;
    }

    /// <summary>Empties those without drivers into the one that has them, else into the first.</summary>
    private static async Task<IReadOnlyList<Guid>> MergeAsync(TenantTransaction db, DataKey key, IReadOnlyList<Guid> conversations, TimeProvider time, CancellationToken ct)
    {
        if (conversations.Count <= 1) return conversations;
        var withDrivers = await LockAsync(db, [.. conversations], ct);
        var kept = conversations.Where(withDrivers.Contains).DefaultIfEmpty(conversations[0]).ToArray();
        foreach (var emptied in conversations.Except(kept))
        {
            await using var batch = db.Batch()
                .Add(TakeOver, P.Uuid(kept[0]), P.Uuid(emptied))
                .Add(MoveIdentities, P.Uuid(kept[0]), P.Uuid(emptied))
                .Add(MoveWaiting, P.Uuid(kept[0]), P.Uuid(emptied));
            await batch.ExecuteAsync(ct);
        }
        if (kept.Length < conversations.Count) await DriverConsent.WithdrawWhereStoppedAsync(db, key, time, kept[0], ct);
        return kept;
    }

    // In the order of the identities given: the first one's conversation is the user's.
    private const string Find = """
        select wanted.position, i.conversation_id, c.forgotten_at is not null
        from fleet.identities i
        join fleet.conversations c on c.tenant_id = $1 and c.id = i.conversation_id
        join unnest($2, $3) with ordinality as wanted (kind, index, position)
          on i.identity_kind = wanted.kind and i.identity_index = wanted.index
        where i.tenant_id = $1
        order by wanted.position
        """;

    // Stands in nobody's way but theirs who would forget one: what is found here is taken.
    private const string Keep = $"""
        {Find}
        for key share of c
        """;

    private static Task<List<(int Position, Guid Conversation, bool IsForgotten)>> FindAsync(TenantTransaction db, IReadOnlyList<(ChatIdentity Identity, byte[] Index)> wanted, CancellationToken ct)
        => ListAsync(db, Keep, wanted, ct);

    private static Task<List<(int Position, Guid Conversation, bool IsForgotten)>> ListAsync(
        TenantDb db, string sql, IReadOnlyList<(ChatIdentity Identity, byte[] Index)> wanted, CancellationToken ct)
        => db.ListAsync(sql, row => ((int)row.GetInt64(0) - 1, row.GetGuid(1), row.GetBoolean(2)), ct,
            P.Texts([.. wanted.Select(w => w.Identity.Kind)]), P.ByteArrays([.. wanted.Select(w => w.Index)]));

    private const string Remember = """
        update fleet.conversations
        set identity_kind = $3, identity = $4, forgotten_at = null
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>The phone was forgotten, and its user is back: whether he said STOP was not.</summary>
    internal static Task RememberAsync(TenantDb db, DataKey key, Guid conversation, ChatIdentity identity, CancellationToken ct)
        => db.ExecuteAsync(Remember, ct, P.Uuid(conversation), P.Text(identity.Kind), P.Bytes(key.Encrypt(EncryptedColumns.ConversationIdentity, conversation, identity.Value)));

    private const string InsertConversation = """
        insert into fleet.conversations (tenant_id, id, identity_kind, identity, created_at)
        values ($1, $2, $3, $4, $5)
        """;

    private static Task InsertConversationAsync(TenantDb db, Guid id, string kind, byte[] identity, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(InsertConversation, ct, P.Uuid(id), P.Text(kind), P.Bytes(identity), P.Time(now));

    private const string InsertIdentities = """
        insert into fleet.identities (tenant_id, identity_kind, identity_index, conversation_id, created_at)
        select $1, wanted.kind, wanted.index, $2, $5
        from unnest($3, $4) as wanted (kind, index)
        order by wanted.kind, wanted.index
        on conflict (tenant_id, identity_kind, identity_index) do nothing
        """;

    /// <returns>How many were new.</returns>
    private static Task<int> InsertIdentitiesAsync(
        TenantDb db, Guid conversation, IReadOnlyList<(ChatIdentity Identity, byte[] Index)> wanted, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(InsertIdentities, ct,
            P.Uuid(conversation), P.Texts([.. wanted.Select(w => w.Identity.Kind)]), P.ByteArrays([.. wanted.Select(w => w.Index)]), P.Time(now));

    private const string Lock = """
        select c.id, exists (select from fleet.drivers d where d.tenant_id = $1 and d.conversation_id = c.id)
        from fleet.conversations c
        where c.tenant_id = $1
          and c.id = any($2)
        order by c.id
        for no key update of c
        """;

    /// <returns>Those that have drivers.</returns>
    private static async Task<HashSet<Guid>> LockAsync(TenantTransaction db, Guid[] conversations, CancellationToken ct)
        => [.. (await db.ListAsync(Lock, row => (Id: row.GetGuid(0), HasDrivers: row.GetBoolean(1)), ct, P.Uuids(conversations))).Where(c => c.HasDrivers).Select(c => c.Id)];

    private const string TakeOver = """
        update fleet.conversations k
        set stopped_at = least(k.stopped_at, e.stopped_at), stop_said_at = greatest(k.stop_said_at, e.stop_said_at), last_inbound_at = greatest(k.last_inbound_at, e.last_inbound_at),
            paced_until = greatest(k.paced_until, e.paced_until), reached_at = greatest(k.reached_at, e.reached_at)
        from fleet.conversations e
        where k.tenant_id = $1
          and k.id = $2
          and e.tenant_id = $1
          and e.id = $3
        """;

    private const string MoveIdentities = """
        update fleet.identities
        set conversation_id = $2
        where tenant_id = $1
          and conversation_id = $3
        """;

    // What waits there would be out of STOP's reach.
    private const string MoveWaiting = """
        update fleet.outbound
        set conversation_id = $2
        where tenant_id = $1
          and conversation_id = $3
          and status in ('waiting', 'doubt', 'retrying')
        """;
}
