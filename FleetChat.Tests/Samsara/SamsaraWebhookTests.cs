using FleetChat.Core.Data;
using FleetChat.Core.Samsara;
using FleetChat.Core.Samsara.Webhooks;
using FleetChat.Core.Tenants;
using CreatedWebhook = FleetChat.Simulators.Samsara.CreatedWebhook;

namespace FleetChat.Tests.Samsara;

/// <summary>Exactly one webhook of a company at Samsara, whatever happens while it is set up.</summary>
public sealed class SamsaraWebhookTests : IAsyncLifetime
{
    private const string Actor = "operator:test";
    private readonly Interruption _interruption = new();
    private PolledFleet _fleet = null!;

    public async Task InitializeAsync() => _fleet = await PolledFleet.StartAsync(_interruption.Around<ISamsaraClient>);

    public async Task DisposeAsync() => await _fleet.DisposeAsync();

    [Fact]
    public async Task Webhook_is_made_once_and_noted_with_its_org_and_secret()
    {
        var company = await AddCompanyAsync();

        var first = await EnsureAsync(company);
        var second = await EnsureAsync(company);

        var (settings, made) = (await SettingsAsync(company), Assert.Single(await AtSamsaraAsync(company)));
        Assert.Equal((made.Id, made.Id), (first.Value, second.Value));
        Assert.Equal((made.Id, made.Secret, company.OrgId), (settings.SamsaraWebhookId, settings.SamsaraWebhookSecret, settings.SamsaraOrgId));
        Assert.Equal($"http://127.0.0.1/api/samsara/webhook/{company.Id}", made.Url);
        Assert.Equal(SamsaraEvents.Wanted.Order(), made.EventTypes.Order());
        Assert.Equal(["samsara.webhook_set"], await _fleet.Fleet.Db(company).ListAsync("select action from fleet.audit_entries where tenant_id = $1 and subject = $2", row => row.GetString(0), default, P.Text(made.Id)));
    }

    [Fact]
    public async Task Repeating_it_changes_no_version()
    {
        var company = await AddCompanyAsync();
        await EnsureAsync(company);
        var version = (await SettingsAsync(company)).Version;

        await EnsureAsync(company);

        Assert.Equal(version, (await SettingsAsync(company)).Version);
    }

    [Theory]
    [InlineData(nameof(ISamsaraClient.GetOrgAsync))]
    [InlineData(nameof(ISamsaraClient.ListWebhooksAsync))]
    [InlineData(nameof(ISamsaraClient.CreateWebhookAsync))]
    [InlineData(nameof(ISamsaraClient.DeleteWebhookAsync))]
    public async Task Process_that_dies_before_or_after_any_call_leaves_one_webhook_in_the_end(string call)
    {
        foreach (var isAfter in new[] { false, true })
        {
            var company = await AddCompanyAsync();
            // One that lacks types, so that something is to be deleted too.
            await AddAtSamsaraAsync(company, UrlOf(company), ["RouteStopArrival"]);

            await _interruption.DieAsync(call, isAfter, () => EnsureAsync(company));
            var result = await EnsureAsync(company);

            var made = Assert.Single(await AtSamsaraAsync(company));
            Assert.Equal((made.Id, made.Id, made.Secret), (result.Value, (await SettingsAsync(company)).SamsaraWebhookId, (await SettingsAsync(company)).SamsaraWebhookSecret));
            Assert.True(made.IsUsable);
        }
    }

