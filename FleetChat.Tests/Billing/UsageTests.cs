using System.Text.Json.Nodes;
using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;
using Moq;

namespace FleetChat.Tests.Billing;

/// <summary>What counts as a company's usage, and what does not.</summary>
public sealed class UsageTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private readonly TestFleet _fleet = fixture.Fleet;
    private int _wamids;

    [Fact]
    public async Task Message_and_its_answer_count_and_their_driver_is_active_once()
    {
        var (company, driver, phone) = await AddAsync();
        _fleet.AcceptAll();

        await _fleet.QueueNoteAsync(company, driver);
        await _fleet.SweepAsync();
        await SayAsync(company, phone, "On my way back.");

        Assert.Equal((1, 2), await MetricsAsync(company));
        Assert.Equal(["driver_active", "message_in", "message_out", "webhook"], await KindsAsync(company));
    }

    [Theory]
    [InlineData("STOP")]
    [InlineData("START")]
    [InlineData("HELP")]
    public async Task Consent_makes_nobody_billable(string word)
    {
        var (company, _, phone) = await AddAsync();
        _fleet.AcceptAll();

        await SayAsync(company, phone, word);
        await _fleet.SweepAsync();

        Assert.Equal(1, await CountAsync(company, "select count(*)::int from fleet.attempts where tenant_id = $1 and outcome = 'accepted'"));
        Assert.Equal((0, 0), await MetricsAsync(company));
    }

    [Theory]
    [InlineData("reaction", 1)]
    [InlineData("unsupported", 0)]
    [InlineData("edit", 0)]
    [InlineData("revoke", 0)]
    public async Task Only_what_somebody_says_counts(string type, int messages)
    {
        var (company, _, phone) = await AddAsync();
        JsonObject content = type switch
        {
            "reaction" => new() { ["message_id"] = "wamid.none", ["emoji"] = "👍" },
            "revoke" => new() { ["original_message_id"] = "wamid.none" },
            _ => new() { ["message"] = new JsonObject { ["type"] = "text", ["text"] = new JsonObject { ["body"] = "Otherwise." } } },
        };

        await ReceiveAsync(company, Payloads.Special(phone, $"wamid.special.{type}", type, content));

        Assert.Equal(messages, (await MetricsAsync(company)).Messages);
    }

    [Fact]
    public async Task Message_whose_answer_was_lost_counts_when_a_report_settles_it_and_in_that_month()
    {
        var (company, driver, _) = await AddAsync();
        string? attempt = null;
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .Callback((WhatsAppMessage message, CancellationToken _) => attempt = message.OpaqueId)
            .ThrowsAsync(new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null));
        await _fleet.QueueNoteAsync(company, driver);
        await _fleet.SweepAsync();
        Assert.Equal((0, 0), await MetricsAsync(company));

        for (var report = 0; report < 3; report++)
            await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, statuses: [Payloads.Status("wamid.real", new[] { "sent", "delivered", "read" }[report], attempt)]))).Nudges);

        Assert.Equal((1, 1), await MetricsAsync(company));
    }

    [Fact]
    public async Task Redelivered_webhook_counts_once_and_another_companys_nothing()
    {
        var ((company, _, phone), (other, _, _)) = (await AddAsync(), await AddAsync());
        var body = Payloads.WhatsApp(company, messages: [Payloads.Text(phone, "Late.", "wamid.twice"), Payloads.Text(phone, "Very late.", "wamid.twice.2")]);

        await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(body)).Nudges);
        await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(body)).Nudges);

        var usage = (await _fleet.Get<GetUsage>().HandleAsync(company.Id, default)).Value;
        Assert.Equal((2, 2), (usage.CurrentMetrics.WebhookRequests, usage.CurrentMetrics.MonthlyMessages));
        Assert.Equal(new(0, 0, 0, 0), (await _fleet.Get<GetUsage>().HandleAsync(other.Id, default)).Value.CurrentMetrics);
    }

    [Fact]
    public async Task What_was_used_does_not_stay_for_the_next_month_and_enrolled_drivers_do()
    {
        var (company, driver, _) = await AddAsync();
        _fleet.AcceptAll();
        await _fleet.QueueNoteAsync(company, driver);
        await _fleet.SweepAsync();
        var before = (await _fleet.Get<GetUsage>().HandleAsync(company.Id, default)).Value;

        _fleet.Clock.Advance(TimeSpan.FromDays(31));
        var after = (await _fleet.Get<GetUsage>().HandleAsync(company.Id, default)).Value;

        Assert.Equal((1, 1, 1), (before.CurrentMetrics.ActiveDrivers, before.CurrentMetrics.MonthlyMessages, before.EnrolledDrivers));
        Assert.Equal((0, 0, 1), (after.CurrentMetrics.ActiveDrivers, after.CurrentMetrics.MonthlyMessages, after.EnrolledDrivers));
        Assert.NotEqual(before.BillingPeriod, after.BillingPeriod);
    }

    [Fact]
    public async Task Ledger_takes_no_changes_from_the_app()
    {
        var (company, _, phone) = await AddAsync();
        await SayAsync(company, phone, "Here.");

        foreach (var change in new[] { "update fleet.usage_facts set amount = 2 where tenant_id = $1", "delete from fleet.usage_facts where tenant_id = $1" })
            Assert.Equal("42501", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _fleet.Db(company).ExecuteAsync(change, default))).SqlState);
    }

    [Fact]
    public async Task Folding_twice_at_once_moves_the_counters_once()
    {
        var (company, _, phone) = await AddAsync();
        for (var i = 0; i < 5; i++) await SayAsync(company, phone, $"Message {i}.");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => UsageSql.FoldAsync(_fleet.Db(company), default)));

        Assert.Equal((1, 5), await MetricsAsync(company));
        Assert.Equal(0, await CountAsync(company, "select count(*)::int from fleet.usage_facts where tenant_id = $1 and not is_folded"));
    }

    private async Task<(TestCompany Company, Guid Driver, string Phone)> AddAsync()
    {
        var company = await _fleet.AddCompanyAsync("usage");
        var phone = $"1555{company.PhoneNumberId}";
        return (company, await _fleet.AddDriverAsync(company, "11", "+" + phone[..11]), phone[..11]);
    }

    private Task SayAsync(TestCompany company, string phone, string text) => ReceiveAsync(company, Payloads.Text(phone, text, $"wamid.{company.Id}.{_wamids++}"));

    private async Task ReceiveAsync(TestCompany company, JsonObject message)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [message]))).Nudges);

    private async Task<(long Drivers, long Messages)> MetricsAsync(TestCompany company)
    {
        var metrics = (await _fleet.Get<GetUsage>().HandleAsync(company.Id, default)).Value.CurrentMetrics;
        return (metrics.ActiveDrivers, metrics.MonthlyMessages);
    }

    private Task<List<string>> KindsAsync(TestCompany company)
        => _fleet.Db(company).ListAsync("select distinct kind from fleet.usage_facts where tenant_id = $1 order by kind", row => row.GetString(0), default);

    private Task<int> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, row => row.GetInt32(0), default);
}
