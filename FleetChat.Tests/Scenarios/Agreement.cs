using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Security;
using FleetChat.Simulators.Journal;
using Microsoft.Extensions.DependencyInjection;
using static FleetChat.Tests.Scenarios.Scenario;

namespace FleetChat.Tests.Scenarios;

/// <summary>What has to be true when a scenario has ended: the database and the journals of both simulators tell the same, message by message, and nothing is left lying.</summary>
internal static class Agreement
{
    public static async Task CheckAsync(Scenario scenario, string[] alerts)
    {
        var (db, key) = (scenario.Host.Core.GetRequiredService<TenantDbs>().For(scenario.Tenant), await scenario.Host.Core.GetRequiredService<DataKeys>().GetAsync(scenario.Tenant, default));
        var (journal, messages) = (await scenario.WhatsAppJournalAsync(), await ListMessagesAsync(db, key));

        var sent = messages.Where(m => m.View is { Direction: "outbound", WhatsappMessageId: not null }).ToList();
        var spare = Spare.Find(journal, [.. messages.Where(m => m.View.Direction == "outbound")]);
        AssertSame(sent.Select(LineOf), journal.Where(e => e.Kind == "send.accepted" && !spare.IsSpare(Text(e.Data, "wamid")!)).Select(e => LineOf(e.Data)));
        AssertSame(messages.Where(m => m.View.Direction == "inbound").Select(m => m.View.WhatsappMessageId!), journal.Where(e => e.Kind == "user.sent").Select(e => Text(e.Data, "wamid")!));
        AssertSame(sent.Select(m => $"{m.View.WhatsappMessageId} {m.View.Status}"), spare.Merge((await scenario.ChatsAsync()).Where(m => m.From == "business").Select(m => (m.Wamid, m.Status!))));
        Assert.DoesNotContain(journal, e => e.Kind == "webhook.given_up" || (e.Kind == "send.refused" && !e.Data.TryGetProperty("simulated", out _)));

        AssertSame(await ListWrittenAsync(db, key), Written(await scenario.SamsaraJournalAsync()));
        Assert.Equal(alerts.Order(), (await scenario.Api.ListAsync("api/alerts")).Select(a => Text(a, "code")!).Order());
        Assert.Equal([], await ListLeftAsync(db, scenario.Now));
        Assert.Equal(0, await scenario.Host.Database.ScalarAsAdminAsync<long>("select count(*) from localhost.queue_messages where queue like '%-poison'"));
    }

    private const string LeftLying = """
        select 'event ' || kind || ' ' || status || ' ' || coalesce(outcome, '')
        from fleet.inbox
        where tenant_id = $1
          and (status = 'parked' or (status = 'pending' and due_at <= $2))
        union all
        select 'call ' || kind || ' ' || status || ' ' || coalesce(outcome, '')
        from fleet.calls
        where tenant_id = $1
          and kind not like 'poll:%'
          and (status in ('failed', 'calling') or (status = 'waiting' and due_at <= $2))
        union all
        select 'reminder ' || kind || ' ' || coalesce(outcome, '')
        from fleet.reminders
        where tenant_id = $1
          and (due_at = 'infinity' or due_at <= $2)
        union all
        select 'message ' || status
        from fleet.outbound
        where tenant_id = $1
          and (status in ('sending', 'doubt') or (status in ('waiting', 'retrying') and due_at <= $2))
        union all
        select 'write-back ' || way || ' ' || state
        from fleet.write_backs
        where tenant_id = $1
          and state in ('waiting', 'ordered')
        """;

    /// <summary>Work that is due and rests, or was put aside.</summary>
    public static Task<List<string>> ListLeftAsync(TenantDb db, DateTimeOffset now) => db.ListAsync(LeftLying, row => row.GetString(0), default, P.Time(now));

    // Read at once, so that the difference shows all that is missing on either side.
    private static void AssertSame(IEnumerable<string> database, IEnumerable<string> journal)
        => Assert.Equal(database.Order(StringComparer.Ordinal), journal.Order(StringComparer.Ordinal));

    private sealed record Logged(MessageView View, string Recipient, Guid[] Attempts, bool CanResend);

