using System.Net;
using FleetChat.LocalHost.Postgres;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>Postgres goes away, refuses connections, or cannot write.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Messages_and_timers_survive_a_restart_of_Postgres_and_run_once()
    {
        await using var cluster = await PostgresCluster.StartTemporaryAsync("restarts", CancellationToken.None);
        var log = new RuntimeLog();
        await using var one = await StartAsync(cluster.AdminConnectionString, log, "one");
        await using var two = await StartAsync(cluster.AdminConnectionString, log, "two");
        using (var put = await one.Http.PostAsync("put", new StringContent("hold:a\nhold:b"))) Assert.Equal(HttpStatusCode.Accepted, put.StatusCode);
        await Until.TrueAsync(() => log.Of("Work").Count == 2, because: "both to begin");

        await ClusterRestart.RestartAsync(cluster);
        log.Open("a");
        log.Open("b");
        using (var put = await two.Http.PostAsync("put", new StringContent("later"))) Assert.Equal(HttpStatusCode.Accepted, put.StatusCode);

        await Until.TrueAsync(() => log.Of("Worked").Count == 3, because: "all to be worked on");
        await two.Server.WaitUntilIdleAsync(CancellationToken.None);
        Assert.Equal(["hold:a 1", "hold:b 1", "later 1"], log.Of("Work").Select(w => w[..w.LastIndexOf(' ')]).Order());
        var sweeps = log.Of("Sweep").Count;
        await Until.TrueAsync(() => log.Of("Sweep").Count > sweeps, because: "the timer to go on");
        Assert.Equal(log.Of("Sweep").Distinct(), log.Of("Sweep"));
    }

    [Fact]
    public async Task Without_connections_the_host_waits_longer_and_longer_and_goes_on_when_there_are_some()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var errors = new ErrorCount();
        var host = await app.StartHostAsync("one", change: builder => builder.Services.AddSingleton<ILoggerProvider>(errors));
        using var put = await host.Http.PostAsync("put", new StringContent("hold:door"));
        await Until.TrueAsync(() => app.Log.Of("Work").Count == 1, because: "the message to begin");

        await AllowConnectionsAsync(app, 0);
        app.Log.Open("door");
        using var refused = await host.Http.PostAsync("put", new StringContent("lost"));
        var failures = errors.Count;
        await AllowConnectionsAsync(app, -1);

        // The output was tried for three seconds.
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.InRange(failures, 1, 60);
        await Until.TrueAsync(async () => await app.CountMessagesAsync("work") == 0, because: "the message to be deleted");
        Assert.Equal(["hold:door 1 one"], app.Log.Of("Work"));
    }

    [Fact]
    public async Task When_the_disk_is_full_the_caller_gets_500_and_the_host_goes_on_when_there_is_room()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var errors = new ErrorCount();
        var host = await app.StartHostAsync("one", change: builder => builder.Services.AddSingleton<ILoggerProvider>(errors));
        using var put = await host.Http.PostAsync("put", new StringContent("hold:door"));
        await Until.TrueAsync(() => app.Log.Of("Work").Count == 1, because: "the message to begin");

        await app.Database.ExecuteAsAdminAsync("""
            create function localhost.refuse() returns trigger language plpgsql as
            $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
            create trigger disk_full before insert or update or delete on localhost.queue_messages for each statement execute function localhost.refuse()
            """);
        app.Log.Open("door");
        using var refused = await host.Http.PostAsync("put", new StringContent("lost"));
        var failures = errors.Count;
        await app.Database.ExecuteAsAdminAsync("drop trigger disk_full on localhost.queue_messages");

        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.InRange(failures, 1, 60);
        await Until.TrueAsync(async () => await app.CountMessagesAsync("work") == 0, because: "the message to be deleted");
        Assert.Equal(["hold:door 1 one"], app.Log.Of("Work"));
    }

    private static Task<RuntimeHost> StartAsync(string postgres, RuntimeLog log, string name)
        => RuntimeHost.StartAsync(postgres, typeof(RuntimeFunctions).Assembly, builder => RuntimeApp.Configure(builder, log, name));

    /// <summary>What the server says then, 53300, it also says when it has given all its connections away.</summary>
    private static Task AllowConnectionsAsync(RuntimeApp app, int connections) => app.Database.ExecuteAsAdminAsync(
        $"""
        alter database {app.Database.Name} connection limit {connections};
        select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        """);

    private sealed class ErrorCount : ILoggerProvider, ILogger
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Interlocked.Increment(ref _count);
        }

        public void Dispose()
        {
        }
    }
}
