using System.Text.Json;
using FleetChat.Simulators.Faults;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Sim;

/// <summary>Trouble at random: begun, ended, or looked at.</summary>
internal static class SimFaults
{
    public static async Task RunAsync(FoundSimulators found, SimOptions options, IAnsiConsole console, CancellationToken ct)
    {
        List<(string Simulator, FaultReport Report)> reports = [];
        if (found.Samsara is { } samsara)
        {
            reports.Add(("samsara", options.Faults switch
            {
                true => await samsara.PlanFaultsAsync(options.ToPlan(), ct),
                false => await samsara.EndFaultsAsync(ct),
                null => await samsara.FaultsAsync(ct),
            }));
        }
        if (found.WhatsApp is { } whatsApp)
        {
            reports.Add(("whatsapp", options.Faults switch
            {
                true => await whatsApp.PlanFaultsAsync(options.ToPlan(), ct),
                false => await whatsApp.EndFaultsAsync(ct),
                null => await whatsApp.FaultsAsync(ct),
            }));
        }
        if (options.Json) Output.WriteJson(reports.ToDictionary(one => one.Simulator, one => one.Report));
        else foreach (var (simulator, report) in reports) console.WriteLine($"{simulator,-9} {Text(report)}");
    }

    private static string Text(FaultReport report)
    {
        if (report.Plan is not { } plan) return "no trouble";
        var calls = Part(plan.Calls, "calls", plan.CallKinds?.Select(kind => kind.ToString()));
        var webhooks = Part(plan.Webhooks, "webhooks", plan.WebhookKinds?.Select(kind => kind.ToString()));
        return $"seed {plan.Seed}: {calls}, {webhooks}{(plan.PathPrefix == "/" ? "" : $", under {plan.PathPrefix}")}; met so far: {report.Calls} calls, {report.Webhooks} webhooks";
    }

    private static string Part(double part, string what, IEnumerable<string>? kinds)
        => FormattableString.Invariant($"{part * 100:0.#} % of {what}{(part == 0 || kinds is null ? "" : $" ({string.Join(", ", kinds.Select(JsonNamingPolicy.SnakeCaseLower.ConvertName))})")}");
}
