using FleetChat.LocalRuntime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FleetChat.Benchmarks.Http;

/// <summary>What a function costs over the web server that it runs on.</summary>
internal static class HttpBenchmark
{
    private static readonly Option Seconds = new("seconds", 5, "length of each window");
    private static readonly Option WarmUp = new("warm-up", 2, "seconds before each window");
    private static readonly Option Rounds = new("rounds", 3, "how often the contenders take turns");
    private static readonly Option Clients = new("clients", 16, "connections, each with one request at a time");

    public static Verb Verb { get; } = new(
        "http",
        "An empty function, and one that puts a message on a queue (that nobody reads, or that\na function reads), against a bare Kestrel endpoint.",
        [Seconds, WarmUp, Rounds, Clients],
        MeasureAsync);

    private static async Task MeasureAsync(Run run, CancellationToken ct)
    {
        await using var postgres = await BenchmarkPostgres.StartAsync(ct);
        var cpu = new CpuWatch(postgres);
        await using var bare = await StartBareAsync(ct);
        using var functions = StartFunctions(await postgres.CreateDatabaseAsync("functions", ct));
        await functions.StartAsync(ct);
        var address = functions.Services.GetRequiredService<LocalRuntimeServer>().Address;

        Contender[] contenders =
        [
            new("bare", new Uri(new Uri(bare.Urls.First()), "empty")),
            new("empty", new Uri(address, "empty")),
            new("queued", new Uri(address, "queued")),
            new("queued_and_read", new Uri(address, "queued-and-read")),
        ];
        for (var round = 1; round <= run.Count(Rounds); round++)
        {
            foreach (var contender in contenders) await LoadAsync(run, round, contender, ct);
        }

        await functions.StopAsync(ct);
        Report(run, contenders);
        cpu.ReportOthers(run);
    }

    private static async Task LoadAsync(Run run, int round, Contender contender, CancellationToken ct)
    {
        var connections = Enumerable.Range(0, run.Count(Clients)).Select(_ => new RawConnection(contender.Address)).ToList();
        try
        {
            await ClosedLoop.RunAsync(connections.Count, run.Seconds(WarmUp), run.Seconds(Seconds), contender.Window, CallAsync, ct);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }

        run.Say($"round {round}, {contender.Name}: {contender.Window.PerSecond:#,##0} requests/s so far");

        async Task CallAsync(int client)
        {
            var begun = TimeProvider.System.GetTimestamp();
            await connections[client].GetAsync();
            contender.Window.Took(TimeProvider.System.GetElapsedTime(begun));
            contender.Window.Count();
        }
    }

    private static void Report(Run run, Contender[] contenders)
    {
        var bare = contenders[0];
        foreach (var contender in contenders)
        {
            run.Report($"{contender.Name}_requests_per_second", contender.Window.PerSecond, "requests/s");
            if (contender != bare) run.Report($"{contender.Name}_ratio_to_bare", contender.Window.PerSecond / bare.Window.PerSecond, "x bare Kestrel");
            contender.Window.ReportLatency(run, contender.Name);
        }
    }

    private static async Task<WebApplication> StartBareAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--urls", "http://127.0.0.1:0"] });
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/empty", () => TypedResults.Ok());
        await app.StartAsync(ct);
        return app;
    }

    private static IHost StartFunctions(string database)
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.UseLocalRuntime(options =>
        {
            options.Postgres = database;
            options.Url = "http://127.0.0.1:0";
            options.FunctionsAssembly = typeof(HttpFunctions).Assembly;
        });
        return builder.Build();
    }

    private sealed record Contender(string Name, Uri Address)
    {
        public Window Window { get; } = new();
    }
}