    [Fact]
    public async Task Two_at_once_make_one()
    {
        var company = await AddCompanyAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => EnsureAsync(company))));

        var made = Assert.Single(await AtSamsaraAsync(company));
        Assert.All(results, r => Assert.Equal(made.Id, r.Value));
        Assert.Equal((made.Id, made.Secret), ((await SettingsAsync(company)).SamsaraWebhookId, (await SettingsAsync(company)).SamsaraWebhookSecret));
    }

    /// <param name="call">Of the one that is late: before it others do all of their work.</param>
    [Theory]
    [InlineData(nameof(ISamsaraClient.ListWebhooksAsync))]
    [InlineData(nameof(ISamsaraClient.CreateWebhookAsync))]
    public async Task Who_is_overtaken_by_others_leaves_what_they_noted(string call)
    {
        var company = await AddCompanyAsync();

        var late = await _interruption.PauseAsync(call, () => EnsureAsync(company), async () => Assert.True((await EnsureAsync(company)).IsOk));

        var made = Assert.Single(await AtSamsaraAsync(company));
        Assert.Equal((made.Id, made.Id), (late.Value, (await SettingsAsync(company)).SamsaraWebhookId));
    }

    [Fact]
    public async Task Webhook_by_the_other_door_is_adopted_with_its_secret_and_others_are_left_alone()
    {
        var company = await AddCompanyAsync();
        var elsewhere = await AddAtSamsaraAsync(company, "https://example.com/theirs", SamsaraEvents.Wanted);
        var another = await AddAtSamsaraAsync(company, $"{UrlOf(company)}9", SamsaraEvents.Wanted);
        var ours = await AddAtSamsaraAsync(company, $"http://127.0.0.1/webhook/samsara/{company.Id}", SamsaraEvents.Wanted);

        var result = await EnsureAsync(company);

        Assert.Equal(ours.Id, result.Value);
        Assert.Equal(ours.SecretKey, (await SettingsAsync(company)).SamsaraWebhookSecret);
        Assert.Equal(new[] { elsewhere.Id, another.Id, ours.Id }.Order(), (await AtSamsaraAsync(company)).Select(w => w.Id).Order());
    }

    [Fact]
    public async Task Of_several_of_ours_the_noted_one_stays()
    {
        var company = await AddCompanyAsync();
        var noted = (await EnsureAsync(company)).Value;
        for (var i = 0; i < 3; i++) await AddAtSamsaraAsync(company, UrlOf(company), SamsaraEvents.Wanted);

        await EnsureAsync(company);

        Assert.Equal(noted, Assert.Single(await AtSamsaraAsync(company)).Id);
    }

    [Fact]
    public async Task Removing_takes_all_of_ours_away_and_may_be_repeated()
    {
        var company = await AddCompanyAsync();
        await EnsureAsync(company);
        await AddAtSamsaraAsync(company, UrlOf(company), ["RouteStopArrival"]);
        var other = await AddAtSamsaraAsync(company, "https://example.com/theirs", SamsaraEvents.Wanted);

        var first = await RemoveAsync(company);
        var second = await RemoveAsync(company);

        Assert.Equal((2, 0), (first.Value, second.Value));
        Assert.Equal(other.Id, Assert.Single(await AtSamsaraAsync(company)).Id);
        var settings = await SettingsAsync(company);
        Assert.Equal((null, null), (settings.SamsaraWebhookId, settings.SamsaraWebhookSecret));
        Assert.True((await EnsureAsync(company)).IsOk);
    }

    [Fact]
    public async Task Token_that_may_not_write_webhooks_is_told_so()
    {
        var company = await AddCompanyAsync();
        await _fleet.Samsara.AddTokenAsync(long.Parse(company.OrgId, System.Globalization.CultureInfo.InvariantCulture), new("reader", Scopes: [.. SamsaraScope.Needed.Select(s => s.Name)]));
        var poor = await _fleet.AddCompanyAsync("poor", long.Parse(company.OrgId, System.Globalization.CultureInfo.InvariantCulture), "reader");

        var refused = await EnsureAsync(poor);

        Assert.Equal("samsara.scope_missing", refused.Error?.Code);
        Assert.Contains("Write Webhooks", refused.Error!.Message, StringComparison.Ordinal);
        Assert.Empty(await AtSamsaraAsync(company));
    }

    // Companies of tests come with a webhook that no Samsara knows.
    private async Task<TestCompany> AddCompanyAsync()
    {
        var company = await _fleet.AddCompanyAsync();
        await ForgetNoteAsync(company);
        return company;
    }

    private Task<Core.Result<string>> EnsureAsync(TestCompany company) => _fleet.Fleet.Get<EnsureSamsaraWebhook>().HandleAsync(new(company.Id, Actor), default);

    private Task<Core.Result<int>> RemoveAsync(TestCompany company) => _fleet.Fleet.Get<RemoveSamsaraWebhook>().HandleAsync(new(company.Id, Actor), default);

    private async Task<TenantSettings> SettingsAsync(TestCompany company) => (await _fleet.Fleet.Get<TenantSettingsCache>().ReadAsync(company.Id, default))!;

    private async Task<IReadOnlyList<SamsaraWebhook>> AtSamsaraAsync(TestCompany company)
        => await _fleet.Fleet.Get<ISamsaraClient>().ListWebhooksAsync((await SettingsAsync(company)).Samsara!, default);

    private Task<CreatedWebhook> AddAtSamsaraAsync(TestCompany company, string url, IReadOnlyList<string> types)
        => _fleet.Samsara.AddWebhookAsync(long.Parse(company.OrgId, System.Globalization.CultureInfo.InvariantCulture), new(new(url), [.. types]));

    private static string UrlOf(TestCompany company) => $"http://127.0.0.1/api/samsara/webhook/{company.Id}";

    private Task ForgetNoteAsync(TestCompany company)
        => _fleet.Fleet.Db(company).ExecuteAsync("update fleet.tenant_configurations set samsara_webhook_id = null, samsara_webhook_secret = null where tenant_id = $1", default);
}
