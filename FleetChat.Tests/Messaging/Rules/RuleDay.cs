using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;
using Moq;

namespace FleetChat.Tests.Messaging.Rules;

/// <summary>A company's day on the stepped clock: routes as polling sees them, events as webhooks bring them, and what drivers get.</summary>
internal sealed class RuleDay
{
    private static int _orgs = 8000;

    private readonly TestFleet _fleet;

    private List<WhatsAppMessage> _taken;
    private int _forgotten;

    private RuleDay(TestFleet fleet, TestCompany company, List<WhatsAppMessage> taken) => (_fleet, Company, _taken) = (fleet, company, taken);

    public TestCompany Company { get; }

    /// <summary>What WhatsApp took of this company's, since the last <see cref="Forget"/>.</summary>
    public IReadOnlyList<WhatsAppMessage> Taken => [.. OfCompany(_taken).Skip(_forgotten)];

    public DateTimeOffset Now => _fleet.Clock.GetUtcNow();

    /// <summary>Two drivers: 11 is Ana, who reads English, 12 is Ben, who reads Spanish. Without a token nobody asks whether they drive.</summary>
    public static async Task<RuleDay> StartAsync(TestFleet fleet, string? token = null)
    {
        var taken = fleet.AcceptAll();
        var company = await fleet.AddCompanyAsync(samsara: new(new("http://127.0.0.1:1"), token, $"{Interlocked.Increment(ref _orgs)}", ""));
        await fleet.AddDriverAsync(company, "11", "+15550001111", "Ana", "en");
        await fleet.AddDriverAsync(company, "12", "+15550003333", "Ben", "es");
        return new(fleet, company, taken);
    }

    public static JsonObject Stop(string id, string name, DateTimeOffset? at = null, string state = "scheduled") => new()
    {
        ["id"] = id,
        ["name"] = name,
        ["state"] = state,
        ["scheduledArrivalTime"] = at is { } time ? Text(time) : "",
    };

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    public JsonObject Route(string id, string? driver, params JsonObject[] stops)
    {
        var route = new JsonObject
        {
            ["id"] = id,
            ["name"] = $"Trip {id}",
            ["orgLocalTimezone"] = "America/Chicago",
            ["scheduledRouteStartTime"] = Text(Now.AddHours(2)),
            ["scheduledRouteEndTime"] = Text(Now.AddHours(10)),
            ["externalIds"] = new JsonObject { ["load"] = $"L-{id}" },
            ["stops"] = new JsonArray([.. stops]),
        };
        if (driver is not null) route["driver"] = new JsonObject { ["id"] = driver, ["name"] = "as Samsara has it" };
        return route;
    }

    /// <summary>As polling brings it.</summary>
    public Task SeeAsync(JsonObject route, bool isFirstLook = false, DateTimeOffset? seenAt = null)
        => StoreAsync(SamsaraEvents.RouteSeen, new() { ["route"] = route.DeepClone(), ["first_look"] = isFirstLook, ["seen_at"] = Text(seenAt ?? Now) });

    public Task LoseAsync(string routeId) => StoreAsync(SamsaraEvents.RouteGone, new() { ["route_id"] = routeId, ["seen_at"] = Text(Now) });

    /// <summary>As a webhook brings it.</summary>
    /// <param name="at">When it happened; null: now.</param>
    public async Task HearAsync(string type, JsonObject data, DateTimeOffset? at = null)
    {
        var body = new JsonObject
        {
            ["eventId"] = TimeProvider.System.NewId().ToString(),
            ["eventType"] = type,
            ["eventTime"] = Text(at ?? Now),
            ["orgId"] = long.Parse(Company.OrgId, System.Globalization.CultureInfo.InvariantCulture),
            ["webhookId"] = Company.WebhookId,
            ["data"] = data,
        };
        await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(Company, body.ToJsonString())).Nudges);
    }

    public Task HearStopAsync(string type, string route, string? driver, JsonObject details)
    {
        var data = new JsonObject { ["route"] = new JsonObject { ["id"] = route }, ["routeStopDetails"] = details, ["time"] = Text(Now) };
        if (driver is not null) data["driver"] = new JsonObject { ["id"] = driver };
        return HearAsync(type, data);
    }

    /// <summary>As WhatsApp brings the tap of whoever got the message.</summary>
    public async Task TapAsync(WhatsAppMessage message, string action)
    {
        var tap = Payloads.Tap(message.Recipient[1..], new ButtonPayload(message.MessageId, action).ToString(), action, $"wamid.tap.{TimeProvider.System.NewId():N}", null, Now.ToUnixTimeSeconds());
        await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(Company, messages: [tap]))).Nudges);
    }

    public Task PassAsync(TimeSpan time) => PassAsync(time, TimeSpan.FromMinutes(1));

    /// <summary>From one due moment to the next, as a clock goes: what is due on the way is due when it is.</summary>
    /// <param name="step">How far it goes where something is due already that nobody does.</param>
    public async Task PassAsync(TimeSpan time, TimeSpan step)
    {
        for (var end = Now + time; Now < end;)
        {
            var due = await _fleet.FindNextDueAsync();
            var next = due > Now ? due.Value : due is null ? end : Now + step;
            _fleet.Clock.Advance((next < end ? next : end) - Now);
            await _fleet.SweepAsync();
        }
    }

    public Task ChangeRulesAsync(string json)
        => ChangeAsync($"update fleet.tenant_configurations set rules = '{json}', version = version + 1 where tenant_id = '{Company.Id}'");

    public async Task ChangeAsync(string sql)
    {
        await _fleet.Database.ExecuteAsAdminAsync(sql);
        await _fleet.Get<TenantSettingsCache>().ReadAsync(Company.Id, default);
    }

    public Task<long> CountAsync(string sql) => _fleet.Db(Company).FindAsync(sql, r => r.GetInt64(0), default);

    public async Task<IReadOnlyList<string>> ReasonsAsync()
        => await _fleet.Db(Company).ListAsync("select reason from fleet.message_logs where tenant_id = $1 and direction = 'outbound' order by created_at, id", r => r.GetString(0), default);

    public void Forget() => _forgotten = OfCompany(_taken).Count();

    /// <summary>Other days of the fixture go on beside this one.</summary>
    public IEnumerable<WhatsAppMessage> OfCompany(IEnumerable<WhatsAppMessage> taken) => taken.Where(t => t.PhoneNumberId == Company.PhoneNumberId);

    /// <summary>WhatsApp takes nothing for a while.</summary>
    public void Refuse() => _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
        .ThrowsAsync(new WhatsAppException(WhatsAppFailure.Transient, 131000, "trace", TimeSpan.FromMinutes(20)));

    /// <summary>WhatsApp takes messages again.</summary>
    public void Accept()
    {
        _taken = _fleet.AcceptAll();
        _forgotten = 0;
    }

    public IEnumerable<string> TemplatesTo(string phone) => Taken.Where(t => t.Recipient == phone).Select(t => t.Content.Template!);

    private async Task StoreAsync(string kind, JsonObject payload)
    {
        var items = new InboxItem[] { new(InboxSource.Samsara, kind, $"poll:{TimeProvider.System.NewId():N}", "lane", System.Text.Encoding.UTF8.GetBytes(payload.ToJsonString())) };
        await _fleet.WorkAsync((await _fleet.Get<StoreItems>().HandleAsync(Company.Id, items, default)).Nudges);
    }
}
