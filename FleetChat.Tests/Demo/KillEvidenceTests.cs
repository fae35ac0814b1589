using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Consent;

namespace FleetChat.Tests.Demo;

/// <summary>
/// What a day of kills is judged by beside its ledger, shown a small day in which one thing is not as it should be; and that the
/// database notes what nobody could see afterwards.
/// </summary>
public sealed class KillEvidenceTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Phone = "15125550101";
    private static readonly Company Freight = KilledDay.NewCompany(1);
    private static readonly ApiEvent Arrival = new(new("00000000-0000-7000-8000-000000000001"), "samsara", "RouteStopArrival", "the-arrival", "done", "told");

    private static readonly ApiMessage Told = new(
        new("00000000-0000-7000-8000-000000000002"), Guid.Empty, Guid.Empty, new("00000000-0000-7000-8000-000000000003"), "outbound", "template", "You are there.", null, "en", "read", "stop_arrived", 1, "wamid.1");

    private static readonly Evidence True = new()
    {
        Freight = Of(Freight) with
        {
            Drivers = [new(Guid.Empty, "11", "Ana", $"+{Phone}", "withdrawn", "en")],
            Messages = [Told],
            Events = [Arrival],
            Explanations = new Dictionary<Guid, ApiExplanation> { [Told.Id] = Explanation("read: stop_arrived", "received", "made", "answered"), [Arrival.Id] = Explanation("told", "received", "decided") },
        },
        Cargo = Of(KilledDay.NewCompany(2)),
        Journals = new()
        {
            Samsara = [new("delivery", "the-arrival", "RouteStopArrival", Freight.OrgId, Acknowledged: true, WebhookId: Freight.WebhookId)],
            Updates = [],
            Taken = [new("wamid.1", Freight.NumberId, Phone, "template", "You are there.")],
            Refused = [],
            Calls = [],
            Sent = new Dictionary<string, long>(),
        },
        Notes = new DayNotes(),
        Backwards = [],
    };

    private static readonly Dictionary<string, Func<CompanyEvidence, CompanyEvidence>> Lies = new()
    {
        ["every-acknowledged-event-is-listed-once-and-done"] = company => company with { Events = [] },
        ["every-message-and-every-event-is-explained"] = company => company with
        {
            Explanations = company.Explanations.ToDictionary(e => e.Key, e => e.Value with { Timeline = [.. e.Value.Timeline.Where(w => w.What != "decided")] }),
        },
        ["each-company-has-its-own-numbers-messages"] = company => company with { Messages = [Told with { WhatsappMessageId = "wamid.of another" }] },
        ["each-arrival-made-one-message-at-most"] = company => company with { Messages = [Told, Told] },
        ["the-last-word-holds"] = company => company with { Drivers = [.. company.Drivers.Select(d => d with { ConsentStatus = "granted" })] },
    };

    public static TheoryData<string> Names => [.. KillEvidence.Judgements.Keys];

    [Fact]
    public void Day_that_is_as_it_should_be_has_no_fault() => Assert.Equal([], Judge(company => company));

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_judgement_sees_what_is_not_so(string name) => Assert.Contains(Judge(Lies[name]), fault => fault.StartsWith(name, StringComparison.Ordinal));

    [Theory]
    [InlineData("pending")]
    [InlineData("parked")]
    public void Event_that_nobody_worked_on_is_seen(string status)
        => Assert.Contains(Judge(company => company with { Events = [Arrival with { Status = status }] }), fault => fault.EndsWith($"the-arrival is {status}", StringComparison.Ordinal));

    [Fact]
    public async Task Database_notes_a_status_that_goes_back_and_an_attempt_after_a_stop()
    {
        var (fleet, database) = (fixture.Fleet, fixture.Fleet.Database);
        await KillLedger.WatchAsync(database);
        fleet.AcceptAll();
        var company = await fleet.AddCompanyAsync();
        await fleet.QueueNoteAsync(company, await fleet.AddDriverAsync(company, "11", $"+{Phone}"));
        var chat = await database.ScalarAsAdminAsync<Guid>("select id from fleet.conversations");
        await fleet.WorkAsync([], [new Nudge(company.Id, Outbox.LaneOf(chat))]);
        await fleet.WorkAsync((await fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text(Phone, "STOP", "wamid.stop")]))).Nudges);
        Assert.Equal((0, 0), (await KillLedger.CountBackwardsAsync(database), await LateAttempts.CountAsync(database)));
        var words = (await KillLedger.ReadAsync(database, [])).Words;
        Assert.Equal((chat, true), (Assert.Single(words).Conversation, words[0].IsStop));

        await database.ExecuteAsAdminAsync("update fleet.message_logs set status = 'queued', status_rank = 0 where reason = 'test'");
        await database.ExecuteAsAdminAsync("insert into fleet.attempts (tenant_id, id, outbound_id, message_id, started_at) select tenant_id, gen_random_uuid(), id, message_id, now() from fleet.outbound where purpose is null");
        Assert.Equal((1, 1), (await KillLedger.CountBackwardsAsync(database), await LateAttempts.CountAsync(database)));
    }

    private static IReadOnlyList<string> Judge(Func<CompanyEvidence, CompanyEvidence> lie)
        => KillEvidence.Judge(True with { Freight = lie(True.Freight) }, new Dictionary<string, bool> { [Phone] = true });

    private static CompanyEvidence Of(Company company) => new()
    {
        Company = company, Drivers = [], Transports = [], Messages = [], Conversations = [], Alerts = [], Events = [], Rules = [], Explanations = new Dictionary<Guid, ApiExplanation>(), Words = "",
    };

    private static ApiExplanation Explanation(string conclusion, params IEnumerable<string> what) => new(conclusion, [.. what.Select(w => new ApiWhyEntry(DateTimeOffset.UnixEpoch, w, "", null))]);
}
