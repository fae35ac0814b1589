using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.LocalHost.Commands;

namespace FleetChat.LocalHost.Doctor;

/// <summary>Events and messages that rest although they should not: ids and numbers, never what they are about.</summary>
internal static class WorkChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("inbox.parked", Need.Fleet, ParkedAsync),
        new("inbox.late", Need.Fleet, LateEventsAsync),
        new("outbox.late", Need.Fleet, LateMessagesAsync),
        new("lanes.forgotten", Need.Fleet, LanesAsync),
        new("alerts.platform", Need.Fleet, AlertsAsync),
    ];

    private static async Task<Finding> ParkedAsync(Examined examined, CancellationToken ct)
    {
        var parked = await Work(examined).ListParkedAsync(ct);
        return parked.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"events put aside: {Listed(parked)}", "Each failed five times; the driver or the transport never learnt of it.", "'replay' lists them with their reasons. Mend the cause, see with 'replay --dry-run' whether that is enough, and give them back with 'replay --tenant T --all'.");
    }

    private static async Task<Finding> LateEventsAsync(Examined examined, CancellationToken ct)
    {
        var late = await Work(examined).ListLateEventsAsync(await ClockChecks.BusinessNowAsync(examined, ct) - examined.Limits.Work, ct);
        return late.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"events not processed in time: {Listed(late)}", "Drivers are told late.", "See that a host lives and its queues move; its log tells what fails.");
    }

    private static async Task<Finding> LateMessagesAsync(Examined examined, CancellationToken ct)
    {
        var late = await Work(examined).ListLateMessagesAsync(await ClockChecks.BusinessNowAsync(examined, ct) - examined.Limits.Work, ct);
        return late.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"messages not sent in time: {Listed(late)}", "WhatsApp does not take them, or nobody sends.", "GET /api/alerts of the company tells what WhatsApp refuses; else see that a host lives.");
    }

    private static async Task<Finding> LanesAsync(Examined examined, CancellationToken ct)
    {
        var lanes = await Work(examined).ListForgottenLanesAsync(examined.Limits.Flag, ct);
        return lanes.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning(
                $"flags that nobody takes down: {string.Join(", ", lanes.Take(10).Select(lane => $"{lane.TenantId} {lane.Stage} {lane.Lane} for {Ages.Text(lane.FlagAge)}"))}",
                "Their nudge was lost or fails; the sweep sends another as long as there is work.", "See that a host lives and that 'queues' shows no poison.");
    }

    private static async Task<Finding> AlertsAsync(Examined examined, CancellationToken ct)
    {
        var alerts = await Work(examined).ListPlatformAlertsAsync(ct);
        return alerts.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"open: {string.Join(", ", alerts.Select(alert => $"{alert.Code} ({alert.Count}, last {Ages.Moment(alert.LastAt)})"))}", "What concerns the platform as a whole waits for its people.", $"{AlertCatalog.WhatToDo(alerts[0].Code)} {AlertRunbooks.PageOf(alerts[0].Code)} says more.");
    }

    private static FindStuckWork Work(Examined examined) => new(new SystemDb(examined.Views!.System));

    private static string Listed(IEnumerable<StuckWork> work) => string.Join(", ", work.Select(w => $"{w.TenantId} {w.Count} since {Ages.Moment(w.Since)}"));
}
