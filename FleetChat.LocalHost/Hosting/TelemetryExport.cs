using System.Diagnostics;
using FleetChat.Core.Monitoring;
using FleetChat.LocalRuntime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FleetChat.LocalHost.Hosting;

/// <summary>Sends traces and metrics to an OpenTelemetry collector, when one is named as OpenTelemetry names it; else nothing is set up.</summary>
internal static class TelemetryExport
{
    /// <summary>The standard variable; its sisters (…_PROTOCOL, …_HEADERS, OTEL_SERVICE_NAME) are read by the exporter itself.</summary>
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTo(IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrWhiteSpace(configuration[Endpoint])) return;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(configuration["OTEL_SERVICE_NAME"] ?? "fleetchat"))
            .WithTracing(tracing => tracing
                .AddSource([.. RuntimeTelemetry.Sources])
                .AddNpgsql()
                .SetSampler(new ParentBasedSampler(new OnlyCalls()))
                .AddOtlpExporter())
            .WithMetrics(metrics => metrics
                .AddMeter([.. RuntimeTelemetry.Meters, FleetMetrics.MeterName])
                .AddNpgsqlInstrumentation()
                .AddOtlpExporter());
    }

    /// <summary>A trace begins with a call, a message or a timer. The runtime's own looks into the database, several a second, would drown them.</summary>
    private sealed class OnlyCalls : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
            => new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }
}
