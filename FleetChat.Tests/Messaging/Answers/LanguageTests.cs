using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Tests.Messaging.Answers;

/// <summary>The language that a driver is written to in, and how he changes it.</summary>
public sealed class LanguageTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Digits = "15550001111";
    private readonly TestFleet _fleet = fixture.Fleet;

    [Theory]
    [InlineData("ESPAÑOL", "es", "Listo, desde ahora recibirás los mensajes en español.")]
    [InlineData("espanol", "es", "Listo, desde ahora recibirás los mensajes en español.")]
    [InlineData("English please", "en", "OK, you will get messages in English from now on.")]
    [InlineData("francais", "fr", "C'est noté : vous recevrez désormais les messages en français.")]
    public async Task Word_changes_it_and_is_confirmed_in_the_new_one(string word, string language, string confirmation)
    {
        var (company, taken) = await StartAsync("en");

        await ReceiveAsync(company, Payloads.Text(Digits, word, "wamid.1"));
        await ReceiveAsync(company, Payloads.Text(Digits, word, "wamid.1"));

        Assert.Equal(language, await LanguageAsync(company));
        Assert.Equal(confirmation, Assert.Single(taken).Content.Text);
        Assert.Equal(0, await CountAsync(company, "select count(*) from fleet.dispatcher_entries where tenant_id = $1"));
    }

    [Fact]
    public async Task Sentence_that_names_a_language_changes_nothing_and_goes_to_a_dispatcher()
    {
        var (company, taken) = await StartAsync("es");

        await ReceiveAsync(company, Payloads.Text(Digits, "Does the guard speak English?", "wamid.1"));

        Assert.Equal("es", await LanguageAsync(company));
        Assert.Empty(taken);
        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.dispatcher_entries where tenant_id = $1 and reason = 'free_text'"));
    }

    [Fact]
    public async Task First_message_to_a_driver_whose_language_nobody_named_goes_out_in_two_and_no_later_one()
    {
        var (company, taken) = await StartAsync(null);

        await ArriveAsync(company, "7001");
        await ArriveAsync(company, "7002");

        Assert.Equal(["en_US", "es"], taken.Take(2).Select(m => m.Content.Language).Order());
        Assert.Equal("en_US", Assert.Single(taken.Skip(2)).Content.Language);
        Assert.Equal(taken[0].Content.Buttons!.Select(b => b.Action), taken[1].Content.Buttons!.Select(b => b.Action));
    }

    [Fact]
    public async Task Named_language_is_the_only_one()
    {
        var (company, taken) = await StartAsync("fr");

        await ArriveAsync(company, "7001");

        Assert.Equal("fr", Assert.Single(taken).Content.Language);
    }

    [Fact]
    public async Task Tap_tells_which_of_the_two_he_reads()
    {
        var (company, taken) = await StartAsync(null);
        await ArriveAsync(company, "7001");

        var spanish = taken.Single(m => m.Content.Language == "es");
        var tap = new ButtonPayload(spanish.MessageId, ButtonActions.StopDone).ToString();
        await ReceiveAsync(company, Payloads.Tap(Digits, tap, "Terminé aquí", "wamid.1", $"wamid.{spanish.OpaqueId}"));

        Assert.Equal("es", await LanguageAsync(company));
        Assert.Equal("done", await _fleet.Db(company).FindAsync("select state from fleet.stops where tenant_id = $1 and samsara_stop_id = '7001'", row => row.GetString(0), default));
        Assert.Equal(["en_US", "es"], taken.Where(m => m.Content.Template is not null).Select(m => m.Content.Language!).Order());
        // The word that he gets back is in the one he reads.
        Assert.StartsWith("Anotado:", Assert.Single(taken, m => m.Content.Template is null).Content.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispatchers_first_note_comes_in_two_as_well()
    {
        var (company, taken) = await StartAsync(null);
        var driver = await _fleet.Db(company).FindAsync("select id from fleet.drivers where tenant_id = $1", row => row.GetGuid(0), default);

        var sent = await _fleet.Get<SendDispatcherMessage>().HandleAsync(new(company.Id, driver, "Gate 4", "test"), default);
        await _fleet.WorkAsync([], sent.Value.Nudges);

        Assert.Equal(["en_US", "es"], taken.Select(m => m.Content.Language).Order());
    }

    private async Task<(TestCompany Company, List<WhatsAppMessage> Taken)> StartAsync(string? language)
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", $"+{Digits}", language: language);
        return (company, _fleet.AcceptAll());
    }

    private async Task ArriveAsync(TestCompany company, string stop)
        => await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", route: $"6{stop}", stop: stop))).Nudges);

    private async Task ReceiveAsync(TestCompany company, JsonObject message)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [message]))).Nudges);

    private Task<string?> LanguageAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select language from fleet.drivers where tenant_id = $1", row => row.TextOrNull(0), default);

    private Task<long> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, row => row.GetInt64(0), default);
}
