using System.Globalization;
using System.Text.Json;
using FleetChat.Core.Messaging;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Journal;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using Microsoft.Extensions.DependencyInjection;
using Driver = FleetChat.LocalHost.Hosting.Driver;

namespace FleetChat.Tests.Scenarios;

/// <param name="Id">Samsara's.</param>
/// <param name="Phone">Digits.</param>
internal sealed record Person(string Id, string Name, string Phone, Guid DriverId);

/// <summary>A route of Samsara's; its stops' ids and names in their order.</summary>
internal sealed record Trip(string Id, string Name, IReadOnlyList<string> Stops, IReadOnlyList<string> Places, DateTimeOffset Begins);

/// <summary>What WhatsApp took for somebody.</summary>
/// <param name="What">The rule that its template belongs to; <c>text</c> or <c>interactive</c> for anything else.</param>
internal sealed record Told(string What, string? Language, string Text, string Wamid, DateTimeOffset At);

/// <summary>A company's day: dispatchers and trucks in Samsara, drivers on their phones, dispatchers at FleetChat's API. Each act is over when all that follows at once has happened.</summary>
internal sealed class Scenario : IAsyncDisposable
{
    private const string TemplateSetName = "transport_standard_v2";
    private static readonly string[] Places = ["Austin yard", "Waco mill", "Dallas port", "Tulsa plant", "Joplin depot"];
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(5);
    private static readonly byte[] Picture = [0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9];

    private readonly ScenarioHost _host;
    private readonly int _number;
    private (long Samsara, long WhatsApp) _since;
    private int _trips;
    private int _pictures;

    private Scenario(ScenarioHost host, int number) => (_host, _number) = (host, number);

    public TenantId Tenant { get; private set; }

    public long OrgId => 700_000 + _number;

    public string NumberId => $"7100000000{_number:00000}";

    private string WabaId => $"7200000000{_number:00000}";

    public ScenarioApi Api { get; private set; } = null!;

    /// <summary>Reads English.</summary>
    public Person Ana { get; private set; } = null!;

    /// <summary>Reads Spanish.</summary>
    public Person Ben { get; private set; } = null!;

    /// <summary>Reads French.</summary>
    public Person Cleo { get; private set; } = null!;

    public DateTimeOffset Now => _host.Now;

    public ScenarioHost Host => _host;

    public static async Task<Scenario> BeginAsync(ScenarioHost host, int number)
    {
        var scenario = new Scenario(host, number);
        await scenario.EnterAsync();
        scenario._since = await host.MarkAsync();
        return scenario;
    }