    /// <summary>What WhatsApp took besides the one that a message bears the id of, and rightly.</summary>
    /// <param name="Instead">By its id: which one of the same message counts; null: nobody ever heard of it, and a dispatcher was told.</param>
    private sealed record Spare(IReadOnlyDictionary<string, string?> Instead)
    {
        public static Spare Find(IReadOnlyList<JournalEntry> journal, IReadOnlyList<Logged> messages)
        {
            var instead = new Dictionary<string, string?>();
            var told = journal.Where(e => e.Kind == "webhook.emitted").SelectMany(e => UpdatesOf(e).Select(u => (e.Seq, Wamid: Text(u, "wamid"), Status: Text(u, "status")))).Where(t => t.Status is not null).ToList();
            var silent = journal.Where(e => e.Kind == "fault.statuses" && Text(e.Data, "kind") == "silent").Select(e => Text(e.Data, "wamid")!).ToHashSet();
            foreach (var taken in journal.Where(e => e.Kind == "send.accepted").GroupBy(e => messages.Single(m => m.Attempts.Contains(Demo.KillLedger.AttemptOf(Text(e.Data, "biz_opaque_callback_data")!)))))
            {
                var (message, tries) = (taken.Key, taken.OrderBy(e => e.Seq).ToList());
                foreach (var (earlier, later) in tries.Zip(tries.Skip(1)))
                {
                    var wamid = Text(earlier.Data, "wamid")!;
                    var before = told.Where(t => t.Wamid == wamid && t.Seq < later.Seq).ToList();
                    Assert.True(
                        before.Exists(t => t.Status == "failed") || (message.CanResend && before.Count == 0 && silent.Contains(wamid) && later.At - earlier.At >= SendPolicy.DoubtWindow),
                        $"'{message.View.Text}' was sent twice, and WhatsApp had told {string.Join(", ", before.Select(t => t.Status))}");
                }
                foreach (var wamid in tries.Select(e => Text(e.Data, "wamid")!).Where(w => w != message.View.WhatsappMessageId)) instead[wamid] = message.View.WhatsappMessageId;
                if (message.View.WhatsappMessageId is null)
                {
                    Assert.Subset(silent, tries.Select(e => Text(e.Data, "wamid")!).ToHashSet());
                    Assert.Contains(message.View.Reason.Split(':')[^1], new[] { "delivery_unknown", "expired" });
                }
            }
            return new(instead);
        }

        public bool IsSpare(string wamid) => Instead.ContainsKey(wamid);

        /// <summary>Each once, with what proves the most of all that bore it.</summary>
        public IEnumerable<string> Merge(IEnumerable<(string Wamid, string Status)> chats)
            => chats.Select(c => (Wamid: Instead.GetValueOrDefault(c.Wamid, c.Wamid), c.Status)).Where(c => c.Wamid is not null)
                .GroupBy(c => c.Wamid, c => c.Status).Select(c => $"{c.Key} {c.MaxBy(DeliveryStatus.Rank)}");
    }

    private const string ListMessages = $"""
        select c.id, c.identity, (select coalesce(array_agg(a.id), array[]::uuid[]) from fleet.attempts a where a.tenant_id = $1 and a.message_id = m.id),
               coalesce((select o.can_resend from fleet.outbound o where o.tenant_id = $1 and o.message_id = m.id), false),
               {MessageView.Columns}
        from fleet.message_logs m
        join fleet.conversations c on c.tenant_id = $1 and c.id = m.conversation_id
        {MessageView.JoinMedia}
        where m.tenant_id = $1
        """;

    private static Task<List<Logged>> ListMessagesAsync(TenantDb db, DataKey key) => db.ListAsync(ListMessages, row => new Logged(
        MessageView.Read(row, key, first: 4), key.Decrypt(EncryptedColumns.ConversationIdentity, row.GetGuid(0), row.Bytes(1)).TrimStart('+'), row.GetFieldValue<Guid[]>(2), row.GetBoolean(3)), default);

    private static string LineOf(Logged message)
    {
        var view = message.View;
        var buttons = view.Buttons?.Select(b => new ButtonPayload(view.Id, b.Action).ToString()) ?? [];
        var type = view.Template is not null ? "template" : view.Buttons is { Count: > 0 } ? "interactive" : "text";
        return $"{view.WhatsappMessageId} to {message.Recipient}: {type} {view.Template} {view.Language} [{string.Join(' ', buttons)}] {view.Text}";
    }

