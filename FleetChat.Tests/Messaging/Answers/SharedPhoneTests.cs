using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Tests.Messaging.Answers;

/// <summary>Several drivers on one phone, and nothing that tells who writes.</summary>
public sealed class SharedPhoneTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Digits = "15550001111";
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task Who_writes_is_asked_once_by_buttons_and_the_tap_says_whose_the_waiting_messages_are()
    {
        var (company, drivers, taken) = await StartAsync("Ana", "Ben");
        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));
        await ReceiveAsync(company, Payloads.Text(Digits, "Hello?", "wamid.2", timestamp: 1772463501));

        var question = Assert.Single(taken);
        Assert.Equal(["Ana", "Ben"], question.Content.Buttons!.Select(b => b.Title));
        Assert.Equal("who_writes", await ReasonsAsync(company));
        await TapAsync(company, question, 1, "wamid.3");

        Assert.Equal([drivers[1], drivers[1], drivers[1]], await WritersAsync(company));
        Assert.Equal("free_text", await ReasonsAsync(company));
        await ReceiveAsync(company, Payloads.Text(Digits, "And the gate?", "wamid.4", timestamp: _fleet.Clock.GetUtcNow().ToUnixTimeSeconds()));
        Assert.Equal(drivers[1], (await WritersAsync(company))[^1]);
        Assert.Single(taken);
    }

    [Fact]
    public async Task What_a_rule_understands_of_a_waiting_message_it_does_when_the_writer_is_known()
    {
        var (company, drivers, taken) = await StartAsync("Ana", "Ben");
        await ReceiveAsync(company, Payloads.Text(Digits, "Español", "wamid.1"));
        Assert.Equal([null, null], await LanguagesAsync(company));

        await TapAsync(company, taken[0], 0, "wamid.2");

        Assert.Equal(["es", null], await LanguagesAsync(company));
        Assert.Equal("Listo, desde ahora recibirás los mensajes en español.", taken[^1].Content.Text);
        Assert.Null(await ReasonsAsync(company));
        Assert.Equal([drivers[0], drivers[0]], await WritersAsync(company));
    }

    [Fact]
    public async Task More_than_three_drivers_choose_from_a_list_and_two_of_one_name_are_told_apart()
    {
        var (company, _, taken) = await StartAsync("Ana", "Ana", "Ben", "Maximiliano Alejandro de la Fuente");

        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));

        var content = Assert.Single(taken).Content;
        Assert.Equal(["1. Ana", "2. Ana", "Ben", "Maximiliano…"], content.Buttons!.Select(b => b.Title));
        Assert.Equal("Choose", content.ListLabel);
    }

    [Fact]
    public async Task Answer_is_forgotten_after_a_while_because_the_phone_goes_from_hand_to_hand()
    {
        var (company, _, taken) = await StartAsync("Ana", "Ben");
        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));
        await TapAsync(company, taken[0], 0, "wamid.2");

        _fleet.Clock.Advance(TimeSpan.FromMinutes(30));
        await ReceiveAsync(company, Payloads.Text(Digits, "Hello?", "wamid.3", timestamp: _fleet.Clock.GetUtcNow().ToUnixTimeSeconds()));

        Assert.Null((await WritersAsync(company))[^1]);
        Assert.Equal(2, taken.Count);
    }

    [Fact]
    public async Task Silent_phone_is_not_asked()
    {
        var (company, _, taken) = await StartAsync("Ana", "Ben");

        await ReceiveAsync(company, Payloads.Text(Digits, "STOP", "wamid.1", timestamp: _fleet.Clock.GetUtcNow().ToUnixTimeSeconds()));
        await ReceiveAsync(company, Payloads.Text(Digits, "Hello?", "wamid.2", timestamp: 1772463501));

        Assert.Null(Assert.Single(taken).Content.Buttons);
    }

    private async Task<(TestCompany Company, List<Guid> Drivers, List<WhatsAppMessage> Taken)> StartAsync(params string[] names)
    {
        var (company, drivers) = (await _fleet.AddCompanyAsync(), new List<Guid>());
        foreach (var name in names)
        {
            // Ids grow with time.
            _fleet.Clock.Advance(TimeSpan.FromMilliseconds(1));
            drivers.Add(await _fleet.AddDriverAsync(company, $"{drivers.Count}", $"+{Digits}", name, language: null));
        }
        return (company, drivers, _fleet.AcceptAll());
    }

    private async Task ReceiveAsync(TestCompany company, JsonObject message)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [message]))).Nudges);

    private Task TapAsync(TestCompany company, WhatsAppMessage question, int button, string wamid)
    {
        var chosen = question.Content.Buttons![button];
        return ReceiveAsync(company, Payloads.Tap(Digits, new ButtonPayload(question.MessageId, chosen.Action).ToString(), chosen.Title, wamid, $"wamid.{question.OpaqueId}",
            _fleet.Clock.GetUtcNow().ToUnixTimeSeconds()));
    }

    private Task<List<Guid?>> WritersAsync(TestCompany company) => _fleet.Db(company).ListAsync(
        "select driver_id from fleet.message_logs where tenant_id = $1 and direction = 'inbound' order by timestamp, id", row => row.GuidOrNull(0), default);

    private Task<List<string?>> LanguagesAsync(TestCompany company) => _fleet.Db(company).ListAsync(
        "select language from fleet.drivers where tenant_id = $1 order by id", row => row.TextOrNull(0), default);

    /// <summary>Of what waits for a dispatcher, each once.</summary>
    private Task<string?> ReasonsAsync(TestCompany company) => _fleet.Db(company).FindAsync(
        "select string_agg(distinct reason, ' ') from fleet.dispatcher_entries where tenant_id = $1 and handled_at is null", row => row.TextOrNull(0), default);
}
