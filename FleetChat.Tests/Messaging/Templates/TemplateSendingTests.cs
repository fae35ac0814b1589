using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.WhatsApp;
using Moq;

namespace FleetChat.Tests.Messaging.Templates;

/// <summary>What goes out while Meta has not approved all: never a template that it has not, and nothing is lost by waiting.</summary>
public sealed class TemplateSendingTests(TemplateFleet fleet) : IClassFixture<TemplateFleet>
{
    private const string Note = TemplateFleet.Note;

    [Fact]
    public async Task Message_waits_for_the_approval_of_its_template_and_why_says_so()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.SubmitAsync(company);
        var driver = await fleet.AddDriverAsync(company);

        await QueueAsync(company, driver);
        await fleet.Fleet.SweepAsync();
        var (sentBefore, why) = (SentTo(fleet.LastPhone), await WhyAsync(company));
        await fleet.EndReviewsAsync(company);
        await fleet.HearStatusAsync(company, Note, "APPROVED", at: fleet.Now);
        await fleet.Fleet.SweepAsync();

        Assert.Empty(sentBefore);
        Assert.Equal(["held: template fleetchat_dispatcher_note_v2 is not approved in en_US"], why.Timeline.Where(e => e.What == WhyWhat.Held).Select(e => e.Detail));
        Assert.Equal((Note, "en_US"), (Assert.Single(SentTo(fleet.LastPhone)).Template, SentTo(fleet.LastPhone)[0].Language));
    }

    [Fact]
    public async Task What_is_looked_at_again_and_still_waits_is_told_once()
    {
        var company = await fleet.AddCompanyAsync();
        var driver = await fleet.AddDriverAsync(company);
        await QueueAsync(company, driver);

        for (var day = 0; day < 3; day++)
        {
            await fleet.Fleet.SweepAsync();
            fleet.Fleet.Clock.Advance(TimeSpan.FromDays(1));
        }

        Assert.Empty(SentTo(fleet.LastPhone));
        Assert.Single((await WhyAsync(company)).Timeline, e => e.What == WhyWhat.Held);
    }

    [Fact]
    public async Task Inside_the_window_it_goes_as_text_with_the_same_buttons()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.AddDriverAsync(company);
        await WriteInAsync(company, "hello");

        await fleet.Fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, LastDriver, at: fleet.Now));
        await fleet.Fleet.SweepAsync();

        var sent = Assert.Single(SentTo(fleet.LastPhone));
        Assert.Null(sent.Template);
        Assert.Contains("you have arrived at Dock 4", sent.Text, StringComparison.Ordinal);
        Assert.NotEmpty(sent.Buttons!);
        Assert.All(sent.Buttons!, b => Assert.InRange(b.Title.Length, 1, 20));
    }

    [Fact]
    public async Task Driver_who_writes_gets_what_waited_as_text()
    {
        var company = await fleet.AddCompanyAsync();
        var driver = await fleet.AddDriverAsync(company);
        await QueueAsync(company, driver);
        await fleet.Fleet.SweepAsync();
        Assert.Empty(SentTo(fleet.LastPhone));

        await WriteInAsync(company, "Where do I go?");

        var sent = Assert.Single(SentTo(fleet.LastPhone));
        Assert.Equal((null, "Hello Ana, your dispatcher writes about your current work: Note. Just answer here."), (sent.Template, sent.Text));
    }

    [Theory]
    [InlineData("PAUSED", "UTILITY")]
    [InlineData("DISABLED", "UTILITY")]
    [InlineData("REJECTED", "UTILITY")]
    [InlineData("DELETED", "UTILITY")]
    [InlineData("APPROVED", "MARKETING")]
    public async Task Template_that_is_not_approved_as_utility_is_never_sent(string status, string category)
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);
        foreach (var language in new[] { "en_US", "es", "fr" }) await fleet.SetAsync(company, Note, status, language, category);
        await fleet.PollAsync(company);
        var driver = await fleet.AddDriverAsync(company);

        await QueueAsync(company, driver);
        await fleet.Fleet.SweepAsync();
        Assert.Empty(SentTo(fleet.LastPhone));

        foreach (var language in new[] { "en_US", "es", "fr" }) await fleet.SetAsync(company, Note, "APPROVED", language, "UTILITY");
        await fleet.PollAsync(company);
        await fleet.Fleet.SweepAsync();
        Assert.Equal(Note, Assert.Single(SentTo(fleet.LastPhone)).Template);
    }

    [Fact]
    public async Task Outside_the_window_another_approved_language_goes_in_place_of_the_drivers_and_the_log_shows_it()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);
        await fleet.SetAsync(company, TemplateSet.StopArrivedUnsure, "PAUSED", "es");
        await fleet.PollAsync(company);
        await fleet.AddDriverAsync(company, "es");

        await fleet.Fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, LastDriver, at: fleet.Now));
        await fleet.Fleet.SweepAsync();

        var sent = Assert.Single(SentTo(fleet.LastPhone));
        var (why, log) = (await WhyAsync(company), (await fleet.Fleet.Get<GetMessage>().HandleAsync(company.Id, await LastMessageAsync(company), default)).Value);
        Assert.Equal((TemplateSet.StopArrivedUnsure, "en_US"), (sent.Template, sent.Language));
        Assert.StartsWith("Hello Ana, you have arrived at", sent.Text, StringComparison.Ordinal);
        Assert.Equal(["Loaded", "Unloaded", "I have a problem"], sent.Buttons!.Select(b => b.Title));
        Assert.Contains(why.Timeline, e => e.Detail == "sent in en_US: not approved in the driver's language");
        Assert.Equal(sent.Text, log.Text);
    }

    [Fact]
    public async Task Question_about_consent_waits_for_its_own_language()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);
        await fleet.SetAsync(company, TemplateSet.ConsentQuestion, "PAUSED", "es");
        await fleet.PollAsync(company);
        await fleet.AddAskedDriverAsync(company, "es");
        await fleet.Fleet.SweepAsync();
        Assert.Empty(SentTo(fleet.LastPhone));

        await fleet.HearStatusAsync(company, TemplateSet.ConsentQuestion, "APPROVED", "es", fleet.Now);
        await fleet.Fleet.SweepAsync();
        Assert.Equal("es", Assert.Single(SentTo(fleet.LastPhone)).Language);
    }

    [Fact]
    public async Task First_message_in_two_languages_never_comes_twice_in_one()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);
        await fleet.SetAsync(company, TemplateSet.StopArrivedUnsure, "PAUSED", "es");
        await fleet.PollAsync(company);
        await fleet.AddDriverAsync(company, language: null);

        await fleet.Fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, LastDriver, at: fleet.Now));
        await fleet.Fleet.SweepAsync();
        fleet.Fleet.Clock.Advance(TimeSpan.FromSeconds(20));
        await fleet.Fleet.SweepAsync();

        Assert.Equal(["en_US"], SentTo(fleet.LastPhone).Select(m => m.Language));
    }

    [Fact]
    public async Task Old_footers_template_is_sent_until_the_new_ones_is_approved()
    {
        var company = await fleet.AddCompanyAsync("Acme");
        await fleet.ApproveAllAsync(company);
        var old = (await fleet.FindAsync(company, Note)).Name;
        await fleet.SetFooterAsync(company, "Acme Trucking");
        await fleet.SubmitAsync(company);
        var driver = await fleet.AddDriverAsync(company);

        await QueueAsync(company, driver);
        await fleet.Fleet.SweepAsync();
        await fleet.EndReviewsAsync(company);
        await fleet.PollAsync(company);
        await QueueAsync(company, driver);
        await fleet.Fleet.SweepAsync();

        Assert.Equal([old, (await fleet.FindAsync(company, Note)).Name], SentTo(fleet.LastPhone).Select(m => m.Template));
    }

    [Fact]
    public async Task What_waits_too_long_expires_and_is_not_sent_after_all()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.SubmitAsync(company);
        await fleet.AddDriverAsync(company);
        await fleet.Fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, LastDriver, at: fleet.Now));
        await fleet.Fleet.SweepAsync();

        fleet.Fleet.Clock.Advance(TimeSpan.FromHours(3));
        await fleet.Fleet.SweepAsync();
        await fleet.EndReviewsAsync(company);
        await fleet.PollAsync(company);
        await fleet.Fleet.SweepAsync();

        Assert.Empty(SentTo(fleet.LastPhone));
        Assert.Equal("expired", (await fleet.Fleet.Get<GetMessage>().HandleAsync(company.Id, await LastMessageAsync(company), default)).Value.Status);
    }

    [Fact]
    public async Task Template_that_WhatsApp_refuses_at_sending_is_asked_for_at_Meta()
    {
        var company = await fleet.AddCompanyAsync();
        await fleet.ApproveAllAsync(company);
        foreach (var language in new[] { "en_US", "es", "fr" }) await fleet.SetAsync(company, Note, "PAUSED", language);
        var driver = await fleet.AddDriverAsync(company);
        var phone = fleet.LastPhone;
        fleet.Fleet.WhatsApp.Setup(w => w.SendAsync(It.Is<WhatsAppMessage>(m => m.Recipient == phone), It.IsAny<CancellationToken>())).ThrowsAsync(new WhatsAppException(MetaErrorClass.StopTemplate, 132015, null, null));

        await QueueAsync(company, driver);
        await fleet.Fleet.SweepAsync();
        await fleet.CallAsync(company);

        Assert.Equal("PAUSED", (await fleet.FindAsync(company, Note)).Status);
    }

    private string LastDriver => fleet.LastDriver;

    private Task QueueAsync(TestCompany company, Guid driver) => fleet.Fleet.QueueNoteAsync(company, driver);

    private List<MessageContent> SentTo(string phone) => [.. fleet.Sent.Where(m => m.Recipient == phone).Select(m => m.Content)];

    private async Task WriteInAsync(TestCompany company, string text)
    {
        var receipt = await fleet.Fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text(fleet.LastPhone[1..], text, $"wamid.{fleet.Fleet.Clock.NewId()}", fleet.Now.ToUnixTimeSeconds())]));
        await fleet.Fleet.WorkAsync(receipt.Nudges);
    }

    private Task<Guid> LastMessageAsync(TestCompany company)
        => fleet.Fleet.Db(company).FindAsync("select id from fleet.message_logs where tenant_id = $1 and direction = 'outbound' order by created_at desc, id desc limit 1", row => row.GetGuid(0), default);

    private async Task<Explanation> WhyAsync(TestCompany company) => (await fleet.Fleet.Get<ExplainWhy>().HandleAsync(company.Id, await LastMessageAsync(company), default)).Value;
}
