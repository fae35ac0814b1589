using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Transports;

/// <summary>
/// Edits of a route have settled: a driver is told what is different from what he knows, in one message. Decided from the present
/// state alone, so it does not matter in which order the edits came, or how often this is looked at.
/// </summary>
public sealed class RouteNotice : IReminderHandler
{
    public const string Name = "route_notice";

    public string Kind => Name;

    public static string SubjectOf(Guid transport, Guid driver) => $"{transport:N}:{driver:N}";

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        if (reminder.Subject.Split(':') is not [var first, var second] || !Guid.TryParseExact(first, "N", out var transportId) || !Guid.TryParseExact(second, "N", out var driverId))
            return new("ignored: no subject of ours");
        if (await DriverSql.LockAsync(processing.Db, processing.Key, driverId, ct) is not { } driver) return new("ignored: no such driver");
        await TransportCrews.AskAsync(processing, transportId, ct);
        if (await RoutePlans.LockAsync(processing.Db, processing.Key, transportId, ct) is not { } transport) return new("ignored: no such transport");

        var (db, rules) = (processing.Db, processing.Settings.Rules);
        var told = await TellingSql.FindAsync(db, processing.Key, transportId, driverId, ct);
        // Its last word came when it was somebody else's, and was not sent: he does not know how it stands.
        if (told is { EndedAt: null } && transport.Crew.Includes(driverId) && await Outbox.HasEndedAsync(db, [.. KeysOf(transportId, driverId, told.Version, rules.RouteAssigned, rules.RouteChanged)], ct)) told = told with { EndedAt = processing.Time.GetUtcNow() };
        var decision = Decide(transport, driverId, told, rules, processing.Time.GetUtcNow(), await TellingSql.HasOthersAsync(db, transportId, driverId, ct));
        if (decision.Problem is { } problem) return new($"alert: {await TransportCrews.TellDispatcherAsync(processing, transportId, problem, ct)}");
        if (decision.IsKnown) await TellingSql.RecordKnownAsync(processing, transport, ct);
        return decision switch
        {
            { NextAt: { } next } => new(decision.Reason, next),
            { Rule: { } rule } => new(await TellAsync(processing, rule, driver, transport, told, decision.Changes, ct)),
            _ => new(decision.Reason),
        };
    }

    /// <param name="Rule">Null: nothing is told.</param>
    internal sealed record Decision(string Reason, MessageRule? Rule = null, DateTimeOffset? NextAt = null, IReadOnlyList<PlanChange>? Changes = null)
    {
        /// <summary>A dispatcher is told; null: not.</summary>
        public CrewProblem? Problem { get; init; }

        /// <summary>Who drives it knows it as it is.</summary>
        public bool IsKnown { get; init; }
    }

    /// <param name="isHandedOver">Somebody else knows of it, or did: who has it now is told, wherever it is.</param>
    internal static Decision Decide(PlannedTransport transport, Guid driver, Told? told, RuleBook rules, DateTimeOffset now, bool isHandedOver)
    {
        var knows = told is { EndedAt: null };
        if (transport.Status == TransportStatus.Cancelled) return knows ? new("cancelled", rules.RouteCancelled) : new("noted: nobody was told of it");
        if (!transport.IsOpen) return new($"overtaken: the transport is {transport.Status}");
        if (!transport.Crew.Includes(driver)) return knows ? new("reassigned", rules.RouteReassigned) : new("overtaken: it is not his any more");
        if (transport.Begins - rules.RouteAssigned.Lead > now) return new("later: too far ahead", NextAt: transport.Begins - rules.RouteAssigned.Lead);
        if (transport.Crew.MustWait(now)) return new("later: nobody can say yet who drives", NextAt: now + TransportCrew.AskAgain);
        if (transport.Crew.Problem != CrewProblem.None) return new("") { Problem = transport.Crew.Problem };
        if (!knows && transport.IsKnownAtFirst && !isHandedOver) return new("noted: he knew of it before we did") { IsKnown = true };
        if (!knows) return transport.HasBegun && !isHandedOver ? new("overtaken: it has begun") : new("assigned", rules.RouteAssigned);
        var changes = transport.Plan.ChangesFrom(Ahead(told!.Plan, transport), rules.RouteChanged.Threshold);
        return changes.Count == 0 ? new("noted: nothing he does not know") : new("changed", rules.RouteChanged, Changes: changes);
    }

    // What he has reached or left since is no change of his plan.
    private static RoutePlan Ahead(RoutePlan told, PlannedTransport transport)
    {
        var behind = transport.Stops.Where(s => s.State is not (StopState.Scheduled or StopState.EnRoute)).Select(s => s.SamsaraStopId).ToHashSet();
        return told with { Stops = [.. told.Stops.Where(s => !behind.Contains(s.Id))] };
    }

    private static async Task<string> TellAsync(
        Processing processing, MessageRule rule, DriverRow driver, PlannedTransport transport, Told? told, IReadOnlyList<PlanChange>? changes, CancellationToken ct)
    {
        var rules = processing.Settings.Rules;
        if (!rule.Recipients.Contains(transport.Crew.CoDriver == driver.Id ? Recipient.CoDriver : Recipient.Driver)) rule = rule with { IsOn = false };
        var about = $"route:{transport.Id:N}:{driver.Id:N}";
        // What he was to be told and was not yet: he knows only what went out.
        var unsent = await Outbox.SupersedeAndNameAsync(processing.Db, processing.Time, about, ct);
        var isOver = rule.Id == rules.RouteReassigned.Id || rule.Id == rules.RouteCancelled.Id;
        var neverHeard = unsent.Exists(reason => reason.StartsWith(rules.RouteAssigned.Id, StringComparison.Ordinal)) || (isOver && !rule.IsOn);
        if (neverHeard && isOver)
        {
            await TellingSql.RecordAsync(processing, transport, driver.Id, isTold: true, ct, isOver);
            return "superseded: he never heard of it";
        }
        if (neverHeard) rule = rules.RouteAssigned;

        var outcome = await Teller.TellAsync(processing, rule, driver, language => RouteText.Parameters(rule, rules, driver, transport, changes ?? [], language, processing.Settings.TimeZone),
            new(KeyOf(transport.Id, driver.Id, rule, (told?.Version ?? 0) + 1))
            {
                IsForCrew = !isOver,
                Transport = transport.Id,
                ValidUntil = transport.Ends,
                About = about,
                StartsAt = transport.Begins,
                TimeZone = transport.Zone,
            }, ct);
        // Who may not be written to knows nothing yet. A route that is over for him is over, told or not.
        if (isOver || !rule.IsOn || Teller.IsTold(outcome)) await TellingSql.RecordAsync(processing, transport, driver.Id, isTold: true, ct, isOver);
        return outcome;
    }

    private static string KeyOf(Guid transport, Guid driver, MessageRule rule, int version) => $"route:{transport:N}:{driver:N}:{rule.Id}:{version}";

    private static IEnumerable<string> KeysOf(Guid transport, Guid driver, int version, params MessageRule[] rules) => rules.Select(rule => KeyOf(transport, driver, rule, version));
}
