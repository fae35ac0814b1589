using System.Net;
using System.Text.Json.Nodes;
using FleetChat.Core;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Guards;

namespace FleetChat.Tests.Consent;

/// <summary>What drivers say about consent, as it comes from WhatsApp, and what is kept of it.</summary>
public sealed class ConsentTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Digits = "15125550101";
    private static int _messages;
    private readonly TestFleet _fleet = fixture.Fleet;

    [Theory]
    [InlineData("en", "{0} will send you no more messages here. To get them again, write START.")]
    [InlineData("es", "{0} ya no te enviará mensajes aquí. Para volver a recibirlos, escribe START.")]
    [InlineData("fr", "{0} ne vous enverra plus de messages ici. Pour les recevoir de nouveau, écrivez START.")]
    [Catches(Guard.BusinessKey)]
    public async Task Stop_is_confirmed_once_in_the_drivers_language_and_kept_with_its_proof(string language, string text)
    {
        var (company, driver, taken) = await StartAsync(language: language);

        await SayAsync(company, "STOP");
        await SayAsync(company, "stop!");

        var confirmation = Assert.Single(taken);
        Assert.Equal(text.Replace("{0}", "acme trucking", StringComparison.Ordinal), confirmation.Content.Text);
        var consent = await ConsentAsync(company, driver);
        Assert.Equal("withdrawn", consent.State);
        var proof = Assert.Single(consent.History);
        Assert.Equal(("withdrawn", "driver", "word", ConsentTexts.Stopped, language), (proof.State, proof.By, proof.Method, proof.TextVersion, proof.Language));
        Assert.Contains("\"text\":\"STOP\"", proof.Evidence, StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(proof.Evidence!))), proof.EvidenceHash);
        Assert.NotNull(proof.MessageId);
    }

    [Fact]
    public async Task Confirmation_of_a_stop_is_not_sent_when_it_is_too_late_for_it()
    {
        var (company, _, taken) = await StartAsync();

        await SayAsync(company, "STOP", sentAgo: TimeSpan.FromMinutes(6));

        Assert.Empty(taken);
    }

    [Fact]
    public async Task Start_after_a_stop_grants_again_to_the_text_that_said_how()
    {
        var (company, driver, taken) = await StartAsync();
        await SayAsync(company, "STOP");
        _fleet.Clock.Advance(TimeSpan.FromMinutes(1));

        await SayAsync(company, "Start");

        Assert.Equal(2, taken.Count);
        Assert.Contains("Write STOP to end them", taken[1].Content.Text, StringComparison.Ordinal);
        var consent = await ConsentAsync(company, driver);
        Assert.Equal(("granted", "withdrawn granted"), (consent.State, string.Join(' ', consent.History.Select(h => h.State))));
        Assert.Equal((ConsentTexts.Stopped, "word"), (consent.History[1].TextVersion, consent.History[1].Method));
        await SayAsync(company, "STOP");
        Assert.Equal(3, taken.Count);
    }

    [Fact]
    public async Task Start_that_is_older_than_the_stop_undoes_nothing()
    {
        var (company, driver, taken) = await StartAsync();
        await SayAsync(company, "STOP");

        await SayAsync(company, "START", sentAgo: TimeSpan.FromMinutes(4));

        Assert.Equal("withdrawn", (await ConsentAsync(company, driver)).State);
        Assert.Single(taken);
    }

    [Theory]
    [InlineData("no", null, "declined")]
    [InlineData("no", 0, "declined")]
    [InlineData("yes", 1, "granted")]
    public async Task A_word_that_is_older_than_his_last_one_undoes_nothing(string last, int? button, string state)
    {
        var (company, driver, taken) = await AskedAsync();
        var question = taken[0];
        await SayAsync(company, last);
        var sent = taken.Count;

        await SayAgainAsync(TimeSpan.FromMinutes(4));

        Assert.Equal((state, sent), ((await ConsentAsync(company, driver)).State, taken.Count));
        Assert.Equal([DispatcherReasons.StepNotPossible], await ReasonsAsync(company));
        await SayAgainAsync(TimeSpan.Zero);
        Assert.NotEqual(state, (await ConsentAsync(company, driver)).State);

        Task SayAgainAsync(TimeSpan ago) => button is { } tapped ? TapAsync(company, question, tapped, ago) : SayAsync(company, "START", sentAgo: ago);
    }

    [Fact]
    [Catches(Guard.Stop)]
    public async Task Help_says_who_writes_and_how_to_end_it_and_a_silent_phone_gets_none()
    {
        var (company, _, taken) = await StartAsync(language: "es");

        await SayAsync(company, "AYUDA");
        await SayAsync(company, "STOP");
        await SayAsync(company, "Ayuda");

        Assert.Equal(2, taken.Count);
        Assert.StartsWith("Aquí acme trucking.", taken[0].Content.Text, StringComparison.Ordinal);
        Assert.Contains("STOP", taken[0].Content.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_of_one_who_was_told_nothing_yet_asks_him()
    {
        var (company, driver, taken) = await StartAsync(consent: "unknown");

        await SayAsync(company, "START");

        Assert.Equal(TemplateSet.ConsentQuestion, Assert.Single(taken).Content.Template);
        Assert.Equal("asked", (await ConsentAsync(company, driver)).State);
        await SayAsync(company, "yes");
        Assert.Equal("granted", (await ConsentAsync(company, driver)).State);
    }

    [Fact]
    public async Task Stop_withdraws_for_all_who_share_the_phone_and_start_grants_to_the_one_who_wrote()
    {
        var (company, ana, taken) = await StartAsync();
        // Ids grow with time.
        _fleet.Clock.Advance(TimeSpan.FromMilliseconds(1));
        var ben = await _fleet.AddDriverAsync(company, "12", $"+{Digits}", "Ben", "fr");

        await SayAsync(company, "STOP");
        Assert.Equal(("withdrawn", "withdrawn"), ((await ConsentAsync(company, ana)).State, (await ConsentAsync(company, ben)).State));
        Assert.Equal("acme trucking will send you no more messages here. To get them again, write START.\nacme trucking ne vous enverra plus de messages ici. Pour les recevoir de nouveau, écrivez START.", Assert.Single(taken).Content.Text);
        // Of the same second the STOP would win.
        _fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        await SayAsync(company, "START");
        var who = taken[1];
        await TapAsync(company, who, 1);

        Assert.Equal(("withdrawn", "granted"), ((await ConsentAsync(company, ana)).State, (await ConsentAsync(company, ben)).State));
    }

    [Fact]
    public async Task Question_is_answered_by_its_buttons_and_the_record_names_question_and_answer()
    {
        var (company, driver, taken) = await AskedAsync();

        await TapAsync(company, taken[0], 0);

        var consent = await ConsentAsync(company, driver);
        Assert.Equal("unknown asked granted", string.Join(' ', consent.History.Select(h => h.State)));
        var granted = consent.History[^1];
        Assert.Equal((taken[0].MessageId, "tap", TemplateSet.ConsentQuestion, "en", taken[0].Content.Text), (granted.QuestionId!.Value, granted.Method, granted.TextVersion, granted.Language, granted.Text));
        Assert.NotNull(granted.MessageId);
        Assert.Null(consent.Request);
        Assert.Contains("Write STOP", taken[1].Content.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("No", "declined")]
    [InlineData("yes", "granted")]
    [InlineData("sí", "granted")]
    [InlineData("Non merci", "declined")]
    [InlineData("yes?", "asked")]
    [InlineData("maybe later", "asked")]
    [InlineData("STOP", "withdrawn")]
    public async Task Question_is_answered_in_words_too(string words, string state)
    {
        var (company, driver, _) = await AskedAsync();

        await SayAsync(company, words);

        Assert.Equal(state, (await ConsentAsync(company, driver)).State);
    }

    [Fact]
    public async Task Who_stopped_is_not_brought_back_by_the_button_of_an_old_question()
    {
        var (company, driver, taken) = await AskedAsync();
        await SayAsync(company, "STOP");

        await TapAsync(company, taken[0], 0);

        Assert.Equal("withdrawn", (await ConsentAsync(company, driver)).State);
        Assert.Equal(2, taken.Count);
    }

    [Fact]
    public async Task First_question_comes_in_two_languages_where_none_is_known()
    {
        var (_, _, taken) = await AskedAsync(language: null);

        Assert.Equal(["en_US", "es"], taken.Select(t => t.Content.Language).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Two_who_look_at_a_request_at_once_remind_once_and_expire_once()
    {
        var (company, driver, taken) = await AskedAsync();
        var request = (await ConsentAsync(company, driver)).Request!;

        Assert.Equal(request.OpenedAt.AddHours(24), (await FollowTwiceAsync(company, request.Id)).NextAt);
        Assert.Single(taken);
        _fleet.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal(request.OpenedAt.AddHours(72), (await FollowTwiceAsync(company, request.Id)).NextAt);
        Assert.Equal(2, taken.Count);
        _fleet.Clock.Advance(TimeSpan.FromHours(48));
        Assert.Equal(request.ExpiresAt, (await FollowTwiceAsync(company, request.Id)).NextAt);
        Assert.Equal(3, taken.Count);
        _fleet.Clock.Advance(TimeSpan.FromHours(96));
        Assert.Null((await FollowTwiceAsync(company, request.Id)).NextAt);

        Assert.Equal(3, taken.Count);
        var consent = await ConsentAsync(company, driver);
        Assert.Equal("unknown asked expired", string.Join(' ', consent.History.Select(h => h.State)));
        Assert.Equal(("no_answer", "system"), (consent.History[^1].Method, consent.History[^1].By));
    }

    [Fact]
    public async Task One_reminder_stands_for_all_that_are_due_where_nobody_looked_for_long()
    {
        var (company, driver, taken) = await AskedAsync();
        var request = (await ConsentAsync(company, driver)).Request!;
        _fleet.Clock.Advance(TimeSpan.FromHours(80));

        Assert.Equal(request.ExpiresAt, (await FollowTwiceAsync(company, request.Id)).NextAt);

        Assert.Equal(2, taken.Count);
        Assert.Equal(2, (await ConsentAsync(company, driver)).Request!.Reminders);
    }

    [Fact]
    public async Task Reminder_is_explained_by_its_orchestration_and_by_what_began_that()
    {
        var (company, driver, _) = await StartAsync(consent: "unknown");
        await SayAsync(company, "START");
        var request = (await ConsentAsync(company, driver)).Request!.Id;
        _fleet.Clock.Advance(TimeSpan.FromHours(24));
        await FollowTwiceAsync(company, request);
        var reminder = await _fleet.Db(company).FindAsync("select id from fleet.message_logs where tenant_id = $1 and reason = 'consent_reminder'", row => row.GetGuid(0), default);

        var why = (await _fleet.Get<ExplainWhy>().HandleAsync(company.Id, reminder, default)).Value;

        Assert.Equal([WhyWhat.Received, WhyWhat.Decided, WhyWhat.Orchestrated, WhyWhat.Orchestrated, WhyWhat.Made, WhyWhat.Tried, WhyWhat.Answered], why.Timeline.Select(e => e.What));
        Assert.Equal($"ConsentFlow {request}: looked", why.Timeline[3].Detail);
        Assert.All(why.Timeline.Skip(2).Take(2), e => Assert.StartsWith($"ConsentFlow {request}: ", e.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Code_ties_the_chat_to_its_driver_and_is_good_once()
    {
        var (company, driver, taken) = await StartAsync(consent: "unknown");
        var fay = (await _fleet.Get<AddDriver>().HandleAsync(new(company.Id, "13", "Fay", null, "en"), default)).Value;
        var invitation = await InviteAsync(company, fay);
        Assert.Equal($"https://wa.me/{await NumberAsync(company)}?text=START%20{invitation.Code}", invitation.Link.AbsoluteUri);
        Assert.Equal("invited", (await ConsentAsync(company, fay)).State);

        await SayAsync(company, $"START {invitation.Code}", from: "15125550103");
        await SayAsync(company, $"START {invitation.Code}", from: "15125550104");

        var consent = await ConsentAsync(company, fay);
        Assert.Equal(("granted", "code", ConsentTexts.Invitation), (consent.State, consent.History[^1].Method, consent.History[^1].TextVersion));
        Assert.Equal("+15125550103", (await _fleet.Get<GetDriver>().HandleAsync(company.Id, fay, default)).Value.WhatsappNumber);
        Assert.Equal([DispatcherReasons.ConsentCodeUsed], await ReasonsAsync(company));
        Assert.Equal("unknown", (await ConsentAsync(company, driver)).State);
        Assert.Equal(2, taken.Count);
        Assert.DoesNotContain("Fay", taken[1].Content.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_ties_a_chat_of_which_whatsapp_shows_no_phone()
    {
        var (company, driver, taken) = await StartAsync(consent: "unknown");
        var invitation = await InviteAsync(company, driver);
        var message = Payloads.Text(Digits, $"start {invitation.Code}", "wamid.bsuid", _fleet.Clock.GetUtcNow().ToUnixTimeSeconds());
        message.Remove("from");
        message["from_user_id"] = "US.13491208655302741918";

        await ReceiveAsync(company, message);

        var consent = await ConsentAsync(company, driver);
        Assert.Equal("granted", consent.State);
        Assert.Single(taken);
        Assert.Empty(await ReasonsAsync(company));
    }

    [Fact]
    public async Task Code_of_another_company_is_none()
    {
        var (company, _, _) = await StartAsync(consent: "unknown");
        var (other, driver, _) = await StartAsync(consent: "unknown");
        var invitation = await InviteAsync(other, driver);

        await SayAsync(company, $"START {invitation.Code}");

        Assert.Equal([DispatcherReasons.ConsentCode], await ReasonsAsync(company));
        Assert.Equal("invited", (await ConsentAsync(other, driver)).State);
        Assert.False((await _fleet.Get<InviteDriver>().HandleAsync(new(company.Id, driver, "test"), default)).IsOk);
        Assert.False((await _fleet.Get<AskConsent>().HandleAsync(new(company.Id, driver, "test"), default)).IsOk);
        Assert.False((await _fleet.Get<GetConsent>().HandleAsync(company.Id, driver, default)).IsOk);
    }

    [Fact]
    public async Task Code_that_ran_out_or_was_replaced_grants_nothing()
    {
        var (company, driver, taken) = await StartAsync(consent: "unknown");
        var first = await InviteAsync(company, driver);
        var second = await InviteAsync(company, driver);
        await SayAsync(company, $"START {first.Code}", from: "15125550105");
        _fleet.Clock.Advance(TimeSpan.FromDays(7));
        await SayAsync(company, $"START {second.Code}", from: "15125550105");

        Assert.Equal([DispatcherReasons.ConsentCode, DispatcherReasons.ConsentCode], await ReasonsAsync(company));
        Assert.Equal(2, taken.Count);
        Assert.Equal("invited", (await ConsentAsync(company, driver)).State);
    }

    [Fact]
    public async Task Nobody_guesses_codes_for_long()
    {
        var (company, driver, taken) = await StartAsync(consent: "unknown");
        var invitation = await InviteAsync(company, driver);
        var wrong = new[] { "C3C3", "C4C4", "C6C6", "C7C7", "C9C9", "D3D3" }.Where(c => c != invitation.Code).Take(5);
        foreach (var code in wrong) await SayAsync(company, $"START {code}", from: "15125550106");

        await SayAsync(company, $"START {invitation.Code}", from: "15125550106");

        Assert.Equal("invited", (await ConsentAsync(company, driver)).State);
        Assert.Equal(5, taken.Count);
        Assert.Equal(6, (await ReasonsAsync(company)).Count);
    }

    [Fact]
    public async Task Another_phone_ends_the_question_and_what_was_agreed()
    {
        var (company, driver, taken) = await AskedAsync();

        await _fleet.Get<ChangeDriver>().HandleAsync(new(company.Id, driver, null, "+15125550107", null, null, "test"), default);
        await _fleet.SweepAsync();

        var consent = await ConsentAsync(company, driver);
        Assert.Equal(("unknown", "phone_changed"), (consent.State, consent.History[^1].Method));
        Assert.Null(consent.Request);
        Assert.Single(taken);
    }

    [Theory]
    [InlineData("unknown", "consent.no_evidence")]
    [InlineData("granted", "consent.granted_already")]
    [InlineData("declined", "consent.declined")]
    public async Task Nobody_is_asked_who_need_not_or_must_not_be(string state, string code)
    {
        var (company, driver, _) = await StartAsync(consent: state);

        Assert.Equal(code, (await _fleet.Get<AskConsent>().HandleAsync(new(company.Id, driver, "test"), default)).Error?.Code);
    }

    [Fact]
    public async Task Page_shows_the_proof_and_runs_nothing_that_a_driver_wrote()
    {
        var (company, driver, _) = await StartAsync(name: "<script>alert(1)</script>");
        await SayAsync(company, "STOP");

        var page = ConsentPage.Of(await ConsentAsync(company, driver), _fleet.Clock.GetUtcNow());

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("withdrawn", page, StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode($"+{Digits}"), page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evidence_that_is_older_than_his_no_does_not_outweigh_it_and_newer_does()
    {
        var (company, driver, _) = await AskedAsync();
        await SayAsync(company, "no");
        Assert.Equal("declined", (await ConsentAsync(company, driver)).State);
        await _fleet.Get<ChangeTenant>().HandleAsync(new(company.Id, new(ComplianceSettings: new(DriverConsentRequired: false)), "test"), default);

        Assert.Equal("drivers.said_no", (await EnterAsync(_fleet.Clock.GetUtcNow().AddMinutes(-10))).Error?.Code);
        Assert.Equal("declined", (await ConsentAsync(company, driver)).State);

        _fleet.Clock.Advance(TimeSpan.FromHours(1));
        Assert.True((await EnterAsync(_fleet.Clock.GetUtcNow().AddMinutes(-10))).IsOk);
        Assert.Equal("granted", (await ConsentAsync(company, driver)).State);

        Task<Result<Guid>> EnterAsync(DateTimeOffset agreedAt)
            => _fleet.Get<ChangeDriver>().HandleAsync(new(company.Id, driver, null, null, null, new("I agree that acme writes to me.", "2026-01", "en", "paper", "form 9", agreedAt), "test"), default);
    }

    private async Task<(TestCompany Company, Guid Driver, List<WhatsAppMessage> Taken)> StartAsync(string? language = "en", string consent = "granted", string name = "Ana")
    {
        var company = await _fleet.AddCompanyAsync();
        return (company, await _fleet.AddDriverAsync(company, "11", $"+{Digits}", name, language, consent), _fleet.AcceptAll());
    }

    /// <summary>The company wants to hear the driver's own yes, and has evidence on paper.</summary>
    private async Task<(TestCompany Company, Guid Driver, List<WhatsAppMessage> Taken)> AskedAsync(string? language = "en")
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.Get<ChangeTenant>().HandleAsync(new(company.Id, new(ComplianceSettings: new(DriverConsentRequired: true)), "test"), default);
        var optIn = new OptIn("I agree that acme writes to me.", "2026-01", "en", "paper", "form 9", _fleet.Clock.GetUtcNow().AddDays(-1));
        var driver = (await _fleet.Get<AddDriver>().HandleAsync(new(company.Id, "11", "Ana", $"+{Digits}", language) { OptIn = optIn }, default)).Value;
        var taken = _fleet.AcceptAll();
        await _fleet.SweepAsync();
        return (company, driver, taken);
    }

    private async Task<ConsentView> ConsentAsync(TestCompany company, Guid driver) => (await _fleet.Get<GetConsent>().HandleAsync(company.Id, driver, default)).Value;

    private async Task<ConsentInvitation> InviteAsync(TestCompany company, Guid driver) => (await _fleet.Get<InviteDriver>().HandleAsync(new(company.Id, driver, "test"), default)).Value.Invitation;

    private async Task<ConsentFollowed> FollowTwiceAsync(TestCompany company, Guid request)
    {
        var input = new FlowInput(company.Id.Value, request);
        var both = await Task.WhenAll(Task.Run(() => _fleet.Get<FollowConsent>().HandleAsync(input, default)), Task.Run(() => _fleet.Get<FollowConsent>().HandleAsync(input, default)));
        Assert.Equal(both[0].NextAt, both[1].NextAt);
        await _fleet.SweepAsync();
        return both[0];
    }

    private Task SayAsync(TestCompany company, string text, string from = Digits, TimeSpan sentAgo = default)
        => ReceiveAsync(company, Payloads.Text(from, text, $"wamid.c{Interlocked.Increment(ref _messages)}", (_fleet.Clock.GetUtcNow() - sentAgo).ToUnixTimeSeconds()));

    private Task TapAsync(TestCompany company, WhatsAppMessage question, int button, TimeSpan sentAgo = default)
    {
        var chosen = question.Content.Buttons![button];
        return ReceiveAsync(company, Payloads.Tap(Digits, new ButtonPayload(question.MessageId, chosen.Action).ToString(), chosen.Title, $"wamid.c{Interlocked.Increment(ref _messages)}", $"wamid.{question.OpaqueId}",
            (_fleet.Clock.GetUtcNow() - sentAgo).ToUnixTimeSeconds()));
    }

    private async Task ReceiveAsync(TestCompany company, JsonObject message)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [message]))).Nudges);

    private Task<List<string>> ReasonsAsync(TestCompany company) => _fleet.Db(company).ListAsync(
        "select reason from fleet.dispatcher_entries where tenant_id = $1 order by since, id", row => row.GetString(0), default);

    private async Task<string> NumberAsync(TestCompany company) => (await _fleet.Db(company).FindAsync(
        "select whatsapp_phone_number from fleet.tenant_configurations where tenant_id = $1", row => row.GetString(0), default))!.TrimStart('+');
}