    private static string LineOf(JsonElement sent)
        => $"{Text(sent, "wamid")} to {(Text(sent.GetProperty("body"), "to") is null ? Text(sent, "user_id") : Text(sent, "to"))}: {Text(sent, "type")} {Text(sent, "template")} {Text(sent, "language")} [{string.Join(' ', Buttons(sent.GetProperty("body")))}] {Text(sent, "text")}";

    private static IEnumerable<string> Buttons(JsonElement body) => Text(body, "type") switch
    {
        "template" => body.GetProperty("template").GetProperty("components").EnumerateArray().Where(c => Text(c, "type") == "button").Select(c => Text(c.GetProperty("parameters")[0], "payload")!),
        "interactive" when body.GetProperty("interactive").GetProperty("action").TryGetProperty("buttons", out var buttons) => buttons.EnumerateArray().Select(b => Text(b.GetProperty("reply"), "id")!),
        "interactive" => body.GetProperty("interactive").GetProperty("action").GetProperty("sections").EnumerateArray().SelectMany(s => s.GetProperty("rows").EnumerateArray()).Select(r => Text(r, "id")!),
        _ => [],
    };

    private const string ListWriteBacks = """
        select w.id, w.way, w.content, t.samsara_route_id, d.samsara_driver_id
        from fleet.write_backs w
        join fleet.transports t on t.tenant_id = $1 and t.id = w.transport_id
        join fleet.message_logs m on m.tenant_id = $1 and m.id = w.message_id
        left join fleet.drivers d on d.tenant_id = $1 and d.id = m.driver_id
        where w.tenant_id = $1
          and w.state = 'written'
        """;

    private static Task<List<string>> ListWrittenAsync(TenantDb db, DataKey key) => db.ListAsync(ListWriteBacks, row =>
    {
        var (way, text, route, driver) = (row.GetString(1), key.Decrypt(EncryptedColumns.WriteBackContent, row.GetGuid(0), row.Bytes(2)), row.GetString(3), row.TextOrNull(4));
        return way switch
        {
            WriteBackWay.Notes => $"notes of {route}: {text}",
            WriteBackWay.ExternalId => $"answer of {route}: {text}",
            WriteBackWay.Message => $"message to {driver}: {text}",
            _ => $"document of {driver}: {RouteNotes.Mark(JsonSerializer.Deserialize<PaperOrder>(text)!.Paper)} {JsonSerializer.Deserialize<PaperOrder>(text)!.SamsaraStopId}",
        };
    }, default);

    /// <summary>All that Samsara took of us: lines by the call that brought them first.</summary>
    private static List<string> Written(IEnumerable<JournalEntry> journal)
    {
        var (written, known) = (new List<string>(), new HashSet<string>());
        foreach (var call in journal.Where(e => e.Kind == "rest.request" && Text(e.Data, "method") != "GET" && e.Data.GetProperty("status").GetInt32() < 300))
        {
            var (path, body) = (Text(call.Data, "path")!, call.Data.GetProperty("body"));
            switch (path.Split('/'))
            {
                case ["", "fleet", "routes", var route]:
                    Assert.False(body.TryGetProperty("stops", out _), "a write to a route named its stops");
                    if (Text(body, "notes") is { } notes) written.AddRange(notes.Split('\n').Where(l => l.StartsWith("[FleetChat ", StringComparison.Ordinal)).Select(l => $"notes of {route}: {l}").Where(known.Add));
                    if (body.TryGetProperty("externalIds", out var ids)) written.AddRange(ids.EnumerateObject().Select(id => $"answer of {route}: {id.Value.GetString()}"));
                    break;
                case ["", "v1", "fleet", "messages"]:
                    written.AddRange(body.GetProperty("driverIds").EnumerateArray().Select(d => $"message to {d.GetInt64()}: {Text(body, "text")}"));
                    break;
                case ["", "fleet", "documents"]:
                    Assert.Equal("submitted", Text(body, "state"));
                    written.Add($"document of {Text(body, "driverId")}: {WriteDocument.MarkIn(Text(body, "notes"))} {Text(body, "routeStopId")}");
                    break;
                default:
                    written.Add($"{Text(call.Data, "method")} {path}");
                    break;
            }
        }
        return written;
    }
}
