using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Monitoring;

/// <summary>A company's key that is lost is that company's alert, while processes that have it in memory still go on.</summary>
public sealed class WatchKeysTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Lost_key_is_alerted_at_its_company_and_at_the_platform_until_it_is_back()
    {
        var (company, other) = (await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync());
        await LookAsync();
        Assert.Equal(("", ""), await OpenAsync());

        await _fleet.Get<DataKeys>().GetAsync(company.Id, default);
        var (name, key) = await TakeAwayAsync(company);
        await LookAsync();
        await LookAsync();

        Assert.Equal(($"{company.Id} critical 2", $"{company.Id} {company.Id} critical 2"), await OpenAsync());
        // Whoever has it in memory goes on.
        Assert.NotNull(await _fleet.Get<DataKeys>().GetAsync(company.Id, default));
        Assert.Null((await _fleet.Get<DataKeys>().LookAsync([other.Id], default).SingleAsync()).Fault);

        await Secrets.TryCreateAsync(name, key, default);
        await LookAsync();
        Assert.Equal(("", ""), await OpenAsync());
    }

    [Fact]
    public async Task Key_that_does_not_open_is_as_good_as_lost()
    {
        var company = await _fleet.AddCompanyAsync();
        var (name, key) = await TakeAwayAsync(company);
        key[^1] ^= 1;
        await Secrets.TryCreateAsync(name, key, default);

        await LookAsync();

        Assert.Equal($"{company.Id} critical 1", (await OpenAsync()).Platform);
    }

    [Fact]
    public async Task Company_that_is_closed_misses_no_key()
    {
        var company = await _fleet.AddCompanyAsync();
        await TakeAwayAsync(company);
        await LookAsync();

        await _database.ExecuteAsAdminAsync("update directory.tenants set status = 'terminated'");
        await LookAsync();

        Assert.Equal(("", ""), await OpenAsync());
    }

    // Else every company would be alerted of what is the installation's trouble.
    [Fact]
    public async Task Lost_master_key_is_no_companys_alert()
    {
        await _fleet.AddCompanyAsync();
        await Secrets.DeleteAsync("fleetchat-master-key", default);

        await Assert.ThrowsAsync<DataKeyMissingException>(LookAsync);

        Assert.Equal(("", ""), await OpenAsync());
    }

    [Fact]
    public async Task More_companies_than_one_look_takes_are_looked_at_in_turn()
    {
        const int Companies = (2 * WatchKeys.MostAtOnce) + 1;
        await _database.ExecuteAsAdminAsync($"""
            with entered as (
                insert into directory.tenants (tenant_id, status, data_region, created_at)
                select 'many_' || lpad(n::text, 3, '0'), 'active', 'us', now()
                from generate_series(1, {Companies}) n
            )
            insert into fleet.tenants (tenant_id, company_name, service_tier, status, data_region, country, time_zone, default_language, currency, key_secret_name, created_at)
            select 'many_' || lpad(n::text, 3, '0'), 'Many', 'starter', 'active', 'us', 'US', 'America/Chicago', 'en', 'USD', 'no-such-secret', now()
            from generate_series(1, {Companies}) n
            """);

        var found = new List<long>();
        for (var minute = 0; minute < 3; minute++)
        {
            await LookAsync();
            found.Add(await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.platform_alerts where closed_at is null"));
            _fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal("67 134 201", string.Join(' ', found));
    }

    private ISecretStore Secrets => _fleet.Get<ISecretStore>();

    private Task LookAsync() => _fleet.Get<WatchKeys>().HandleAsync(default);

    private async Task<(string Name, byte[] Key)> TakeAwayAsync(TestCompany company)
    {
        var name = await _database.ScalarAsAdminAsync<string>($"select key_secret_name from fleet.tenants where tenant_id = '{company.Id}'");
        var key = (await Secrets.FindAsync(name, default))!;
        await Secrets.DeleteAsync(name, default);
        return (name, key);
    }

    private async Task<(string Platform, string OfCompanies)> OpenAsync() => (
        await _database.ScalarAsAdminAsync<string>("select coalesce(string_agg(subject || ' ' || severity || ' ' || count, ', '), '') from fleet.platform_alerts where code = 'key.lost' and closed_at is null"),
        await _database.ScalarAsAdminAsync<string>("select coalesce(string_agg(tenant_id || ' ' || subject || ' ' || severity || ' ' || count, ', '), '') from fleet.alerts where code = 'key.lost' and closed_at is null"));
}
