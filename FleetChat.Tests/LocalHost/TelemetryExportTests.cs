using System.Collections.Concurrent;
using System.Text;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FleetChat.Tests.LocalHost;

public sealed class TelemetryExportTests
{
    [Fact]
    public async Task Spans_and_metrics_go_to_the_collector_that_is_named()
    {
        await using var collector = await Collector.StartAsync();
        using var host = Build(("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_SERVICE_NAME", "fleet-under-test"));
        await host.StartAsync();

        using (RuntimeTelemetry.Source.StartActivity("a call of this test")) { }
        RuntimeTelemetry.Invocations.Add(1);
        await host.StopAsync();
        host.Dispose(); // The last ones are sent at the end.

        await Until.TrueAsync(() => collector.Received("/v1/traces", "a call of this test") && collector.Received("/v1/traces", "fleet-under-test"), because: "the span");
        await Until.TrueAsync(() => collector.Received("/v1/metrics", "faas.invocations"), because: "the metric");
    }

    [Fact]
    public void Without_a_collector_nothing_is_set_up()
    {
        var services = new ServiceCollection();

        TelemetryExport.AddTo(services, new ConfigurationBuilder().Build());

        Assert.Empty(services);
    }

    private static IHost Build(params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
        TelemetryExport.AddTo(builder.Services, builder.Configuration);
        return builder.Build();
    }

    /// <summary>Takes what an exporter sends, and can look for words in it: Protobuf writes text as it is.</summary>
    private sealed class Collector(WebApplication app) : IAsyncDisposable
    {
        private readonly ConcurrentQueue<(string Path, string Body)> _received = new();

        public string Address => app.Urls.First();

        public static async Task<Collector> StartAsync()
        {
            var app = WebApplication.CreateSlimBuilder().Build();
            var collector = new Collector(app);
            app.Urls.Add("http://127.0.0.1:0");
            app.Run(collector.TakeAsync);
            await app.StartAsync();
            return collector;
        }

        public bool Received(string path, string words) => _received.Any(r => r.Path == path && r.Body.Contains(words, StringComparison.Ordinal));

        public async ValueTask DisposeAsync() => await app.DisposeAsync();

        private async Task TakeAsync(HttpContext http)
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            _received.Enqueue((http.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
        }
    }
}
