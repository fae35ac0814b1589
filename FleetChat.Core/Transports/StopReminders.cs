using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Transports;

/// <summary>A stop with its transport and who drives it, locked.</summary>
internal sealed record WatchedStop(PlannedTransport Transport, TransportStop Stop, CrewMembers Crew)
{
    /// <param name="happenedAt">Of the fact that is to be told; null: it is about what lies ahead.</param>
    /// <returns>Null if there is no such stop any more.</returns>
    public static async Task<WatchedStop?> LockAsync(Processing processing, string subject, CancellationToken ct, DateTimeOffset? happenedAt = null)
    {
        if (!Guid.TryParseExact(subject, "N", out var id)) return null;
        if (await TransportSql.FindOfStopAsync(processing.Db, id, ct) is not { } found) return null;
        await CrewMembers.LockAsync(processing, found, ct);
        await TransportCrews.AskAsync(processing, found, ct, happenedAt);
        if (await RoutePlans.LockAsync(processing.Db, processing.Key, found, ct) is not { } transport) return null;
        return transport.Stops.FirstOrDefault(s => s.Id == id) is { } stop ? new(transport, stop, await CrewMembers.FindAsync(processing, transport.Crew, ct)) : null;
    }

    /// <summary>Nobody can say who drives: a look is under way, or a dispatcher is told.</summary>
    /// <returns>Null if there is somebody to tell.</returns>
    public async Task<ReminderResult?> FindObstacleAsync(Processing processing, CancellationToken ct)
    {
        var now = processing.Time.GetUtcNow();
        if (Transport.Crew.MustWait(now)) return new("later: nobody can say yet who drives", now + TransportCrew.AskAgain);
        if (Transport.Crew.Problem != CrewProblem.None) return new($"alert: {await TransportCrews.TellDispatcherAsync(processing, Transport.Id, Transport.Crew.Problem, ct)}");
        return Crew.Reader is null ? new("noted: nobody drives it") : null;
    }

    public bool LiesAhead => Transport.IsOpen && Stop.State is StopState.Scheduled or StopState.EnRoute;

    public Telling About(string what, DriverRow driver, DateTimeOffset? validUntil, string version = "") => new(KeyOf(what, version, driver.Id))
    {
        Transport = Transport.Id,
        Stop = Stop.Id,
        ValidUntil = validUntil,
        About = $"{what}:{Stop.Id:N}:{driver.Id:N}",
        StartsAt = Stop.ExpectedAt,
        TimeZone = Transport.Zone,
        OthersKeys = [.. Crew.Ids.Where(id => id != driver.Id).Select(id => KeyOf(what, version, id))],
    };

    private string KeyOf(string what, string version, Guid driver) => $"stop:{Stop.SamsaraStopId}:{what}{version}:{driver:N}";
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
        if (await watched.FindObstacleAsync(processing, ct) is { } obstacle) return obstacle;
        var (driver, zone) = (watched.Crew.Reader!, watched.Transport.Zone ?? processing.Settings.TimeZone);
        return new(await Teller.TellAsync(processing, rule, driver, language =>
            [driver.Name, RouteText.Place(watched.Stop), RouteText.Time(expected, zone, language), watched.Stop.Notes], watched.About("soon", driver, expected), ct));
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
        var obstacle = await watched.FindObstacleAsync(processing, ct);
        if (obstacle is { NextAt: not null }) return obstacle;

        await processing.Db.ExecuteAsync(SetTold, ct, P.Uuid(watched.Stop.Id), P.Time(eta));
        await TransportSql.TryNoteAsync(processing.Db, new(watched.Transport.Id, watched.Stop.Id, processing.Time.GetUtcNow(), "eta_slipped", "samsara",
            $"stop:{watched.Stop.SamsaraStopId}:eta:{eta.ToUnixTimeSeconds()}"), processing.Time, ct);
        if (rule.Tells(Recipient.Dispatcher)) await Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.StopEtaSlipped, Alerts.Warning, watched.Stop.Id.ToString(), ct);
        if (obstacle is not null || !rule.Tells(Recipient.Driver)) return new("alert: eta_slipped");
        var (driver, zone) = (watched.Crew.Reader!, watched.Transport.Zone ?? processing.Settings.TimeZone);
        return new(await Teller.TellAsync(processing, rule, driver, language =>
                [driver.Name, watched.Stop.Name, RouteText.Time(eta, zone, language), RouteText.Time(watched.Stop.ScheduledAt, zone, language)],
            watched.About("eta", driver, eta, $":{eta.ToUnixTimeSeconds()}"), ct));
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
        var rule = processing.Settings.Rules.DocumentMissing;
        if (await WatchedStop.LockAsync(processing, reminder.Subject, ct, processing.Time.GetUtcNow() - rule.Settle) is not { } watched) return new("ignored: no such stop");
        if (watched.Stop.DocumentAt is not null || await processing.Db.FindAsync(FindPaper, row => row.GetBoolean(0), ct, P.Uuid(watched.Stop.Id))) return new("noted: its paper came");
        if (watched.Transport.Status == TransportStatus.Cancelled) return new("overtaken: the transport is cancelled");
        if (await watched.FindObstacleAsync(processing, ct) is { } obstacle) return obstacle;
        var driver = watched.Crew.Reader!;
        return new(await Teller.TellAsync(processing, rule, driver, _ => [driver.Name, watched.Stop.Name, watched.Transport.Name],
            // Who has the paper has it, whoever drives on.
            watched.About("document", driver, processing.Time.GetUtcNow() + rule.ValidFor) with { IsForCrew = false }, ct));
    }
}
