using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Transports;

/// <summary>A stop with its transport and who drives it, locked.</summary>
internal sealed record WatchedStop(PlannedTransport Transport, TransportStop Stop, DriverRow? Driver)
{
    private const string FindOwner = """
        select s.transport_id, t.driver_id
        from fleet.stops s
        join fleet.transports t on t.tenant_id = s.tenant_id and t.id = s.transport_id
        where s.tenant_id = $1
          and s.id = $2
        """;

    /// <returns>Null if there is no such stop any more.</returns>
    public static async Task<WatchedStop?> LockAsync(Processing processing, string subject, CancellationToken ct)
    {
        if (!Guid.TryParseExact(subject, "N", out var id)) return null;
        var owner = await processing.Db.FindAsync<(Guid Transport, Guid? Driver)?>(FindOwner, row => (row.GetGuid(0), row.GuidOrNull(1)), ct, P.Uuid(id));
        if (owner is not { } found) return null;
        var driver = found.Driver is { } d ? await DriverSql.LockAsync(processing.Db, processing.Key, d, ct) : null;
        if (await RoutePlans.LockAsync(processing.Db, processing.Key, found.Transport, ct) is not { } transport) return null;
        // Given to somebody else between the two looks: his own reminder tells him.
        if (transport.DriverId != driver?.Id) driver = transport.DriverId is { } now ? await DriverSql.FindAsync(processing.Db, processing.Key, now, ct) : null;
        return transport.Stops.FirstOrDefault(s => s.Id == id) is { } stop ? new(transport, stop, driver) : null;
    }

    public bool LiesAhead => Transport.IsOpen && Stop.State is StopState.Scheduled or StopState.EnRoute;

    public Telling About(string what, DateTimeOffset? validUntil, string version = "") => new($"stop:{Stop.SamsaraStopId}:{what}{version}:{Driver!.Id:N}")
    {
        Transport = Transport.Id,
        Stop = Stop.Id,
        ValidUntil = validUntil,
        About = $"{what}:{Stop.Id:N}:{Driver.Id:N}",
        StartsAt = Stop.ExpectedAt,
        TimeZone = Transport.Zone,
    };
}

/// <summary>A stop comes up: its driver is told where it is and when he is expected.</summary>
public sealed class StopSoon : IReminderHandler
{
    public const string Name = "stop_soon";

    public string Kind => Name;

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        if (await WatchedStop.LockAsync(processing, reminder.Subject, ct) is not { } watched) return new("ignored: no such stop");
        var (rule, now) = (processing.Settings.Rules.StopComingUp, processing.Time.GetUtcNow());
        if (!watched.LiesAhead || watched.Stop.ExpectedAt is not { } expected) return new($"overtaken: the stop is {watched.Stop.State}");
        if (expected - rule.Lead > now) return new("later: it moved", expected - rule.Lead);
        if (expected < now) return new("expired: its time is over");
        if (watched.Driver is not { } driver) return new("noted: nobody drives it");
        var zone = watched.Transport.Zone ?? processing.Settings.TimeZone;
        return new(await Teller.TellAsync(processing, rule, driver, language =>
            [driver.Name, RouteText.Place(watched.Stop), RouteText.Time(expected, zone, language), watched.Stop.Notes], watched.About("soon", expected), ct));
    }
}

/// <summary>A stop's time of arrival has moved away from what people know: they are told the newest one.</summary>
public sealed class EtaNotice : IReminderHandler
{
    public const string Name = "eta_notice";

    public string Kind => Name;

    /// <summary>Later by the threshold than what people were told, or than the schedule.</summary>
    public static bool IsSlipped(TransportStop stop, TimeSpan threshold) => stop.Eta - (stop.ToldEta ?? stop.ScheduledAt) >= threshold;

    private const string SetTold = """
        update fleet.stops
        set told_eta = $3
        where tenant_id = $1
          and id = $2
        """;

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        if (await WatchedStop.LockAsync(processing, reminder.Subject, ct) is not { } watched) return new("ignored: no such stop");
        var rule = processing.Settings.Rules.EtaSlipped;
        if (!watched.LiesAhead || watched.Stop.Eta is not { } eta) return new($"overtaken: the stop is {watched.Stop.State}");
        if (!IsSlipped(watched.Stop, rule.Threshold)) return new("noted: it is within its time again");

        await processing.Db.ExecuteAsync(SetTold, ct, P.Uuid(watched.Stop.Id), P.Time(eta));
        await TransportSql.TryNoteAsync(processing.Db, new(watched.Transport.Id, watched.Stop.Id, processing.Time.GetUtcNow(), "eta_slipped", "samsara",
            $"stop:{watched.Stop.SamsaraStopId}:eta:{eta.ToUnixTimeSeconds()}"), processing.Time, ct);
        if (rule.Tells(Recipient.Dispatcher)) await Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.StopEtaSlipped, Alerts.Warning, watched.Stop.Id.ToString(), ct);
        if (watched.Driver is not { } driver || !rule.Tells(Recipient.Driver)) return new("alert: eta_slipped");
        var zone = watched.Transport.Zone ?? processing.Settings.TimeZone;
        return new(await Teller.TellAsync(processing, rule, driver, language =>
                [driver.Name, watched.Stop.Name, RouteText.Time(eta, zone, language), RouteText.Time(watched.Stop.ScheduledAt, zone, language)],
            watched.About("eta", eta, $":{eta.ToUnixTimeSeconds()}"), ct));
    }
}

/// <summary>A stop was left and no paper of it came: its driver is asked for it.</summary>
public sealed class DocumentMissing : IReminderHandler
{
    public const string Name = "document_missing";

    public string Kind => Name;

    private const string FindPaper = """
        select true
        from fleet.message_logs
        where tenant_id = $1
          and stop_id = $2
          and direction = 'inbound'
          and kind in ('image', 'document')
        limit 1
        """;

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        if (await WatchedStop.LockAsync(processing, reminder.Subject, ct) is not { } watched) return new("ignored: no such stop");
        var rule = processing.Settings.Rules.DocumentMissing;
        if (watched.Stop.DocumentAt is not null || await processing.Db.FindAsync(FindPaper, row => row.GetBoolean(0), ct, P.Uuid(watched.Stop.Id))) return new("noted: its paper came");
        if (watched.Transport.Status == TransportStatus.Cancelled || watched.Driver is not { } driver) return new("noted: nobody drives it");
        return new(await Teller.TellAsync(processing, rule, driver, _ => [driver.Name, watched.Stop.Name, watched.Transport.Name],
            watched.About("document", processing.Time.GetUtcNow() + rule.ValidFor), ct));
    }
}
