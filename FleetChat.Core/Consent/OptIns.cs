using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Consent;

/// <summary>Enters a company's evidence. It counts at once, unless the company wants to hear the driver's own yes: then he is asked for it, and the sweep finds what there is to send.</summary>
internal static class OptIns
{
    /// <summary>The driver's row is written already.</summary>
    /// <param name="before">Where he stands without it.</param>
    public static async Task EnterAsync(Processing processing, Guid id, Guid conversation, string before, OptIn optIn, string actor, CancellationToken ct)
    {
        var (db, key, time, proof) = (processing.Db, processing.Key, processing.Time, ConsentProof.Of(optIn, actor));
        var state = processing.Settings.DriverConsentRequired ? before : ConsentState.Granted;
        if (state == ConsentState.Granted) await ConsentRequests.ReplaceAsync(db, time, id, ct);
        if (!await DriverConsent.TryChangeAsync(db, key, time, id, conversation, before, state, proof, ct)) await ConsentRecords.AddAsync(db, key, time, id, conversation, before, proof, ct);
        if (state is not (ConsentState.Unknown or ConsentState.Invited or ConsentState.Expired)) return;
        await ConsentQuestion.TryOpenAsync(processing, (await DriverSql.LockAsync(db, key, id, ct))!, actor, ct);
    }
}
