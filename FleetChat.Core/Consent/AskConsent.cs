using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Consent;

/// <param name="Actor">Who has him asked: a key's id.</param>
public sealed record AskConsentInput(TenantId Tenant, Guid DriverId, string Actor)
{
    /// <summary>No lane's flag is raised: an activity has no way to nudge, and the sweep finds what is due.</summary>
    internal bool IsActivity { get; init; }
}

/// <param name="Work">Lanes that got work.</param>
public sealed record ConsentAsked(Guid RequestId, DateTimeOffset ExpiresAt, LaneWork Work);

/// <summary>Has a driver asked on WhatsApp whether he may be written to, where the company has evidence that he agreed to that.</summary>
public sealed class AskConsent(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    public async Task<Result<ConsentAsked>> HandleAsync(AskConsentInput input, CancellationToken ct)
    {
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        var key = await keys.GetAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await DriverSql.LockAsync(db, key, input.DriverId, ct) is not { } driver) return GetDriver.NotFound;
        if (FindObjection(driver) is { } objection) return objection;
        if (await DriverPhones.IsStoppedAsync(db, driver.Conversation!.Value, ct)) return DriverErrors.Stopped;
        if (!await ConsentRecords.HasEvidenceAsync(db, driver.Id, driver.Conversation.Value, ct)) return ConsentErrors.NoEvidence;

        var processing = new Processing(db, key, tenant, time);
        var request = (await ConsentQuestion.TryOpenAsync(processing, driver, input.Actor, ct))!;
        db.Audit(time, input.Actor, "consent.asked", driver.Id.ToString());
        return new ConsentAsked(request.Id, request.ExpiresAt, input.IsActivity ? await CommitQuietlyAsync(db, ct) : await processing.CommitAsync(ct));
    }

    private static async Task<LaneWork> CommitQuietlyAsync(TenantTransaction db, CancellationToken ct)
    {
        await db.CommitAsync(ct);
        return new();
    }

    private static Error? FindObjection(DriverRow driver) => driver switch
    {
        { Status: not "active" } => ConsentErrors.NotActive,
        { ConsentStatus: ConsentState.Granted } => ConsentErrors.GrantedAlready,
        { ConsentStatus: ConsentState.Asked } => ConsentErrors.AskedAlready,
        { ConsentStatus: ConsentState.Declined } => ConsentErrors.Declined,
        { ConsentStatus: ConsentState.Withdrawn } => DriverErrors.Stopped,
        { Conversation: null } => ConsentErrors.NoPhone,
        _ => null,
    };
}
