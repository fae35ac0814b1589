using System.Data.Common;
using System.Diagnostics;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FleetChat.Core.Monitoring;

/// <summary>
/// Sends metrics and spans to Application Insights, where one is named as Azure names it; else nothing is set up. What is logged,
/// and the requests themselves, are told by the Functions host: host.json says how much of them.
/// </summary>
public static class AzureTelemetry
{
    private const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>How the host signs in there, and we with it: <c>Authorization=AAD;ClientId=...</c>.</summary>
    private const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>OpenTelemetry's own name for the share of traces that is kept.</summary>
    private const string Share = "OTEL_TRACES_SAMPLER_ARG";

    private const double UsualShare = 0.1;

    /// <summary>The worker's invocations, orchestrations, and calls to the outside.</summary>
    private static readonly string[] Sources = ["Microsoft.Azure.Functions.Worker", "Microsoft.DurableTask", "System.Net.Http"];

    public static IServiceCollection AddAzureTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrWhiteSpace(configuration[ConnectionString])) return services;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(configuration["WEBSITE_SITE_NAME"] ?? "fleetchat"))
            .WithTracing(tracing => tracing
                .AddSource(Sources)
                // Before the exporter, which asks what this has decided; the exporter brings a sampler of its own, so ours comes last.
                .AddProcessor<KeptSpans>()
                .AddAzureMonitorTraceExporter(exporter => Configure(exporter, configuration))
                .SetSampler(new ShareOfTraces(configuration.GetValue(Share, UsualShare))))
            .WithMetrics(metrics => metrics
                .AddMeter(FleetMetrics.MeterName)
                .AddAzureMonitorMetricExporter(exporter => Configure(exporter, configuration)));
        return services;
    }

    // The host tells what these two would tell a second time.
    private static void Configure(AzureMonitorExporterOptions exporter, IConfiguration configuration)
    {
        exporter.ConnectionString = configuration[ConnectionString];
        exporter.EnableLiveMetrics = false;
        exporter.EnableStandardMetrics = false;
        exporter.EnablePerformanceCounters = false;
        if (string.IsNullOrWhiteSpace(configuration[Authentication])) return;
        var named = new DbConnectionStringBuilder { ConnectionString = configuration[Authentication] };
        exporter.Credential = named.TryGetValue("ClientId", out var client)
            ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId((string)client))
            : new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned);
    }
}

/// <summary>Keeps a share of the traces, whole; the spans of the others are made all the same, so that <see cref="KeptSpans"/> sees how they end.</summary>
internal sealed class ShareOfTraces(double share) : Sampler
{
    private readonly TraceIdRatioBasedSampler _share = new(share);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
        => _share.ShouldSample(samplingParameters).Decision == SamplingDecision.RecordAndSample ? new(SamplingDecision.RecordAndSample) : new(SamplingDecision.RecordOnly);
}

/// <summary>Keeps what failed and what is about money, whatever the share is.</summary>
internal sealed class KeptSpans : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (IsFailed(data) || SpanMarks.IsAboutMoney(data)) data.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
    }

    private static bool IsFailed(Activity span) => span.Status == ActivityStatusCode.Error || span.GetTagItem("error.type") is not null;
}

/// <summary>What the functions say of their spans.</summary>
public static class SpanMarks
{
    private const string Money = "fleetchat.money";

    /// <summary>Of this span and all below it in this process.</summary>
    public static void SetMoney(Activity? span) => span?.SetTag(Money, true);

    /// <summary>For what was answered as a failure and thrown to nobody. No words: an exception's may hold anything.</summary>
    public static void SetFailed(Activity? span) => span?.SetStatus(ActivityStatusCode.Error);

    internal static bool IsAboutMoney(Activity? span)
    {
        for (; span is not null; span = span.Parent)
            if (span.GetTagItem(Money) is true) return true;
        return false;
    }
}
