using System.Diagnostics;
using System.Globalization;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace FleetChat.Benchmarks.Billing;

/// <summary>
/// Companies that used something in a month that has ended, in a database of their own. They are copies of one that was set up as usual, each with its own data
/// key; their facts are written at COPY's speed, and nobody has counted them yet.
/// </summary>
internal sealed class BilledCompanies : IAsyncDisposable
{
    private const int AtOnce = 16;
    private static readonly TimeZoneInfo s_zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");
    private readonly BenchmarkFleet _fleet;
    private readonly ServiceProvider _core;
    private readonly NpgsqlDataSource _admin;
    private int _entered;

    private BilledCompanies(BenchmarkFleet fleet)
        => (_fleet, _core, _admin) = (fleet, fleet.OpenCore(), NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(fleet.Admin) { CommandTimeout = 0 }.ConnectionString));

    /// <summary>Two months ago: its grace is over, whatever day it is.</summary>
    public DateOnly Period { get; } = BillingPeriod.Of(TimeProvider.System.GetUtcNow(), s_zone).AddMonths(-2);

    public LocalHostSettings Settings => _fleet.Settings;

    public static async Task<BilledCompanies> InstallAsync(BenchmarkPostgres postgres, CancellationToken ct)
    {
        var companies = new BilledCompanies(await BenchmarkFleet.InstallAsync(postgres, "billing", companies: 1, driversPerCompany: 0, graph: null, ct));
        var tier = new TierPrice(1_250, 5_000, 0.5m, [new(10, 5), new(50, 10)]);
        var card = await companies._core.GetRequiredService<RateCards>().EnterAsync(new("USD", "2020-01", new Dictionary<string, TierPrice> { ["enterprise"] = tier }, "benchmark"), ct);
        return card.IsOk ? companies : throw new NotMeasuredException(card.Error.Message);
    }

    /// <summary>More companies, each with so many drivers who were active in the month.</summary>
    public async Task EnterAsync(int count, int drivers, CancellationToken ct)
    {
        var entered = new (string Tenant, string Key)[count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        var keys = _core.GetRequiredService<DataKeys>();
        await Parallel.ForAsync(0, count, options, async (n, end) =>
        {
            var tenant = string.Create(CultureInfo.InvariantCulture, $"billed_{_entered + n:000000}");
            entered[n] = (tenant, (await keys.CreateAsync(TenantId.Parse(tenant), end)).SecretName);
        });
        _entered += count;
        await using var connection = await _admin.OpenConnectionAsync(ct);
        await CopyCompaniesAsync(connection, entered, ct);
        await CopyFactsAsync(connection, [.. entered.Select(one => one.Tenant)], drivers, ct);
        foreach (var statement in new[] { "analyze", "checkpoint" }) await ExecuteAsync(connection, statement, ct);
    }

    /// <summary>The ceiling: what is to be billed, summed in one statement.</summary>
    /// <returns>Seconds, of the best of three.</returns>
    public async Task<double> SumAsync(CancellationToken ct)
    {
        var best = double.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            await using var sum = _admin.CreateCommand(Sum);
            await using var reader = await sum.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) { }
            best = Math.Min(best, Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }
        return best;
    }

    /// <exception cref="NotMeasuredException">The books are not what they have to be.</exception>
    public async Task CheckAsync(int companies, int drivers, CancellationToken ct)
    {
        await using var count = _admin.CreateCommand(Count);
        await using var reader = await count.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        if (reader.GetInt64(0) != companies || reader.GetInt64(1) != (long)companies * drivers)
            throw new NotMeasuredException($"The run came out otherwise: {reader.GetInt64(0)} final invoices with {reader.GetInt64(1)} drivers.");
    }

    public async ValueTask DisposeAsync()
    {
        await _admin.DisposeAsync();
        await _core.DisposeAsync();
        await _fleet.DisposeAsync();
    }

    private const string Sum = """
        select tenant_id, period, kind, sum(amount)
        from fleet.usage_facts
        where not is_folded
        group by tenant_id, period, kind
        """;

    private const string Count = """
        select count(*), coalesce(sum(active_drivers), 0)::bigint
        from fleet.invoices
        where state = 'final'
        """;

    private const string BeginCopies = "create temp table copies (tenant_id text, key_name text)";

    private const string CopyDirectory = """
        insert into directory.tenants (tenant_id, status, data_region, created_at)
        select c.tenant_id, t.status, t.data_region, t.created_at
        from copies c
        cross join directory.tenants t
        where t.tenant_id = 'fleet_000'
        """;

    private const string CopyTenants = """
        insert into fleet.tenants (tenant_id, company_name, service_tier, status, data_region, country, time_zone, default_language, currency, key_secret_name, created_at)
        select c.tenant_id, t.company_name, t.service_tier, t.status, t.data_region, t.country, t.time_zone, t.default_language, t.currency, c.key_name, t.created_at
        from copies c
        cross join fleet.tenants t
        where t.tenant_id = 'fleet_000'
        """;

    private const string CopyConfigurations = """
        insert into fleet.tenant_configurations (tenant_id, samsara_base_url, samsara_org_id, samsara_webhook_secret, message_footer, samsara_group_id, updated_at)
        select c.tenant_id, t.samsara_base_url, t.samsara_org_id, t.samsara_webhook_secret, t.message_footer, t.samsara_group_id, t.updated_at
        from copies c
        cross join fleet.tenant_configurations t
        where t.tenant_id = 'fleet_000'
        """;

    private const string BeginService = """
        insert into fleet.service_terms (tenant_id, from_day, service_tier, in_service)
        select tenant_id, $1, 'enterprise', true
        from copies
        """;

    private const string OpenBooks = """
        insert into fleet.billing_state (tenant_id, next_period, ends_at)
        select tenant_id, $1, $2
        from copies
        """;

    private async Task CopyCompaniesAsync(NpgsqlConnection connection, (string Tenant, string Key)[] entered, CancellationToken ct)
    {
        await ExecuteAsync(connection, BeginCopies, ct);
        await using (var copy = await connection.BeginBinaryImportAsync("copy copies from stdin (format binary)", ct))
        {
            foreach (var (tenant, key) in entered) await copy.WriteRowAsync(ct, tenant, key);
            await copy.CompleteAsync(ct);
        }
        foreach (var statement in new[] { CopyDirectory, CopyTenants, CopyConfigurations }) await ExecuteAsync(connection, statement, ct);
        await ExecuteAsync(connection, BeginService, ct, new NpgsqlParameter<DateOnly> { TypedValue = Period });
        await ExecuteAsync(connection, OpenBooks, ct, new NpgsqlParameter<DateOnly> { TypedValue = Period }, new NpgsqlParameter<DateTimeOffset> { TypedValue = BillingPeriod.EndOf(Period, s_zone) });
        await ExecuteAsync(connection, "drop table copies", ct);
    }

    private const string CopyFacts = "copy fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount) from stdin (format binary)";

    private async Task CopyFactsAsync(NpgsqlConnection connection, string[] tenants, int drivers, CancellationToken ct)
    {
        var (period, part, at) = (Period, Period.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), BillingPeriod.StartOf(Period.AddDays(9), s_zone));
        await using var copy = await connection.BeginBinaryImportAsync(CopyFacts, ct);
        for (var n = 0; n < tenants.Length * drivers; n++)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(tenants[n / drivers], NpgsqlDbType.Text, ct);
            await copy.WriteAsync(UsageFacts.DriverActive, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(TimeProvider.System.NewId(), NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(part, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(period, NpgsqlDbType.Date, ct);
            await copy.WriteAsync(at.AddSeconds(n % drivers), NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(1L, NpgsqlDbType.Bigint, ct);
        }
        await copy.CompleteAsync(ct);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(ct);
    }
}
