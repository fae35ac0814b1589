using System.Text.Json;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>
/// A company that pays for itself, and a parent with a child in its zone and one further west, whom any number of processes bill month by month. The same in every database: so
/// two installations that have billed as many months say the same of each.
/// </summary>
internal sealed class BilledInstallation : IAsyncDisposable
{
    private const string Zone = "America/Chicago";
    private const string ZoneFurtherWest = "Pacific/Honolulu";
    private static readonly TimeZoneInfo s_last = TimeZoneInfo.FindSystemTimeZoneById(ZoneFurtherWest);
    private static readonly TimeSpan s_quarter = TimeSpan.FromMinutes(15);

    // In the order in which a wave goes through them.
    private static readonly TenantId s_alone = TenantId.Parse("stopped_alone");
    private static readonly TenantId s_child = TenantId.Parse("stopped_child");
    private static readonly TenantId s_parent = TenantId.Parse("stopped_parent");
    private static readonly TenantId s_western = TenantId.Parse("stopped_western");
    private static readonly TenantId[] s_companies = [s_alone, s_child, s_parent, s_western];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetchat-billed-");
    private readonly LocalHostSettings _settings;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 2, 15, 0, 0, TimeSpan.Zero));
    private readonly string _admin;
    private ServiceProvider _core = null!;

    private BilledInstallation(InstalledDatabase logins, string admin)
        => (_settings, _admin) = (new(logins, Path.Combine(_folder.FullName, "secrets"), new("http://127.0.0.1"), LocalHostSettings.NewSecret(), LocalHostSettings.NewSecret(), new("http://127.0.0.1:1")), admin);

    public static DateOnly FirstPeriod => new(2026, 3, 1);

    /// <param name="admin">The superuser's connection to that database.</param>
    public static async Task<BilledInstallation> StartAsync(InstalledDatabase logins, string admin)
    {
        var installation = new BilledInstallation(logins, admin);
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(installation._settings.SecretsFolder), default);
        installation._core = installation.NewHost();
        await installation.SetUpAsync();
        return installation;
    }

    /// <summary>Another process of it.</summary>
    /// <param name="through">By what way it reaches the database; null: straight.</param>
    public ServiceProvider NewHost(Func<string, string>? through = null) => SetUpServices.Create(
        through is null ? _settings : _settings with { Database = _settings.Database with { App = through(_settings.Database.App), System = through(_settings.Database.System) } }, _clock);

    /// <summary>After a restart of Postgres: what the test itself was connected with is of no use any more.</summary>
    public async Task ConnectAgainAsync()
    {
        await _core.DisposeAsync();
        _core = NewHost();
    }

    /// <summary>What is used in a month, more in one than in another, and something of the month before that nobody knew of.</summary>
    public async Task UseAsync(DateOnly period)
    {
        var month = ((period.Year - FirstPeriod.Year) * 12) + period.Month - FirstPeriod.Month;
        for (var n = 0; n < s_companies.Length; n++)
        {
            var (drivers, messages) = (1 + (((month * 7) + (n * 3)) % 11), ((month * 13) + (n * 5)) % 60);
            await AddFactsAsync(s_companies[n], period, drivers, messages);
            if (month > 0) await AddFactsAsync(s_companies[n], period.AddMonths(-1), 0, 1 + (month % 3), "late");
        }
    }

    private async Task AddFactsAsync(TenantId tenant, DateOnly period, int drivers, int messages, string mark = "")
        => await _core.GetRequiredService<TenantDbs>().For(tenant).ExecuteAsync("""
            insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
            select $1, kind, md5($1 || kind || n || $2 || $6)::uuid, case when kind = 'driver_active' then $2::text else '' end, $2, $3, 1
            from (values ('driver_active', $4), ('message_out', $5)) as k (kind, most)
            cross join lateral generate_series(1, k.most) n
            """, default, P.Day(period), P.Time(new(period.AddDays(9), new(12, 0), TimeSpan.Zero)), P.Number(drivers), P.Number(messages), P.Text(mark));

    /// <summary>The month's last hour is over everywhere: there are drafts. Then the last grace is: all is final.</summary>
    public static IReadOnlyList<DateTimeOffset> MomentsOf(DateOnly period)
    {
        var end = BillingPeriod.EndOf(period, s_last);
        return [end + TimeSpan.FromHours(1), end + new BillingOptions().Grace];
    }

    public void SetClock(DateTimeOffset now) => _clock.SetUtcNow(now);

    public void PassQuarter() => _clock.Advance(s_quarter);

    /// <summary>What the timer, and the orchestrations that it begins, do in one wave.</summary>
    /// <param name="afterEach">Each company; null: nothing.</param>
    /// <returns>Whether there was something to do.</returns>
    public static async Task<bool> WaveAsync(ServiceProvider host, Action? afterEach = null)
    {
        var (runs, invoice) = (host.GetRequiredService<BillingRuns>(), host.GetRequiredService<InvoiceMonth>());
        var waves = await runs.ListDueAsync(isByHand: true, default);
        foreach (var wave in waves)
        {
            var period = BillingPeriod.Parse(wave.Period);
            foreach (var tenant in (await runs.ListTenantsAsync(wave, default)).TenantIds)
            {
                var done = await invoice.HandleAsync(TenantId.Parse(tenant), period, default);
                if (done.PaidBy is { } parent) await invoice.HandleAsync(TenantId.Parse(parent), period, default);
                afterEach?.Invoke();
            }
        }
        return waves.Count > 0;
    }

    /// <summary>
    /// All that was billed, a line each, without numbers, which are in the order of the work; and how much was asked for, so that nothing of it is done twice.
    /// </summary>
    public async Task<string[]> BooksAsync()
    {
        var books = new List<string>();
        foreach (var tenant in s_companies)
        {
            for (var page = new PageRequest(PageRequest.MaxLimit, null); ;)
            {
                var invoices = BillingDay.Value(await _core.GetRequiredService<GetInvoice>().ListAsync(tenant, page, default));
                books.AddRange(invoices.Data.Select(invoice => JsonSerializer.Serialize(invoice with { Number = null }, PublicJson.Options)));
                if (invoices.NextCursor is null) break;
                page = page with { Cursor = invoices.NextCursor };
            }
        }
        books.Add($"owed: {await ScalarAsync<long>("select sum(amount)::bigint from fleet.receivables")}");
        foreach (var rows in new[] { "receivables", "collections", "calls", "orchestration_commands", "audit_entries", "invoice_statements", "alerts where closed_at is null" })
            books.Add($"{rows}: {await ScalarAsync<long>($"select count(*) from fleet.{rows}")}");
        return [.. books];
    }

    public Task<string[]> NumbersAsync() => ScalarAsync<string[]>("select array_agg(number order by number) from fleet.invoices where number is not null");

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_admin) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await _core.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task SetUpAsync()
    {
        var tier = new TierPrice(1_150.5m, 40, 1.75m, [new(3, 12.5m), new(6, 25)]);
        await _core.GetRequiredService<RateCards>().EnterAsync(new("USD", "2026-01", new Dictionary<string, TierPrice> { ["starter"] = tier }, BillingDay.Operator), default);
        for (var n = 0; n < s_companies.Length; n++) await AddAsync(n, s_companies[n] == s_western ? ZoneFurtherWest : Zone);
        foreach (var child in new[] { s_child, s_western }) BillingDay.Value(await _core.GetRequiredService<SetParent>().HandleAsync(new(child.Value, s_parent.Value, BillingDay.Operator), default));
        foreach (var taxed in new[] { s_alone, s_child })
            BillingDay.Value(await _core.GetRequiredService<BillingAccounts>().ChangeAsync(new(taxed, 8.25m, false, null, 14, BillingDay.Operator), default));
    }

    private async Task AddAsync(int n, string zone)
        => BillingDay.Value(await SetUpTenant.Of(_core).HandleAsync(
            new(s_companies[n], s_companies[n].Value, "US", zone, "en", "USD", new(new("http://127.0.0.1:1"), $"{n}", $"{n}", Convert.ToBase64String(new byte[24]), null),
                new($"+1555030{n:0000}", $"10656{n:0000}", $"10231{n:0000}", "token")), default));
}
