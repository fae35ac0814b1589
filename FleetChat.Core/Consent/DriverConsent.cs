using FleetChat.Core.Data;
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

    /// <summary>The driver has another phone, and his row says already what that means.</summary>
    public static async Task NotePhoneAsync(TenantDb db, DataKey key, TimeProvider time, Guid driver, Guid? conversation, string before, string after, string by, CancellationToken ct)
    {
        await ConsentRequests.ReplaceAsync(db, time, driver, ct);
        if (before != after) await ConsentRecords.AddAsync(db, key, time, driver, conversation, after, new(ConsentMethods.PhoneChanged, time.GetUtcNow(), by), ct);
    }
}

/// <summary>A driver, locked, as one who may be holding a phone.</summary>
internal sealed record PhonesDriver(Guid Id, Guid Conversation, string Consent, string? Language, bool IsActive);
