using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Consent;

/// <summary>Enters a company's evidence. It counts at once, unless the company wants to hear the driver's own yes: then he is asked for it, and the sweep finds what there is to send.</summary>
internal static class OptIns
{
    /// <summary>The driver's row is written already.</summary>
    /// <param name="before">Where he stands without it.</param>
    /// <param name="asksLater">The caller has him asked.</param>
    public static async Task<OptInEntered> EnterAsync(Processing processing, Guid id, Guid conversation, string before, OptIn optIn, string actor, CancellationToken ct, bool asksLater = false)
    {
        var (db, key, time, proof) = (processing.Db, processing.Key, processing.Time, ConsentProof.Of(optIn, actor));
        var state = StateWith(processing.Settings, before);
        if (state == ConsentState.Granted) await ConsentRequests.ReplaceAsync(db, time, id, ct);
        if (!await DriverConsent.TryChangeAsync(db, key, time, id, conversation, before, state, proof, ct)) await ConsentRecords.AddAsync(db, key, time, id, conversation, before, proof, ct);
        if (!MayBeAsked(state)) return OptInEntered.Counts;
        if (!asksLater) await ConsentQuestion.TryOpenAsync(processing, (await DriverSql.LockAsync(db, key, id, ct))!, actor, ct);
        return OptInEntered.HasToBeAsked;
    }

    /// <returns>Where a driver stands with evidence.</returns>
    public static string StateWith(TenantSettings tenant, string before) => tenant.DriverConsentRequired ? before : ConsentState.Granted;

    /// <summary>Whether he is asked for his own yes.</summary>
    public static bool MayBeAsked(string state) => state is ConsentState.Unknown or ConsentState.Invited or ConsentState.Expired;
}

/// <summary>What became of a company's evidence.</summary>
internal enum OptInEntered
{
    None,
    Counts,
    HasToBeAsked,
}
