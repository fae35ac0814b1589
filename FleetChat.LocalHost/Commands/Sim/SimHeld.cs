using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Sim;

/// <summary>Webhooks that wait until they are let go, in another order if wanted.</summary>
internal static class SimHeld
{
    public static async Task HoldAsync(FoundSimulators found, SimOptions options, IAnsiConsole console, CancellationToken ct)
    {
        if (found.Samsara is { } samsara) await samsara.HoldAsync(ct);
        if (found.WhatsApp is { } whatsApp) await whatsApp.HoldAsync(ct);
        if (options.Json) Output.WriteJson(new { Held = true });
        else console.WriteLine("Webhooks are held from now on. 'sim release' lets them go.");
    }

    public static async Task ReleaseAsync(FoundSimulators found, SimOptions options, IAnsiConsole console, CancellationToken ct)
    {
        int? samsara = found.Samsara is { } one ? await one.ReleaseAsync(options.Order, ct) : null;
        int? whatsApp = found.WhatsApp is { } other ? await other.ReleaseAsync(new(options.Order, options.OnePost), ct) : null;
        if (options.Json) Output.WriteJson(new { Samsara = samsara, Whatsapp = whatsApp });
        else console.WriteLine($"Let go: {samsara ?? 0} of Samsara, {whatsApp ?? 0} of WhatsApp.");
    }
}
