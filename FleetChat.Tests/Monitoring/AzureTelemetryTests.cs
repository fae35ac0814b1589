using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using FleetChat.Core.Monitoring;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;

namespace FleetChat.Tests.Monitoring;

/// <summary>What reaches Application Insights, at a stand-in for its door.</summary>
public sealed class AzureTelemetryTests
{
    private const string Worker = "Microsoft.Azure.Functions.Worker";

    [Fact]
    public async Task Of_traces_that_are_not_in_the_share_errors_and_money_are_kept_all_the_same()
    {
        await using var store = await Ingestion.StartAsync();
        using var host = Build(store, share: "0");
        await host.StartAsync();
        using var source = new ActivitySource(Worker);

        using (source.StartActivity("an ordinary span of this test")) { }
        using (var failed = source.StartActivity("a failed span of this test")) SpanMarks.SetFailed(failed);
        using (var call = source.StartActivity("a call that failed in this test")) call?.SetTag("error.type", "500");
        using (var money = source.StartActivity("a span about money of this test"))
        {
            SpanMarks.SetMoney(money);
            using (source.StartActivity("a span below money of this test")) { }
        }
        await host.StopAsync();
        host.Dispose(); // The last ones are sent at the end.

        foreach (var kept in new[] { "a failed span of this test", "a call that failed in this test", "a span about money of this test", "a span below money of this test" })
            await Until.TrueAsync(() => store.CountOf(kept) == 1, because: kept);
        Assert.Equal(0, store.CountOf("an ordinary span of this test"));
    }

    [Fact]
    public async Task Traces_in_the_share_are_kept()
    {
        await using var store = await Ingestion.StartAsync();
        using var host = Build(store, share: "1");
        await host.StartAsync();
        using var source = new ActivitySource(Worker);

        using (source.StartActivity("a chosen span of this test")) { }
        await host.StopAsync();
        host.Dispose();

        await Until.TrueAsync(() => store.CountOf("a chosen span of this test") == 1, because: "the span");
    }

    // Else nobody would hear that the watch has fallen silent.
    [Fact]
    public async Task Metrics_are_sent_under_their_names_and_what_is_not_told_anew_is_not_sent_anew()
    {
        await using var store = await Ingestion.StartAsync();
        using var host = Build(store, share: "0");
        await host.StartAsync();
        var meters = host.Services.GetRequiredService<MeterProvider>();

        FleetMetrics.Tell(new(new Dictionary<string, TimeSpan> { ["stage_of_this_test"] = TimeSpan.FromSeconds(7) }, 0, [], 0));
        Assert.True(meters.ForceFlush());
        await Until.TrueAsync(() => store.CountOf("fleetchat.work.oldest") > 0 && store.CountOf("\"stage_of_this_test\"") > 0, because: "the metric");
        var first = store.CountOf("\"stage_of_this_test\"");
        Assert.True(meters.ForceFlush());
        FleetMetrics.Tell(new(new Dictionary<string, TimeSpan> { ["next_stage_of_this_test"] = TimeSpan.Zero }, 0, [], 0));
        Assert.True(meters.ForceFlush());
        await Until.TrueAsync(() => store.CountOf("\"next_stage_of_this_test\"") > 0, because: "what came after it");

        Assert.Equal(first, store.CountOf("\"stage_of_this_test\""));
    }

    [Fact]
    public void Without_a_store_nothing_is_set_up()
    {
        var services = new ServiceCollection();

        services.AddAzureTelemetry(new ConfigurationBuilder().Build());

        Assert.Empty(services);
    }

    private static IHost Build(Ingestion store, string share)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(
        [
            new("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint={store.Address}/"),
            new("OTEL_TRACES_SAMPLER_ARG", share),
        ]);
        builder.Services.AddAzureTelemetry(builder.Configuration);
        return builder.Build();
    }

    private sealed class Ingestion(WebApplication app) : IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> _received = new();

        public string Address => app.Urls.First();

        public static async Task<Ingestion> StartAsync()
        {
            var app = WebApplication.CreateSlimBuilder().Build();
            var store = new Ingestion(app);
            app.Urls.Add("http://127.0.0.1:0");
            app.Run(store.TakeAsync);
            await app.StartAsync();
            return store;
        }

        public int CountOf(string words) => _received.Sum(body => body.Split(words).Length - 1);

        public async ValueTask DisposeAsync() => await app.DisposeAsync();

        private async Task TakeAsync(HttpContext http)
        {
            await using var plain = http.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(http.Request.Body, CompressionMode.Decompress) : http.Request.Body;
            using var reader = new StreamReader(plain, Encoding.UTF8);
            _received.Enqueue(await reader.ReadToEndAsync());
            await http.Response.WriteAsJsonAsync(new { itemsReceived = 1, itemsAccepted = 1, errors = Array.Empty<string>() });
        }
    }
}
