using System.Diagnostics.Metrics;

namespace FleetChat.Core.Monitoring;

/// <summary>
/// What FleetChat counts for whoever watches it. Alerts and the workbook (infra/modules) ask for these names. Tags are words of
/// the code, and few: never a company, a driver, an id or a text, which would cost a series each, and would tell of people.
/// </summary>
public static class FleetMetrics
{
    public const string MeterName = "FleetChat";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("fleetchat.requests", "{request}", "Requests that were answered, by whether that was in time");

    private static readonly Counter<long> Events = Meter.CreateCounter<long>("fleetchat.events.processed", "{event}", "Events that were processed or put aside, by whether that was in time");

    private static readonly Counter<long> Calls = Meter.CreateCounter<long>("fleetchat.whatsapp.calls", "{call}", "Attempts to send, by what WhatsApp answered");

    private static readonly Counter<long> Reports = Meter.CreateCounter<long>("fleetchat.messages.reported", "{message}", "Messages that WhatsApp reported as delivered, or as failed for good");

    private static readonly Counter<long> Invoices = Meter.CreateCounter<long>("fleetchat.invoices.closed", "{invoice}", "Months that were closed, by whether that was in time");

    private static readonly Counter<long> Minutes = Meter.CreateCounter<long>("fleetchat.watch.minutes", "{minute}", "Looks at all work, one a minute, by whether any that was due waited too long");

    private static readonly Gauge<double> OldestWork = Meter.CreateGauge<double>("fleetchat.work.oldest", "s", "How long the oldest work of a stage has been due");

    private static readonly Gauge<long> ParkedEvents = Meter.CreateGauge<long>("fleetchat.events.parked", "{event}", "Events that were put aside and wait for people");

    private static readonly Gauge<long> PlatformAlerts = Meter.CreateGauge<long>("fleetchat.platform.alerts", "{alert}", "Alerts about the platform that were raised within the last hour");

    private static readonly Gauge<long> LateInvoices = Meter.CreateGauge<long>("fleetchat.invoices.late", "{invoice}", "Months that should be closed and are not");

    /// <param name="kind"><c>webhook</c> or <c>api</c>.</param>
    /// <param name="function">Its name, as the code has it.</param>
    public static void CountRequest(string kind, string function, string result) => Requests.Add(1, new("kind", kind), new("function", function), new("result", result));

    public static void CountEvent(string source, string result) => Events.Add(1, new("source", source), new("result", result));

    /// <param name="result"><c>accepted</c>, or how it failed.</param>
    /// <param name="error">WhatsApp's error code; 0 for none.</param>
    public static void CountCall(string result, int error) => Calls.Add(1, new("result", result), new("error", error));

    /// <param name="error">WhatsApp's error code; 0 for none.</param>
    public static void CountReport(string result, int error) => Reports.Add(1, new("result", result), new("error", error));

    public static void CountInvoice(string result) => Invoices.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <summary>What a look at the platform found. Nothing is told of what it did not look at, so that silence is seen as silence.</summary>
    internal static void Tell(PlatformState state)
    {
        foreach (var (stage, age) in state.OldestWork)
        {
            OldestWork.Record(age.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));
            Minutes.Add(1, new("stage", stage), new("result", Promises.Judge(age, Promises.WorkBegun)));
        }
        ParkedEvents.Record(state.ParkedEvents);
        LateInvoices.Record(state.LateInvoices);
        foreach (var alert in state.Alerts) PlatformAlerts.Record(alert.Count, new("code", alert.Code), new("severity", alert.Severity));
    }
}
