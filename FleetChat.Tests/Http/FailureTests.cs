using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Security;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.Http;

/// <summary>What the caller and the log get when something breaks.</summary>
public sealed class FailureTests
{
    private const string Driver = "0199b0a0-0000-7000-8000-000000000001";

    [Fact]
    public async Task Exception_gets_a_500_that_tells_nothing_and_one_line_of_log_with_the_tenant()
    {
        var log = new ErrorLog();
        await using var host = await ApiHost.StartAsync("failures", configure: builder => builder.Logging.AddProvider(log));
        using var client = await ClientAsync(host, "broken_haulage_001", (await host.Get<DataKeys>().CreateAsync(TenantId.Parse("broken_haulage_001"), default)).SecretName);
        await host.Database.ExecuteAsAdminAsync("revoke select on fleet.drivers from fleetchat_app");

        using var withoutQueueOutput = await client.GetAsync("/api/drivers");
        using var withQueueOutput = await client.PostAsync($"/api/drivers/{Driver}/messages", new StringContent("""{"text":"Hello."}""", Encoding.UTF8, "application/json"));

        foreach (var response in new[] { withoutQueueOutput, withQueueOutput })
        {
            await HttpAssert.ProblemAsync(response, HttpStatusCode.InternalServerError, "internal.unexpected");
            Assert.DoesNotContain("broken_haulage_001", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal(["GetDrivers failed for broken_haulage_001", "PostDriverMessage failed for broken_haulage_001"], log.Lines.Order());
    }

    [Fact]
    public async Task Company_whose_key_is_gone_is_told_that_it_is_our_fault_and_passes_and_is_named_in_the_log()
    {
        var log = new ErrorLog();
        await using var host = await ApiHost.StartAsync("keyless", configure: builder => builder.Logging.AddProvider(log));
        using var client = await ClientAsync(host, "keyless_haulage_001", "no-such-secret");

        foreach (var path in new[] { "/api/messages", "/api/conversations", "/api/drivers", $"/api/messages/{Driver}" })
        {
            using var response = await client.GetAsync(path);
            await HttpAssert.ProblemAsync(response, HttpStatusCode.ServiceUnavailable, "internal.key_missing");
            Assert.DoesNotContain("keyless_haulage_001", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using var withQueueOutput = await client.PostAsync($"/api/drivers/{Driver}/messages", new StringContent("""{"text":"Hello."}""", Encoding.UTF8, "application/json"));
        await HttpAssert.ProblemAsync(withQueueOutput, HttpStatusCode.ServiceUnavailable, "internal.key_missing");

        Assert.Equal(5, log.Lines.Count);
        Assert.All(log.Lines, line => Assert.EndsWith(" failed for keyless_haulage_001", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_that_goes_away_leaves_no_error_in_the_log()
    {
        var log = new ErrorLog();
        await using var host = await ApiHost.StartAsync("goneaway", configure: builder => builder.Logging.AddProvider(log));
        using var company = await ApiCompany.SetUpAsync(host, "hasty_haulage_001");
        await using var admin = Npgsql.NpgsqlDataSource.Create(host.Database.Admin);
        await using var holder = await admin.OpenConnectionAsync();
        await using (var transaction = await holder.BeginTransactionAsync())
        {
            await using var holdTable = new Npgsql.NpgsqlCommand("lock table fleet.drivers in access exclusive mode", holder, transaction);
            await holdTable.ExecuteNonQueryAsync();
            using (var socket = new TcpClient())
            {
                await socket.ConnectAsync(host.Address.Host, host.Address.Port);
                await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /api/drivers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {company.Key.Token}\r\n\r\n"));
                await Until.TrueAsync(async () => await WaitersAsync(host) == 1, because: "the request to wait for the table");
            }
            await Until.TrueAsync(async () => await WaitersAsync(host) == 0, because: "the query of a client that has gone to be cancelled");
        }

        Assert.Empty(log.Lines);
    }

    private static Task<long> WaitersAsync(ApiHost host) => host.Database.ScalarAsAdminAsync<long>("""
        select count(*)
        from pg_locks l
        join pg_class c on c.oid = l.relation
        where c.relname = 'drivers'
          and not l.granted
        """);

    /// <param name="secret">The name of its data key.</param>
    private static async Task<HttpClient> ClientAsync(ApiHost host, string id, string secret)
    {
        await host.Database.ExecuteAsAdminAsync("""
            with entered as (insert into directory.tenants (tenant_id, status, data_region, created_at) values ($1, 'active', 'us', now()))
            insert into fleet.tenants (tenant_id, company_name, service_tier, status, data_region, country, time_zone, default_language, currency, key_secret_name, created_at)
            values ($1, $1, 'starter', 'active', 'us', 'US', 'America/Chicago', 'en', 'USD', $2, now())
            """, P.Text(id), P.Text(secret));
        var key = await ApiCompany.KeyAsync(host, TenantId.Parse(id), "read", "write");
        return new DescribedClient { BaseAddress = host.Address, DefaultRequestHeaders = { Authorization = new("Bearer", key.Token) } };
    }

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Lines.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
