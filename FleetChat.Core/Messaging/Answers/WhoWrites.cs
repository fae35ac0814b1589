using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;

namespace FleetChat.Core.Messaging.Answers;

/// <summary>Several drivers share a phone, and nothing tells who of them wrote: whoever holds it is asked, and his tap says whose the waiting messages are.</summary>
internal static class WhoWrites
{
    /// <summary>Of the question; lies in rows, so it never changes.</summary>
    public const string Reason = "who_writes";

    /// <summary>WhatsApp's limits: of one list, of a button's and of a row's title.</summary>
    private const int MostRows = 10;

    private const int LongestTitle = 20;

    private const string ActionPrefix = "writer_";

    /// <summary>For so long a question stands, and its answer holds: afterwards the phone may be in other hands.</summary>
    private static readonly TimeSpan Holds = TimeSpan.FromMinutes(15);

    private static readonly Dictionary<string, (string Question, string Choose)> Texts = new()
    {
        [Languages.English] = ("Several drivers share this phone. Who is writing?", "Choose"),
        [Languages.Spanish] = ("Varios conductores comparten este teléfono. ¿Quién escribe?", "Elegir"),
        [Languages.French] = ("Plusieurs conducteurs partagent ce téléphone. Qui écrit ?", "Choisir"),
    };

    /// <returns>Whom a tapped button names, if he is one of these.</returns>
    public static Guid? Named(string? action, List<DriverRow> drivers)
        => action is not null && action.StartsWith(ActionPrefix, StringComparison.Ordinal) && Guid.TryParseExact(action[ActionPrefix.Length..], "N", out var named)
            ? drivers.Find(d => d.Id == named)?.Id
            : null;

    public static bool IsAnswer(string action) => action.StartsWith(ActionPrefix, StringComparison.Ordinal);

    // Answers to our question, and questions that nobody has answered yet.
    private const string FindLast = """
        select a.driver_id
        from fleet.message_logs q
        left join fleet.message_logs a on a.tenant_id = $1 and a.conversation_id = $2 and a.reply_to = q.id and a.direction = 'inbound' and a.driver_id is not null
        where q.tenant_id = $1
          and q.conversation_id = $2
          and q.direction = 'outbound'
          and q.reason = 'who_writes'
          and q.status not in ('failed', 'refused', 'expired')
          and coalesce(a.timestamp, q.timestamp) > $3
        order by q.timestamp desc, q.id desc, a.timestamp desc
        limit 1
        """;

    /// <summary>What became of the last question.</summary>
    /// <returns>Who answered it a moment ago, or whether it still stands.</returns>
    public static async Task<(Guid? Writer, bool IsAsked)> FindLastAsync(Processing processing, Guid conversation, CancellationToken ct)
    {
        var since = processing.Time.GetUtcNow() - Holds;
        return await processing.Db.FindAsync<(Guid?, bool)?>(FindLast, row => (row.GuidOrNull(0), row.IsDBNull(0)), ct, P.Uuid(conversation), P.Time(since)) ?? default;
    }

    /// <param name="cause">The message whose writer is asked for.</param>
    public static async Task AskAsync(Processing processing, Guid conversation, List<DriverRow> drivers, Guid cause, CancellationToken ct)
    {
        var (writer, isAsked) = await FindLastAsync(processing, conversation, ct);
        if (writer is not null || isAsked) return;
        var languages = drivers.Select(d => d.Language ?? processing.Settings.DefaultLanguage).Distinct().Select(l => Texts[l]).ToArray();
        var content = new MessageContent(string.Join('\n', languages.Select(t => t.Question)))
        {
            Buttons = [.. Titles(drivers).Take(MostRows)],
            ListLabel = languages[0].Choose,
        };
        var message = new NewMessage(processing.Time.NewId(), conversation, null, MessageKind.Interactive, content, Reason, $"who:{cause:N}")
        {
            ValidUntil = processing.Time.GetUtcNow() + Holds,
        };
        await Outbox.TryAddAsync(processing.Db, processing.Key, processing.Time, message, processing.SendLaneOf(conversation), ct);
    }

    // WhatsApp wants the titles different, and drivers' names need not be.
    private static IEnumerable<MessageButton> Titles(List<DriverRow> drivers)
    {
        var names = drivers.ConvertAll(d => TemplateParameter.From(d.Name, LongestTitle));
        return drivers.Select((driver, index) => new MessageButton(
            $"{ActionPrefix}{driver.Id:N}",
            names.FindAll(n => n == names[index]).Count == 1 ? names[index] : TemplateParameter.From($"{names.Take(index + 1).Count(n => n == names[index])}. {driver.Name}", LongestTitle)));
    }

    private const string ListWaiting = """
        select m.id, m.content, m.kind, m.timestamp
        from fleet.dispatcher_entries e
        join fleet.message_logs m on m.tenant_id = $1 and m.id = e.message_id
        where e.tenant_id = $1
          and e.conversation_id = $2
          and e.reason = 'who_writes'
          and e.handled_at is null
        order by m.timestamp, m.id
        for no key update of m
        """;

    /// <summary>Messages whose writer was asked for, the oldest first.</summary>
    public static Task<List<WaitingMessage>> ListWaitingAsync(TenantTransaction db, DataKey key, Guid conversation, CancellationToken ct)
        => db.ListAsync(ListWaiting, row => new WaitingMessage(row.GetGuid(0), MessageContent.Open(key, row.GetGuid(0), row.Bytes(1)), row.GetString(2), row.Time(3)), ct, P.Uuid(conversation));

    private const string Attribute = $"""
        with attributed as (
            update fleet.message_logs
            set driver_id = $3, reason = $4, is_business = $5
            where tenant_id = $1
              and id = $2
            returning id, driver_id, is_business
        ), counted as (
            select id as message_id, driver_id, '{UsageFacts.MessageIn}' as kind, $6 as period, $7 as at
            from attributed
            where is_business
        )
        {UsageFacts.AddMessages}
        """;

    // A rule that dealt with it leaves nothing to a person.
    private const string MoveEntry = """
        update fleet.dispatcher_entries
        set driver_id = $3, reason = coalesce($4, reason), handled_at = case when $4 is null then $5::timestamptz end, handled_by = case when $4 is null then 'rule' end
        where tenant_id = $1
          and message_id = $2
          and reason = 'who_writes'
          and handled_at is null
        """;

    /// <param name="reason">Why a dispatcher has to look at it all the same; null: nothing is left to look at.</param>
    /// <param name="isBusiness">Not about consent.</param>
    /// <param name="zone">The company's.</param>
    public static async Task AttributeAsync(
        TenantTransaction db, WaitingMessage message, Guid driver, string? reason, bool isBusiness, TimeZoneInfo zone, DateTimeOffset now, CancellationToken ct)
    {
        var usedAt = UsageFacts.UsedAt(message.SentAt, now);
        await using var batch = db.Batch()
            .Add(Attribute, P.Uuid(message.Id), P.Uuid(driver), P.Text(reason ?? "answer"), P.Bool(isBusiness), P.Day(BillingPeriod.Of(usedAt, zone)), P.Time(usedAt))
            .Add(MoveEntry, P.Uuid(message.Id), P.Uuid(driver), P.Text(reason), P.Time(now));
        await batch.ExecuteAsync(ct);
    }
}

internal sealed record WaitingMessage(Guid Id, MessageContent Content, string Type, DateTimeOffset SentAt);
