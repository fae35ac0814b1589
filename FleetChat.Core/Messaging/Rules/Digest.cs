using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Messaging.Rules;

/// <summary>More than a driver should get in a day comes as one message, an hour after the first of it, and people are told that something makes noise.</summary>
public sealed class Digest : IReminderHandler
{
    public const string Name = "digest";
    private const string Reason = "digest";
    private const int MostLines = 5;
    private static readonly TimeSpan Collecting = TimeSpan.FromHours(1);
    private static readonly TimeSpan ValidFor = TimeSpan.FromHours(12);

    public string Kind => Name;

    private const string CountToday = """
        select count(*)
        from fleet.message_logs
        where tenant_id = $1
          and driver_id = $2
          and direction = 'outbound'
          and created_at >= $3
          and reason = any($4)
        """;

    /// <summary>Since the midnight of his zone.</summary>
    internal static Task<long> CountTodayAsync(Processing processing, DriverRow driver, TimeZoneInfo zone, CancellationToken ct)
    {
        var local = TimeZoneInfo.ConvertTime(processing.Time.GetUtcNow(), zone);
        return processing.Db.FindAsync(CountToday, row => row.GetInt64(0), ct, P.Uuid(driver.Id), P.Time(local - local.TimeOfDay),
            P.Texts([.. processing.Settings.Rules.All.Where(r => r.Unasked).Select(r => r.Id)]));
    }

    private const string Insert = """
        insert into fleet.held_notices (tenant_id, id, driver_id, rule, effect_key, content, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant_id, effect_key) do nothing
        """;

    /// <returns>False if it is held already.</returns>
    internal static async Task<bool> HoldAsync(Processing processing, MessageRule rule, DriverRow driver, string effectKey, MessageContent content, CancellationToken ct)
    {
        var (id, now) = (processing.Time.NewId(), processing.Time.GetUtcNow());
        var isNew = await processing.Db.ExecuteAsync(Insert, ct, P.Uuid(id), P.Uuid(driver.Id), P.Text(rule.Id), P.Text(effectKey),
            P.Bytes(processing.Key.Encrypt(Security.EncryptedColumns.HeldNotice, id, content.Text)), P.Time(now)) == 1;
        if (!isNew) return false;
        await Reminders.Reminders.SetIfSoonerAsync(processing.Db, processing.Time, new(Name, driver.Id.ToString("N")), now + Collecting, ct);
        await Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.DriverManyMessages, Alerts.Warning, driver.Id.ToString(), ct);
        return true;
    }

    private const string TakeHeld = """
        update fleet.held_notices
        set told_at = $3
        where tenant_id = $1
          and driver_id = $2
          and told_at is null
        returning id, content, created_at
        """;

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        var (db, now) = (processing.Db, processing.Time.GetUtcNow());
        if (!Guid.TryParseExact(reminder.Subject, "N", out var id) || await DriverSql.FindAsync(db, processing.Key, id, ct) is not { } driver) return new("ignored: no such driver");
        var due = QuietHours.Earliest(now, driver.TimeZone ?? processing.Settings.TimeZone, null);
        if (due > now) return new("later: quiet hours", due);

        var held = await db.ListAsync(TakeHeld, row => (At: row.Time(2), Text: processing.Key.Decrypt(Security.EncryptedColumns.HeldNotice, row.GetGuid(0), row.Bytes(1))), ct, P.Uuid(id), P.Time(now));
        if (held.Count == 0 || !driver.MayBeWritten) return new(held.Count == 0 ? "ignored: nothing is held" : "expired: the driver is not written to");
        // The newest are the truest.
        var lines = held.OrderByDescending(h => h.At).Take(MostLines).Select(h => TemplateParameter.From(h.Text, 150)).Reverse();
        var content = TemplateMessages.Fill(TemplateSet.Get(processing.Settings.TemplateSet), TemplateSet.Digest, driver.Language ?? processing.Settings.DefaultLanguage, [],
            [TemplateParameter.From(driver.Name, 60), TemplateParameter.From(string.Join(" • ", lines), 800)]);
        var message = new NewMessage(processing.Time.NewId(), driver.Conversation!.Value, id, MessageKind.Template, content, Reason, $"digest:{id:N}:{now.UtcDateTime:yyyyMMdd'T'HHmmss}")
        {
            ValidUntil = now + ValidFor,
            CanWait = true,
            CanResend = true,
        };
        await Outbox.TryAddAsync(db, processing.Key, processing.Time, message, processing.SendLaneOf(driver.Conversation.Value), ct);
        return new($"message: digest of {held.Count}");
    }
}
