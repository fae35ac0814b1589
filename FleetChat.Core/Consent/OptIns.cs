using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;

namespace FleetChat.Core.Consent;

/// <summary>Enters a company's evidence. It counts at once, unless the company wants to hear the driver's own yes: then he is asked for it, and the sweep finds what there is to send.</summary>
internal static class OptIns
{
    /// <summary>The driver's row is written already.</summary>
    /// <param name="state">Where he stands with it.</param>
    public static async Task EnterAsync(Processing processing, Guid id, Guid conversation, string state, OptIn optIn, string actor, CancellationToken ct)
    {
        var (db, key) = (processing.Db, processing.Key);
        if (state == ConsentState.Granted) await ConsentRequests.ReplaceAsync(db, processing.Time, id, ct);
        await ConsentRecords.AddAsync(db, key, processing.Time, id, conversation, state, ConsentProof.Of(optIn, actor), ct);
        if (state is not (ConsentState.Unknown or ConsentState.Invited or ConsentState.Expired)) return;
        await ConsentQuestion.TryOpenAsync(processing, (await DriverSql.LockAsync(db, key, id, ct))!, actor, ct);
    }
}
