using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Restores;

namespace FleetChat.Core.Messaging.Rules;

/// <summary>What a message to a driver is about.</summary>
/// <param name="EffectKey">One fact makes one message.</param>
public sealed record Telling(string EffectKey)
{
    public Guid? Transport { get; init; }

    /// <summary>Only for who drives the transport: not sent to somebody who does not any more.</summary>
    public bool IsForCrew { get; init; } = true;

    /// <summary>Effect keys of the same word to others of the crew: who of them knows it tells it.</summary>
    public IReadOnlyList<string> OthersKeys { get; init; } = [];

    public Guid? Stop { get; init; }

    /// <summary>Of a truck: not sent to somebody who is not in it any more.</summary>
    public Guid? SiteVisit { get; init; }

    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>A message about the same that still waits is not sent any more; null: none.</summary>
    public string? About { get; init; }

    /// <summary>When what it is about starts: at night it decides whether it can wait.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>The route's, where it has one; the driver's own goes before it.</summary>
    public TimeZoneInfo? TimeZone { get; init; }
}

/// <summary>Tells a driver by a rule: whether, when, and with how many others.</summary>
public static class Teller
{
    private const string KnownAlready = "known already";

    /// <summary>Begins the outcome of a message that was made.</summary>
    private const string Made = "message:";

    /// <summary>Whether an outcome of <see cref="TellAsync"/> means that the driver is told, now or later.</summary>
    public static bool IsTold(string outcome) => outcome == KnownAlready || outcome.StartsWith(Made, StringComparison.Ordinal) || outcome.StartsWith("held:", StringComparison.Ordinal);

    /// <param name="parameters">Of the rule's template, in the driver's language; any text.</param>
    /// <returns>The decision and its reason.</returns>
    public static async Task<string> TellAsync(Processing processing, MessageRule rule, DriverRow driver, Func<string, string?[]> parameters, Telling telling, CancellationToken ct)
    {
        var outcome = await TryTellAsync(processing, rule, driver, parameters, telling, ct);
        // A message tells of itself.
        if (!outcome.StartsWith(Made, StringComparison.Ordinal))
        {
            await Decisions.NoteAsync(processing.Db, processing.Time,
                new(DecisionKind.Rule, rule.Id, outcome) { Transport = telling.Transport, Stop = telling.Stop, Driver = driver.Id, EffectKey = telling.EffectKey }, ct);
        }
        return outcome;
    }

    private static async Task<string> TryTellAsync(Processing processing, MessageRule rule, DriverRow driver, Func<string, string?[]> parameters, Telling telling, CancellationToken ct)
    {
        if (!rule.IsOn) return $"noted: rule {rule.Id} is off";
        if (FindObjection(driver) is { } code)
        {
            await Alerts.RaiseAsync(processing.Db, processing.Time, code, Alerts.Warning, driver.Id.ToString(), ct);
            return $"noted: {code}";
        }

        // Before anything is replaced or held: what he was told, or is about to be, is no newer word.
        var (isTold, hasEnded, isRestoring) = await LookAsync(processing.Db, telling, ct);
        if (isTold) return KnownAlready;
        if (hasEnded && await Outbox.TryReviveAsync(processing.Db, processing.Time, telling.EffectKey, rule.Id, ct))
        {
            processing.SendLaneOf(driver.Conversation!.Value);
            return $"{Made} {rule.Template}";
        }

        var zone = driver.TimeZone ?? telling.TimeZone ?? processing.Settings.TimeZone;
        // What will be untrue by the time it may be told is queued all the same: the sender ends it, and the log says so.
        var (now, language) = (processing.Time.GetUtcNow(), driver.Language ?? processing.Settings.DefaultLanguage);
        var dueAt = rule.QuietHours ? QuietHours.Earliest(now, zone, telling.StartsAt) : now;
        var content = Content(language);
        // What is held goes out later as if it were new: while nobody knows what was told before, it is doubtful like all else.
        if (!isRestoring && rule.Unasked && rule.Urgency != RuleUrgency.Urgent && await Digest.CountTodayAsync(processing, driver, zone, ct) >= processing.Settings.MostUnaskedMessages)
            return await Digest.HoldAsync(processing, rule, driver, telling.EffectKey, content, ct) ? "held: digest" : KnownAlready;

        if (telling.About is { } about) await Outbox.SupersedeAsync(processing.Db, processing.Time, about, ct);
        var message = new NewMessage(processing.Time.NewId(), driver.Conversation!.Value, driver.Id, MessageKind.Template, content, rule.Id, telling.EffectKey)
        {
            Transport = telling.Transport,
            Stop = telling.Stop,
            SiteVisit = telling.SiteVisit,
            ValidUntil = telling.ValidUntil,
            DueAt = dueAt,
            Supersedes = telling.About,
            CanWait = rule.Urgency == RuleUrgency.CanWait,
            CanResend = rule.Doubt == RuleDoubt.Resend,
            IsForCrew = telling.IsForCrew && telling.Transport is not null,
        };
        var lane = processing.SendLaneOf(driver.Conversation.Value);
        if (!await Outbox.TryAddAsync(processing.Db, processing.Key, processing.Time, message, lane, ct)) return KnownAlready;
        if (dueAt > now)
            await Decisions.NoteAsync(processing.Db, processing.Time, new(DecisionKind.Held, rule.Id, "held: quiet hours") { Driver = driver.Id, Message = message.Id, DueAt = dueAt }, ct);
        await FirstMessage.AddBesideAsync(processing.Db, processing.Key, processing.Time, driver, processing.Settings.DefaultLanguage, message, Content, ct);
        return $"{Made} {rule.Template}";

        MessageContent Content(string spoken) => TemplateMessages.MakeLong(TemplateSet.Get(processing.Settings.TemplateSet), rule.Template, spoken, rule.Buttons, parameters(spoken));
    }

    private const string FindTold = $"""
        select exists (select from fleet.message_logs m where m.tenant_id = $1 and m.effect_key = any($2) and not ({Outbox.HasEnded}))
            or exists (select from fleet.held_notices where tenant_id = $1 and effect_key = any($2)),
            exists (select from fleet.message_logs m where m.tenant_id = $1 and m.effect_key = $3 and {Outbox.HasEnded}),
            {RestoreSql.IsOpen}
        """;

    private static Task<(bool IsTold, bool HasEnded, bool IsRestoring)> LookAsync(TenantDb db, Telling telling, CancellationToken ct)
        => db.FindAsync(FindTold, row => (row.GetBoolean(0), row.GetBoolean(1), row.GetBoolean(2)), ct, P.Texts([telling.EffectKey, .. telling.OthersKeys]), P.Text(telling.EffectKey));

    private static string? FindObjection(DriverRow driver) => driver switch
    {
        { MayBeWritten: true } => null,
        { Conversation: null } => AlertCodes.DriverNoPhone,
        { Status: RosterSql.OverLimit } => AlertCodes.DriverOverLimit,
        { Status: not "active" } => AlertCodes.DriverDeactivated,
        _ => AlertCodes.DriverNoConsent,
    };
}
