using System.Diagnostics;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetChat.Tests.Tenants;

public sealed class TenantSettingsCacheTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task A_flood_at_the_door_reads_once_a_second_whether_the_company_exists_or_not()
    {
        var company = await _fleet.AddCompanyAsync();
        var nobody = TenantId.Parse("nobody_at_all_001");
        using var commands = new CountedCommands();
        await using var source = new NpgsqlDataSourceBuilder(_fleet.Database.Logins.App).UseLoggerFactory(commands).Build();
        var cache = new TenantSettingsCache(new(source), _fleet.Get<DataKeys>());
        var watch = Stopwatch.StartNew();

        for (var i = 0; i < 500; i++)
        {
            Assert.NotNull(await cache.FindAtDoorAsync(company.Id, default));
            Assert.NotNull(await cache.FindFreshAsync(company.Id, default));
            Assert.Null(await cache.FindAtDoorAsync(nobody, default));
        }

        Assert.InRange(commands.Count, 2, 2 * (1 + (int)watch.Elapsed.TotalSeconds));
    }

    private sealed class CountedCommands : ILoggerFactory, ILogger
    {
        public int Count { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).StartsWith("Batch execution completed", StringComparison.Ordinal)) Count++;
        }

        public void Dispose()
        {
        }
    }
}
