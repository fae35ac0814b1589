using System.Net;
using System.Text;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Billing.Invoices;
using FleetChat.Tests.Security;
using Moq;

namespace FleetChat.Tests.Monitoring;

/// <summary>What the promises of docs/slo.md are judged by is counted where they are kept or broken.</summary>
public sealed class FleetMetricsTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Phone = "+15550001111";

    private TestFleet Fleet => fixture.Fleet;

    [Theory]
    [InlineData(5, "good")]
    [InlineData(11, "late")]
    public async Task Event_is_judged_by_the_time_from_its_receipt(int seconds, string result)
    {
        var company = await Fleet.AddCompanyAsync();
        var receipt = await ReceiveAsync(company);
        using var measured = new Measured();

        Fleet.Clock.Advance(TimeSpan.FromSeconds(seconds));
        await Fleet.Get<ProcessLane>().HandleAsync(Assert.Single(receipt.Nudges), default);

        Assert.True(measured.Sum("fleetchat.events.processed", $"source=samsara result={result}") >= 1);
    }

    [Fact]
    public async Task Event_that_is_put_aside_has_failed_once_and_not_with_each_try()
    {
        var company = await Fleet.AddCompanyAsync();
        var nudge = Assert.Single((await ReceiveAsync(company)).Nudges);
        await Fleet.Database.ExecuteAsAdminAsync($"update fleet.inbox set payload = '\\x00', attempts = 3 where tenant_id = '{company.Id}'");
        using var measured = new Measured();

        await Fleet.Get<ProcessLane>().HandleAsync(nudge, default);
        var tried = measured.Sum("fleetchat.events.processed", "source=samsara result=failed");
        Fleet.Clock.Advance(TimeSpan.FromHours(1));
        await Fleet.Get<ProcessLane>().HandleAsync(nudge, default);

        Assert.True(measured.Sum("fleetchat.events.processed", "source=samsara result=failed") > tried);
        Assert.Equal("parked", await Fleet.Db(company).FindAsync("select status from fleet.inbox where tenant_id = $1", row => row.GetString(0), default));
    }

    [Fact]
    public async Task Attempt_is_counted_by_what_WhatsApp_answers_and_a_message_by_its_end()
    {
        var company = await Fleet.AddCompanyAsync();
        var driver = await Fleet.AddDriverAsync(company, "11", Phone);
        var taken = Fleet.AcceptAll();
        using var measured = new Measured();

        await Fleet.QueueNoteAsync(company, driver);
        await Fleet.SweepAsync();
        var sent = taken[^1];
        await HearAsync(company, $"wamid.{sent.OpaqueId}", "delivered");
        await HearAsync(company, $"wamid.{sent.OpaqueId}", "read");

        Assert.True(measured.Sum("fleetchat.whatsapp.calls", "result=accepted error=0") >= 1);
        Assert.True(measured.Sum("fleetchat.messages.reported", "result=delivered error=0") >= 1);

        Fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>())).ThrowsAsync(new WhatsAppException(MetaErrorClass.GiveUp, 131026, null, null));
        await Fleet.QueueNoteAsync(company, driver);
        await Fleet.SweepAsync();

        Assert.True(measured.Sum("fleetchat.whatsapp.calls", "result=refused error=131026") >= 1);
    }

    [Fact]
    public async Task Message_that_WhatsApp_reports_as_failed_for_good_is_counted_with_its_code()
    {
        var company = await Fleet.AddCompanyAsync();
        var driver = await Fleet.AddDriverAsync(company, "11", Phone);
        var taken = Fleet.AcceptAll();
        await Fleet.QueueNoteAsync(company, driver);
        await Fleet.SweepAsync();
        using var measured = new Measured();

        await HearAsync(company, $"wamid.{taken[^1].OpaqueId}", "failed", 131026);

        Assert.True(measured.Sum("fleetchat.messages.reported", "result=failed error=131026") >= 1);
    }

    [Theory]
    [InlineData(0, "good")]
    [InlineData(5, "late")]
    public async Task Months_close_is_judged_by_the_time_after_its_grace(int hours, string result)
    {
        await using var database = await Postgres.TestDatabase.CreateAsync("metrics");
        await using var fleet = await TestFleet.StartAsync(database);
        var day = await BillingDay.StartAsync(fleet);
        await day.UseAsync(drivers: 2, messages: 3, new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
        day.EndGrace();
        fleet.Clock.Advance(TimeSpan.FromHours(hours));
        using var measured = new Measured();

        Assert.True((await day.BillAsync()).IsFinal);

        Assert.True(measured.Sum("fleetchat.invoices.closed", $"result={result}") >= 1);
    }

    private Task<Core.Samsara.WebhookReceipt> ReceiveAsync(TestCompany company) => Fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "53207939", at: Fleet.Clock.GetUtcNow()));

    private async Task HearAsync(TestCompany company, string wamid, string status, int? error = null)
    {
        var receipt = await Fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status(wamid, status, errorCode: error)]));
        await Fleet.WorkAsync(receipt.Nudges);
    }
}

/// <summary>Requests, as the host answers them.</summary>
public sealed class RequestMetricsTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Request_to_the_API_is_counted_by_its_function_and_one_that_is_refused_is_answered()
    {
        using var measured = new Measured();

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/alerts"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync("/api/messages/nothing"));

        Assert.True(Answered(measured, "api", "GetAlerts") >= 1);
        Assert.True(Answered(measured, "api", "GetMessageById") >= 1);
    }

    [Fact]
    public async Task Webhook_is_counted_as_one_and_health_is_not_counted()
    {
        using var measured = new Measured();
        using var client = new HttpClient { BaseAddress = api.Host.Address };
        using var body = new StringContent("{}", Encoding.UTF8, "application/json");

        using var refused = await client.PostAsync(new Uri("/api/whatsapp/webhook", UriKind.Relative), body);
        using var live = await client.GetAsync(new Uri("/health/live", UriKind.Relative));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (refused.StatusCode, live.StatusCode));
        Assert.True(Answered(measured, "webhook", "WhatsAppWebhook") >= 1);
        Assert.Equal(0, Answered(measured, "api", "HealthLive"));
    }

    // On a busy machine it may be late.
    private static double Answered(Measured measured, string kind, string function)
        => measured.Sum("fleetchat.requests", $"kind={kind} function={function} result=good") + measured.Sum("fleetchat.requests", $"kind={kind} function={function} result=late");

    private async Task<HttpStatusCode> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await api.A.SendAsync(request);
        return response.StatusCode;
    }
}
