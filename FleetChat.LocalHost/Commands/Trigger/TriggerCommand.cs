using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Trigger;

/// <summary>An event of Samsara's to the running host, by the same door and with the same signature as Samsara's own.</summary>
internal static class TriggerCommand
{
    /// <returns>Whether the host took every copy.</returns>
    /// <exception cref="StartRefusedException">It can't be sent: with what to do.</exception>
    public static async Task<bool> RunAsync(TriggerOptions options, IAnsiConsole console, CancellationToken ct)
    {
        if (options is { Event: null, File: null })
        {
            List(options, console);
            return true;
        }
        return await RunAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console, ct);
    }

    /// <param name="found">Where the host and its secrets are.</param>
    internal static async Task<bool> RunAsync(TriggerOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
    {
        await using var views = found.Open();
        using var door = new HostDoor(options.Port is { } port ? Sim.FoundSimulators.Loopback(port) : found.Host ?? Sim.FoundSimulators.Loopback(new UpOptions().Port), found.HowToStart);
        var now = await door.ReadClockAsync(ct);
        var tenant = await Looking.AtAsync(() => TriggeredTenant.FindAsync(views, found.SecretsFolder, options.Tenant, ct));
        var time = options.Time ?? now - options.Ago;
        var about = await Looking.AtAsync(() => TriggeredSubject.FindAsync(tenant, options, time, ct));
        var delivery = await TriggeredDelivery.MakeAsync(options, tenant, about, ct);

        await Task.Delay(options.Delay, ct);
        // Signed when it is sent, as Samsara does it, whatever time the event tells.
        var answers = await door.PostAsync(tenant, delivery, now + options.Delay, options.Copies, ct);
        Show(options, tenant, delivery, answers, console);
        return answers.All(answer => answer is >= 200 and < 300);
    }

    private static void Show(TriggerOptions options, TriggeredTenant tenant, TriggeredDelivery delivery, IReadOnlyList<int> answers, IAnsiConsole console)
    {
        if (options.Json)
        {
            Output.WriteJson(new { Tenant = tenant.Id.Value, delivery.EventType, delivery.EventId, Answers = answers, Body = delivery.Envelope });
            return;
        }
        Output.Widen(console);
        console.WriteLine($"{delivery.EventType} {delivery.EventId} to {tenant.Id}: {string.Join(", ", answers.Select(Text))}");
    }

    private static string Text(int status) => status switch
    {
        >= 200 and < 300 => "taken",
        401 => "401, refused: the host knows another secret, or doesn't take this tenant's events",
        _ => $"{status}, refused",
    };

    private static void List(TriggerOptions options, IAnsiConsole console)
    {
        if (options.Json)
        {
            Output.WriteJson(new { SamsaraSamples.Events, Alerts = SamsaraIncidents.Conditions, SamsaraIncidents.LegacyOnly });
            return;
        }
        var table = Output.Table("Event", "Means");
        foreach (var sample in SamsaraSamples.Events) table.AddRow(sample.EventType, sample.Means);
        table.AddRow(SamsaraEnvelope.Alert, "an alert in the old envelope 1.0").AddRow(SamsaraEnvelope.Ping, "Samsara's test of a webhook");
        Output.Write(console, table);
        console.WriteLine($"Conditions of AlertIncident and Alert (--condition): {string.Join(", ", SamsaraIncidents.Conditions.Select(condition => condition.Name))}");
    }
}
