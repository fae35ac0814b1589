using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers;

/// <summary>Finds the chat with a WhatsApp user, or begins it.</summary>
public static class Conversations
{
    /// <param name="identities">All that is known of the user, the one to send to first.</param>
    public static async Task<Guid> FindOrCreateAsync(
        TenantTransaction db, DataKey key, IReadOnlyList<ChatIdentity> identities, TimeProvider time, CancellationToken ct)
    {
        var indexes = identities.Select(i => i.Index(key)).ToArray();
        var found = await FindAsync(db, identities, indexes, ct);
        var conversation = found ?? time.NewId();
        if (found is null)
            await InsertConversationAsync(db, conversation, identities[0].Kind,
                key.Encrypt(EncryptedColumns.ConversationIdentity, conversation, identities[0].Value), time.GetUtcNow(), ct);

        await InsertIdentitiesAsync(db, conversation, identities, indexes, time.GetUtcNow(), ct);
        // Somebody else may have begun the same chat at the same moment: the identity's key decided who did.
        return found ?? await FindAsync(db, identities, indexes, ct) ?? throw new InvalidOperationException("an identity that was just written is gone");
    }

    /// <summary>WhatsApp knows the user of this chat by another number too.</summary>
    public static Task AddIdentityAsync(TenantTransaction db, DataKey key, Guid conversation, ChatIdentity identity, TimeProvider time, CancellationToken ct)
        => InsertIdentitiesAsync(db, conversation, [identity], [identity.Index(key)], time.GetUtcNow(), ct);

    // Several identities may point to chats of their own (a number and a user id that were seen apart): the order given decides.
    private const string Find = """
        select i.conversation_id
        from fleet.identities i
        join unnest($2, $3) with ordinality as wanted (kind, index, position)
          on i.identity_kind = wanted.kind and i.identity_index = wanted.index
        where i.tenant_id = $1
        order by wanted.position
        limit 1
        """;

    private static Task<Guid?> FindAsync(TenantDb db, IReadOnlyList<ChatIdentity> identities, byte[][] indexes, CancellationToken ct)
        => db.FindAsync<Guid?>(Find, row => row.GetGuid(0), ct, P.Texts([.. identities.Select(i => i.Kind)]), P.ByteArrays(indexes));

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

    private static Task InsertIdentitiesAsync(
        TenantDb db, Guid conversation, IReadOnlyList<ChatIdentity> identities, byte[][] indexes, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(InsertIdentities, ct,
            P.Uuid(conversation), P.Texts([.. identities.Select(i => i.Kind)]), P.ByteArrays(indexes), P.Time(now));
}
