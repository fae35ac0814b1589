using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Samsara;

namespace FleetChat.Core.Transports;

/// <summary>
/// A truck enters or leaves a place of the address book: whoever the rules name is told once, in whatever order and however often
/// it is heard. Who is in the truck is asked by <see cref="SiteTold"/>.
/// </summary>
public sealed class SiteHandler : IInboxHandler
{
    public bool Handles(string source, string kind) => source == InboxSource.Samsara && kind is SamsaraEvents.GeofenceEntry or SamsaraEvents.GeofenceExit;

    // Nobody is named. Who drives is locked by the reminder that tells him.
    public Concerns ConcernsOf(InboxRow row) => Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        if (SiteFact.TryRead(row.Kind, row.Payload, row.ReceivedAt) is not { } fact) return "ignored: names no vehicle or no place";
        var before = await SiteVisits.HearAsync(processing.Db, fact, processing.Time, ct);
        return fact.IsExit ? await LeaveAsync(processing, fact, before, ct) : await EnterAsync(processing, fact, before, ct);
    }

    private static async Task<string> EnterAsync(Processing processing, SiteFact fact, SiteVisit before, CancellationToken ct)
    {
        var (db, rule) = (processing.Db, processing.Settings.Rules.SiteEntered);
        if (before.EnteredAt == fact.At) return await KnowAsync(processing, fact, ct);
        await SiteVisits.SetEnteredAsync(db, before.Id, fact.At, ct);
        if (before.LeftAt >= fact.At) return await TellNobodyAsync(processing, rule, fact, "overtaken: the truck has left", ct);
        if (before.EnteredAt > fact.At) return await TellNobodyAsync(processing, rule, fact, "overtaken: the truck has come anew", ct);
        await Alerts.CloseAsync(db, processing.Time, AlertCodes.VehicleSiteLeft, before.Subject, ct);
        if (!rule.IsOn) return await TellNobodyAsync(processing, rule, fact, $"noted: rule {rule.Id} is off", ct);
        await Reminders.Reminders.SetAsync(db, processing.Time, SiteTold.Of(before.Id, fact.At), processing.Time.GetUtcNow(), ct);
        return "watched: who drives is looked up";
    }

    private static async Task<string> LeaveAsync(Processing processing, SiteFact fact, SiteVisit before, CancellationToken ct)
    {
        var (db, rule) = (processing.Db, processing.Settings.Rules.SiteLeft);
        if (before.LeftAt == fact.At) return await KnowAsync(processing, fact, ct);
        await SiteVisits.SetLeftAsync(db, before.Id, fact.At, ct);
        if (before.LeftAt > fact.At) return await TellNobodyAsync(processing, rule, fact, "overtaken: the truck has left anew", ct);
        if (before.EnteredAt > fact.At) return await TellNobodyAsync(processing, rule, fact, "overtaken: the truck is back", ct);
        await SiteVisits.SupersedeAsync(processing, before.Id, ct);
        if (!rule.Tells(Recipient.Dispatcher)) return await TellNobodyAsync(processing, rule, fact, $"noted: rule {rule.Id} is off", ct);
        var crew = await VehicleCrew.FindAsync(db, fact.Vehicle, fact.At, processing.Time.GetUtcNow(), ct);
        var enrolled = await TransportCrews.FindEnrolledAsync(db, [crew.Driver, crew.CoDriver], ct);
        if (await SiteVisits.FindStopAsync(db, before, [.. enrolled.Values], before.EnteredAt ?? fact.At, ct) is { } stop)
            return await TellNobodyAsync(processing, rule, fact, SiteTold.StopOfTrip, ct, stop);
        await Alerts.RaiseAsync(db, processing.Time, AlertCodes.VehicleSiteLeft, Alerts.Info, before.Subject, ct);
        return $"alert: {AlertCodes.VehicleSiteLeft}";
    }

    private static async Task<string> KnowAsync(Processing processing, SiteFact fact, CancellationToken ct)
    {
        const string outcome = "known already";
        await Decisions.NoteAsync(processing.Db, processing.Time, new(DecisionKind.Known, fact.EffectKey, outcome), ct);
        return outcome;
    }

    private static async Task<string> TellNobodyAsync(Processing processing, MessageRule rule, SiteFact fact, string outcome, CancellationToken ct, (Guid Transport, Guid Stop)? about = null)
    {
        await Decisions.NoteAsync(processing.Db, processing.Time,
            new(DecisionKind.Rule, rule.Id, outcome) { Transport = about?.Transport, Stop = about?.Stop, EffectKey = fact.EffectKey }, ct);
        return outcome;
    }
}