    /// <summary>The company leaves service, and nothing of it is due any more.</summary>
    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _host.WhatsApp.ClearFaultsAsync();
        await _host.Samsara.ChangeSettingsAsync(new());
        await _host.Database.ExecuteAsAdminAsync($"""
            update directory.tenants set status = 'suspended' where tenant_id = '{Tenant}';
            update fleet.tenants set status = 'suspended' where tenant_id = '{Tenant}';
            delete from fleet.reminders where tenant_id = '{Tenant}';
            update fleet.inbox set status = 'done', finished_at = now() where tenant_id = '{Tenant}' and status = 'pending'
            """);
    }

    public Task SettleAsync() => _host.StepToAsync(Now);

    public Task PassAsync(TimeSpan time) => _host.StepToAsync(Now + time);

    public Task PassToAsync(DateTimeOffset moment) => _host.StepToAsync(moment);

    /// <summary>Until the next look at Samsara's routes has been taken.</summary>
    public async Task LookAsync()
    {
        var due = await FindPollAsync();
        if (due is null)
        {
            // What keeps polls comes round at half past the minute.
            await _host.StepToAsync(Now.AddMinutes(1));
            due = await FindPollAsync();
        }
        // The next sweep finds it, be it overdue.
        var moment = Math.Max(due!.Value.UtcTicks, Now.UtcTicks + 1) + Sweep.Ticks - 1;
        await _host.StepToAsync(new DateTimeOffset(moment - (moment % Sweep.Ticks), TimeSpan.Zero));
    }

    /// <param name="window">How far off an arrival is still on time for Samsara; null: it never says.</param>
    public async Task<Trip> AddTripAsync(Person? driver, TimeSpan? startsIn = null, int stops = 2, string? notes = null, string? stopNotes = null, TimeSpan? window = null, string? vehicleId = null)
    {
        var id = $"{_number:000}{++_trips:00}0";
        var begins = Now + (startsIn ?? TimeSpan.FromHours(2));
        var trip = new Trip(id, $"Trip {id}", [.. Enumerable.Range(1, stops).Select(n => $"{id}{n}")], Places[..stops], begins);
        await _host.Samsara.AddRouteAsync(OrgId, new(trip.Name, [.. Enumerable.Range(0, stops).Select(n => Stop(trip, n) with { Notes = stopNotes, OnTimeBeforeMs = (long?)window?.TotalMilliseconds, OnTimeAfterMs = (long?)window?.TotalMilliseconds })], driver?.Id, vehicleId, id, notes,
            CompletionCondition: "departLastStop", ExternalIds: new Dictionary<string, string> { ["load"] = $"L-{id}" }));
        return trip;
    }

    /// <summary>A stop two hours after the one before it.</summary>
    public static NewStop Stop(Trip trip, int number) => new(Places[number], trip.Begins.AddHours(2 * number), Id: $"{trip.Id}{number + 1}",
        Address: $"{100 + number} Main St", Latitude: 30 + number, Longitude: -97 - number);

    /// <summary>As a dispatcher changes it.</summary>
    public async Task ChangeAsync(Trip trip, RouteChange change)
    {
        await _host.Samsara.ChangeRouteAsync(OrgId, trip.Id, change);
        await SettleAsync();
    }

    public Task DeleteAsync(Trip trip) => _host.Samsara.DeleteRouteAsync(OrgId, trip.Id);

    public async Task ArriveAsync(Trip trip, int stop = 0)
    {
        await _host.Samsara.ArriveAsync(OrgId, trip.Id, trip.Stops[stop]);
        await SettleAsync();
    }

    public async Task DepartAsync(Trip trip, int stop = 0)
    {
        await _host.Samsara.DepartAsync(OrgId, trip.Id, trip.Stops[stop]);
        await SettleAsync();
    }

    public async Task ExpectAsync(Trip trip, int stop, DateTimeOffset eta)
    {
        await _host.Samsara.EtaAsync(OrgId, trip.Id, trip.Stops[stop], eta);
        await SettleAsync();
    }

    public Task<string> AddDocumentTypeAsync(string name)
        => _host.Samsara.AddDocumentTypeAsync(OrgId, new(name, new Dictionary<string, string> { ["Photos"] = "photo", ["Links"] = "string" }));

    /// <summary>Whatever else Samsara tells.</summary>
    public async Task HappenAsync(Func<SamsaraControl, Task> fact)
    {
        await fact(_host.Samsara);
        await SettleAsync();
    }

    /// <summary>Taps a button under the newest message that has it.</summary>
    public async Task TapAsync(Person person, string button)
    {
        var under = (await ChatAsync(person)).LastOrDefault(m => m.From == "business" && m.Buttons.Contains(button));
        Assert.True(under is not null, $"{person.Name} has no message with the button {button}");
        await _host.WhatsApp.TapAsync(NumberId, person.Phone, under.Wamid, button);
        await SettleAsync();
    }

    /// <summary>Taps a button under one message.</summary>
    public async Task TapAsync(Person person, Told under, string button)
    {
        await _host.WhatsApp.TapAsync(NumberId, person.Phone, under.Wamid, button);
        await SettleAsync();
    }

    public async Task SayAsync(Person person, string text, Told? inReplyTo = null)
    {
        await _host.WhatsApp.SendTextAsync(NumberId, person.Phone, text, inReplyTo is null ? null : new(InReplyTo: inReplyTo.Wamid));
        await SettleAsync();
    }

    /// <summary>Each says his own.</summary>
    public async Task SayAsync(params (Person Person, string Text)[] said)
    {
        foreach (var (person, text) in said) await _host.WhatsApp.SendTextAsync(NumberId, person.Phone, text);
        await SettleAsync();
    }

    public async Task ShowPlaceAsync(Person person, double latitude, double longitude)
    {
        await _host.WhatsApp.SendLocationAsync(new(NumberId, person.Phone, latitude, longitude));
        await SettleAsync();
    }

    /// <summary>No two pictures are the same.</summary>
    public async Task SendAsync(Person person, string kind = "image", string mimeType = "image/jpeg", byte[]? content = null, bool voice = false)
    {
        await _host.WhatsApp.SendMediaAsync(new(NumberId, person.Phone, kind, mimeType, content ?? [.. Picture, (byte)++_pictures], Voice: voice));
        await SettleAsync();
    }

    public async Task ReactAsync(Person person, Told to, string emoji)
    {
        await _host.WhatsApp.ReactAsync(NumberId, person.Phone, to.Wamid, emoji);
        await SettleAsync();
    }

    /// <summary>What somebody was told, in its order.</summary>
    public async Task<IReadOnlyList<Told>> ToldAsync(Person person) => [.. (await WhatsAppJournalAsync()).Where(e => e.Kind == "send.accepted" && Text(e.Data, "to") == person.Phone).Select(ToTold)];

    public async Task<IReadOnlyList<string>> WhatAsync(Person person) => [.. (await ToldAsync(person)).Select(t => t.What)];

    /// <summary>The newest one by a rule.</summary>
    public async Task<Told> LastAsync(Person person, string what)
    {
        var found = (await ToldAsync(person)).LastOrDefault(t => t.What == what);
        Assert.True(found is not null, $"{person.Name} was told no {what}");
        return found;
    }

    public async Task<IReadOnlyList<string>> ButtonsAsync(Person person, Told under) => (await ChatAsync(person)).Single(m => m.Wamid == under.Wamid).Buttons;

    public async Task<JsonElement> TransportAsync(Trip trip)
    {
        var listed = (await Api.ListAsync("api/transports")).Single(t => Text(t, "samsara_route_id") == trip.Id);
        return await Api.GetAsync($"api/transports/{Text(listed, "id")}");
    }

    public async Task<string> StatusAsync(Trip trip) => Text(await TransportAsync(trip), "status")!;

    public async Task<string> StateAsync(Trip trip, int stop = 0)
        => Text((await TransportAsync(trip)).GetProperty("stops").EnumerateArray().Single(s => Text(s, "samsara_stop_id") == trip.Stops[stop]), "state")!;

    /// <summary>What the timeline says, in its order, without the messages.</summary>
    public async Task<IReadOnlyList<string>> TimelineAsync(Trip trip)
        => [.. (await TransportAsync(trip)).GetProperty("timeline").EnumerateArray().Where(e => Text(e, "type") == "event").Select(e => Text(e, "what")!)];

    /// <summary>Why dispatchers have to look, the longest waiting first.</summary>
    public async Task<IReadOnlyList<string>> WaitingAsync()
        => [.. (await Api.ListAsync("api/conversations?needs=dispatcher")).SelectMany(c => c.GetProperty("entries").EnumerateArray()).OrderBy(e => Text(e, "since"), StringComparer.Ordinal).Select(e => Text(e, "reason")!)];

    public async Task<Guid> ConversationAsync(Person person)
        => (await Api.ListAsync("api/conversations")).Single(c => Text(c, "whatsapp_number") == $"+{person.Phone}").GetProperty("id").GetGuid();

    /// <summary>The notes and the external ids of a route as Samsara has them.</summary>
    public Task<RouteView> RouteAsync(Trip trip) => _host.Samsara.GetRouteAsync(OrgId, trip.Id);

    public Task ChangeRuleAsync(string rule, object change) => Api.PatchAsync($"api/rules/{rule}", change);

    public async Task SwitchAsync(string rule, bool isOn) => await ChangeRuleAsync(rule, new { is_on = isOn });

    /// <summary>Somebody with a phone, on no roster yet.</summary>
    public async Task<Person> MeetAsync(string name, string? phone = null)
    {
        var person = new Person("", name, phone ?? $"1512{200 + _number}{7000 + ++_trips}", default);
        await _host.WhatsApp.AddUserAsync(new(person.Phone, name));
        return person;
    }

    /// <summary>A dispatcher enrols a driver who has agreed to it on paper.</summary>
    /// <param name="language">Null: nobody named one.</param>
    public async Task<Person> EnrolAsync(string id, string name, string phone, string? language)
    {
        await _host.Samsara.AddDriverAsync(OrgId, new(name, id, $"+{phone}"));
        await SettleAsync();
        if ((await Api.ListAsync("api/drivers")).FirstOrDefault(d => Text(d, "samsara_driver_id") == id) is { ValueKind: JsonValueKind.Object } known)
        {
            var optIn = OptIn();
            var changed = language is null
                ? await Api.PatchAsync($"api/drivers/{Text(known, "id")}", new { opt_in = optIn })
                : await Api.PatchAsync($"api/drivers/{Text(known, "id")}", new { language, opt_in = optIn });
            return new(id, name, phone, changed.GetProperty("id").GetGuid());
        }
        var added = await Api.PostAsync("api/drivers", new { samsara_driver_id = id, name, phone = $"+{phone}", language, opt_in = OptIn() });
        return new(id, name, phone, added.GetProperty("id").GetGuid());
    }

    public object OptIn() => OptInAt(Now);

    /// <summary>Signed on paper an hour before.</summary>
    public static object OptInAt(DateTimeOffset now) => new
    {
        text = "I agree to get messages about my trips on WhatsApp.",
        text_version = "1",
        language = "en",
        method = "paper",
        evidence = "form 7",
        agreed_at = now.AddHours(-1).UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
    };

    public async Task<IReadOnlyList<JournalEntry>> WhatsAppJournalAsync()
        => [.. (await _host.WhatsApp.JournalAsync(_since.WhatsApp)).Where(e => Text(e.Data, "phone_number_id") == NumberId || UpdatesOf(e).Any(u => Text(u, "phone_number_id") == NumberId))];

    /// <summary>What a webhook of WhatsApp's carries.</summary>
    public static IEnumerable<JsonElement> UpdatesOf(JournalEntry entry) => entry.Data.TryGetProperty("updates", out var updates) ? updates.EnumerateArray() : [];

    public async Task<IReadOnlyList<JournalEntry>> SamsaraJournalAsync()
        => [.. (await _host.Samsara.JournalAsync(_since.Samsara)).Where(e => e.Data.TryGetProperty("org_id", out var org) && org.ValueKind == JsonValueKind.Number && org.GetInt64() == OrgId)];

    public async Task<IReadOnlyList<ChatMessageView>> ChatsAsync() => [.. (await _host.WhatsApp.ChatsAsync(NumberId)).SelectMany(c => c.Messages)];

    public static string? Text(JsonElement element, string member)
        => element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private async Task<IReadOnlyList<ChatMessageView>> ChatAsync(Person person) => (await _host.WhatsApp.ChatsAsync(NumberId, person.Phone)).SingleOrDefault()?.Messages ?? [];

    private async Task<DateTimeOffset?> FindPollAsync()
        => (await _host.Core.GetRequiredService<FleetChat.Core.Data.TenantDbs>().For(Tenant)
            .ListAsync("select due_at from fleet.calls where tenant_id = $1 and kind = 'poll:routes' and status = 'waiting'", row => (DateTimeOffset?)row.GetFieldValue<DateTimeOffset>(0), default)).FirstOrDefault();

    private async Task EnterAsync()
    {
        var company = new Company("", $"Scenario {_number}", "en", OrgId, "", NumberId, WabaId, $"1737{200 + _number}0000", [NewDriver("11", "Ana", 1, "en"), NewDriver("12", "Ben", 2, "es"), NewDriver("13", "Cleo", 3, "fr")]);
        await EnterOutsideAsync(company);
        var entered = await _host.BringInAsync(company);
        (Tenant, Api) = (TenantId.Parse(entered.Company.Tenant), new(_host.Settings.Url, entered.Key));
        var enrolled = (await Api.ListAsync("api/drivers")).ToDictionary(d => Text(d, "samsara_driver_id")!, d => d.GetProperty("id").GetGuid());
        (Ana, Ben, Cleo) = (Of(0), Of(1), Of(2));

        Person Of(int at) => new(company.Drivers[at].Id, company.Drivers[at].Name, company.Drivers[at].Phone, enrolled[company.Drivers[at].Id]);
    }

    /// <summary>Its templates are approved already: it waits for nobody.</summary>
    private async Task EnterOutsideAsync(Company company)
    {
        await _host.Samsara.AddOrgAsync(new(OrgId, company.Name, company.SamsaraToken));
        foreach (var driver in company.Drivers)
        {
            await _host.Samsara.AddDriverAsync(OrgId, new(driver.Name, driver.Id, $"+{driver.Phone}"));
            await _host.WhatsApp.AddUserAsync(new(driver.Phone, driver.Name));
        }
        await AddDocumentTypeAsync("Proof of delivery");
        await AddDocumentTypeAsync("Bill of lading");
        await _host.WhatsApp.AddWabaAsync(new(WabaId, company.Name, Subscribed: false));
        await _host.WhatsApp.AddNumberAsync(new(NumberId, WabaId, company.Phone, company.Name));
        await _host.WhatsApp.AddTokenAsync(new(company.WhatsAppToken, [WabaId]));
        foreach (var template in TemplateSet.Get(TemplateSetName).Templates)
            await _host.WhatsApp.AddTemplateAsync(new(WabaId, template.Name, template.Language, template.Body, template.Buttons, Category: template.Category));
    }

    private Driver NewDriver(string id, string name, int phone, string language) => new(id, name, $"1512{200 + _number}{phone:0000}", language, new("", "", []));

    private static Told ToTold(JournalEntry sent) => new(
        Text(sent.Data, "template") is { } template ? template["fleetchat_".Length..template.LastIndexOf('_')] : Text(sent.Data, "type")!,
        Text(sent.Data, "language"), Text(sent.Data, "text")!, Text(sent.Data, "wamid")!, sent.At);
}
