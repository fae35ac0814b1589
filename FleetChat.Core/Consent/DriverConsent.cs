using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;

namespace FleetChat.Core.Consent;

/// <summary>Moves drivers from state to state, by legal steps alone, each with its record.</summary>
internal static class DriverConsent
{
    private const string Set = """
        update fleet.drivers
        set consent_status = $4, updated_at = $5
        where tenant_id = $1
          and id = $2
          and consent_status = $3
        """;

    /// <summary>The driver's row is locked by the caller.</summary>
    /// <returns>False if he does not stand where this step begins.</returns>
    public static async Task<bool> TryChangeAsync(
        TenantDb db, DataKey key, TimeProvider time, Guid driver, Guid? conversation, string from, string to, ConsentProof proof, CancellationToken ct)
    {
        if (!ConsentState.IsLegal(from, to)) return false;
        if (await db.ExecuteAsync(Set, ct, P.Uuid(driver), P.Text(from), P.Text(to), P.Time(time.GetUtcNow())) == 0) return false;
        await ConsentRecords.AddAsync(db, key, time, driver, conversation, to, proof, ct);
        return true;
    }

    private const string LockOfConversations = """
        select id, conversation_id, consent_status, language, status
        from fleet.drivers
        where tenant_id = $1
          and conversation_id = any($2)
        order by id
        for no key update
        """;

    /// <summary>All who share these phones, also those who have left.</summary>
    public static Task<List<PhonesDriver>> LockOfConversationsAsync(TenantDb db, IReadOnlyList<Guid> conversations, CancellationToken ct)
        => db.ListAsync(LockOfConversations, row => new PhonesDriver(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.TextOrNull(3), row.GetString(4) == "active"), ct, P.Uuids([.. conversations]));

    /// <summary>The driver has another phone: what he was asked on the old one is asked no more.</summary>
    public static async Task NotePhoneAsync(TenantDb db, DataKey key, TimeProvider time, Guid driver, Guid? conversation, string before, string after, string by, CancellationToken ct)
    {
        await ConsentRequests.ReplaceAsync(db, time, driver, ct);
        await MoveAsync(db, key, time, driver, conversation, before, after, by, ct);
    }

    /// <param name="after">As <see cref="DriverPhones.ConsentOnNewPhone"/> has it.</param>
    public static async Task MoveAsync(TenantDb db, DataKey key, TimeProvider time, Guid driver, Guid? conversation, string before, string after, string by, CancellationToken ct)
    {
        if (before != after) await TryChangeAsync(db, key, time, driver, conversation, before, after, new(ConsentMethods.PhoneChanged, time.GetUtcNow(), by), ct);
    }

    private const string LockOfStopped = """
        select d.id, d.consent_status
        from fleet.drivers d
        join fleet.conversations c on c.tenant_id = $1 and c.id = d.conversation_id and c.stopped_at is not null
        where d.tenant_id = $1
          and d.conversation_id = $2
          and d.consent_status <> 'withdrawn'
        order by d.id
        for no key update of d
        """;

    /// <summary>A STOP of the same user by another of his identities.</summary>
    public static async Task WithdrawWhereStoppedAsync(TenantDb db, DataKey key, TimeProvider time, Guid conversation, CancellationToken ct)
    {
        foreach (var (driver, state) in await db.ListAsync(LockOfStopped, row => (row.GetGuid(0), row.GetString(1)), ct, P.Uuid(conversation)))
        {
            var request = await ConsentRequests.EndAsync(db, time, driver, ConsentState.Withdrawn, ct);
            var proof = new ConsentProof(ConsentMethods.PhoneChanged, time.GetUtcNow(), ConsentProof.System) { Request = request };
            await TryChangeAsync(db, key, time, driver, conversation, state, ConsentState.Withdrawn, proof, ct);
        }
    }
}

/// <summary>A driver, locked, as one who may be holding a phone.</summary>
internal sealed record PhonesDriver(Guid Id, Guid Conversation, string Consent, string? Language, bool IsActive);
