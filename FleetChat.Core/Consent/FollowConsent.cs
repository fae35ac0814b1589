using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Consent;

/// <param name="NextAt">When to look again; null: it is over.</param>
public sealed record ConsentFollowed(string Outcome, DateTimeOffset? NextAt);

/// <summary>
/// Looks at a request for consent and does what is due: reminds, or lets it run out. Whoever looks twice finds it done. A driver
/// who was invited cannot be written to yet, so it is the company that is reminded of him.
/// </summary>
public sealed class FollowConsent(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    public async Task<ConsentFollowed> HandleAsync(FlowInput input, CancellationToken ct)
    {
        var id = TenantId.Parse(input.TenantId);
        if (await settings.FindAsync(id, ct) is not { } tenant) return new("no such company", null);
        var key = await keys.GetAsync(id, ct);
        await using var db = await dbs.BeginAsync(id, ct);
        db.Cause = Causes.Flow(ConsentRequests.Flow, input.SubjectId);
        if (await ConsentRequests.FindDriverAsync(db, input.SubjectId, ct) is not { } asked || await DriverSql.LockAsync(db, key, asked, ct) is not { } driver) return new("no such request", null);
        if (await ConsentRequests.LockAsync(db, input.SubjectId, ct) is not { IsOpen: true } request) return new("answered", null);
        var now = time.GetUtcNow();
        if (now < request.NextAt) return new("waits", request.NextAt);

        var processing = new Processing(db, key, tenant, time);
        var (outcome, nextAt) = now < request.ExpiresAt ? await RemindAsync(processing, driver, request, now, ct) : await ExpireAsync(processing, driver, ct);
        // No lane's flag is raised: an activity has no way to nudge, and the sweep finds what is due.
        await db.CommitAsync(ct);
        return new(outcome, nextAt);
    }

    private static async Task<(string Outcome, DateTimeOffset? NextAt)> RemindAsync(Processing processing, DriverRow driver, ConsentRequest request, DateTimeOffset now, CancellationToken ct)
    {
        var (reminded, nextAt) = (request, request.NextAt);
        // Where nobody looked for long, one reminder stands for all that are due. It ends with the request's own end, which is still to come.
        while (nextAt <= now)
        {
            reminded = reminded with { Reminders = (short)(reminded.Reminders + 1) };
            nextAt = ConsentRequests.NextAt(request.OpenedAt, reminded.Reminders);
        }
        await ConsentRequests.RemindAsync(processing.Db, request.Id, reminded.Reminders, nextAt, ct);
        if (request.Kind == ConsentRequests.Question) await ConsentQuestion.RemindAsync(processing, driver, reminded, ct);
        else await TellAsync(processing, driver, ct);
        return ("reminded", nextAt);
    }

    private static async Task<(string Outcome, DateTimeOffset? NextAt)> ExpireAsync(Processing processing, DriverRow driver, CancellationToken ct)
    {
        var request = await ConsentRequests.EndAsync(processing.Db, processing.Time, driver.Id, ConsentState.Expired, ct);
        var proof = new ConsentProof(ConsentMethods.NoAnswer, processing.Time.GetUtcNow(), ConsentProof.System) { Request = request };
        await DriverConsent.TryChangeAsync(processing.Db, processing.Key, processing.Time, driver.Id, driver.Conversation, driver.ConsentStatus, ConsentState.Expired, proof, ct);
        await TellAsync(processing, driver, ct);
        return ("expired", null);
    }

    private static Task TellAsync(Processing processing, DriverRow driver, CancellationToken ct)
        => Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.DriverConsentUnanswered, Alerts.Info, driver.Id.ToString(), ct);
}
