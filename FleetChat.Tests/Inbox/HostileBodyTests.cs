using System.Text.RegularExpressions;
using CsCheck;

namespace FleetChat.Tests.Inbox;

/// <summary>Signed bodies that nobody sends on purpose: never an exception, always accepted, and whatever was stored is worked off.</summary>
public sealed partial class HostileBodyTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private static readonly string[] Nasty =
    [
        "null", "{}", "[]", "true", "-1", "1e999", "0.5", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "\"\\ufffe stop\"", "\"NaN\"", "[[[[1]]]]",
        $"\"{new string('9', 3000)}\"", new string('9', 400), "\"messages\"", "\"message\"", "\"99999999999\"", "{\"\\udfff\":1}",
    ];

    private readonly TestFleet _fleet = fixture.Fleet;

    [Theory]
    [InlineData("""{"entry":[{"id":"1","changes":[{"field":"messages","value":{"\ud800":1,"messages":[{"id":"a","\udc00x":2}]}}]}],"\ud800":{}}""")]
    [InlineData("""{"\ud800":[]}""")]
    [InlineData("""{"entry":{"\ud800":1}}""")]
    [InlineData("""{"entry":[null,7,"x",[],{"changes":[null,{"value":[]},{"value":{"messages":[null,1,"",[]],"statuses":[[]]}}]}]}""")]
    public async Task A_body_with_half_a_character_in_a_name_is_accepted(string body)
        => Assert.True((await _fleet.FromWhatsAppAsync(body)).IsAccepted);

    [Fact]
    public async Task A_name_that_cannot_be_read_costs_none_of_those_beside_it()
    {
        var company = await _fleet.AddCompanyAsync();
        var body = Payloads.WhatsApp(company, messages: [Payloads.Text("15550001111", "hello \ufffe", "wamid.beside")]);

        await _fleet.FromWhatsAppAsync(body.Replace("\"type\":", "\"\\ud800\":1,\"type\":", StringComparison.Ordinal));

        Assert.Equal(1, await _fleet.Db(company).FindAsync("select count(*) from fleet.inbox where tenant_id = $1 and kind = 'message'", r => r.GetInt64(0), default));
    }

    [Fact]
    public async Task A_samsara_event_with_half_a_character_in_a_name_is_accepted()
    {
        var company = await _fleet.AddCompanyAsync();

        var receipt = await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11").Replace("\"operation\":", "\"\\ud800\":", StringComparison.Ordinal));
        await _fleet.WorkAsync(receipt.Nudges);

        Assert.True(receipt.IsAccepted);
        Assert.Equal(1, await _fleet.Db(company).FindAsync("select count(*) from fleet.inbox where tenant_id = $1 and status = 'done'", r => r.GetInt64(0), default));
    }

    [Fact]
    public async Task Whatever_becomes_of_a_body_it_is_accepted_and_nothing_fails_later()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", "+15550001111");
        _fleet.AcceptAll();
        string[] bodies =
        [
            Payloads.StopArrival(company, "11"),
            Payloads.WhatsApp(company, [Payloads.Text("15550001111", "stop", "wamid.f1", replyTo: "wamid.x"), Payloads.Tap("15550002222", "fc1:x", "Done", "wamid.f2", "wamid.y")],
                [Payloads.Status("wamid.z", "failed", "0123", 131026)]),
        ];

        await Gen.Select(Gen.Int[0, 1], Gen.Select(Gen.Int[0, 1000], Gen.Int[0, Nasty.Length - 1]).Array[1, 4]).SampleAsync(async (which, changes) =>
        {
            var body = changes.Aggregate(bodies[which], Change);
            var receipt = which == 0 ? await _fleet.FromSamsaraAsync(company, body) : await _fleet.FromWhatsAppAsync(body);
            Assert.True(receipt.IsAccepted);
            await _fleet.WorkAsync(receipt.Nudges);
        }, iter: 300, threads: 1);

        Assert.Null(await _fleet.Db(company).FindAsync("select outcome from fleet.inbox where tenant_id = $1 and outcome like 'failed%'", r => r.GetString(0), default));
        Assert.Equal(0, await _fleet.Db(company).FindAsync("select count(*) from fleet.inbox where tenant_id = $1 and outcome is null", r => r.GetInt64(0), default));
    }

    private static string Change(string body, (int Place, int Value) change)
    {
        var tokens = Token().Matches(body);
        if (tokens.Count == 0) return body;
        var token = tokens[change.Place % tokens.Count];
        return body[..token.Index] + Nasty[change.Value] + body[(token.Index + token.Length)..];
    }

    [GeneratedRegex("\"[^\"]*\"|[0-9]+")]
    private static partial Regex Token();
}
