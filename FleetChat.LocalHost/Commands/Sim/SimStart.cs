using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators;

namespace FleetChat.LocalHost.Commands.Sim;

/// <summary>The simulators as a process of their own: they outlive the host, and 'up --simulators' uses them.</summary>
internal static class SimStart
{
    /// <exception cref="StartRefusedException">A port or the journal is taken.</exception>
    public static async Task RunAsync(SimOptions options, CancellationToken end)
    {
        var port = options.Port ?? new UpOptions().Port + 1;
        await using var running = await StartAsync(options, port, end);
        if (options.Json) Output.WriteJson(new { running.Samsara, Whatsapp = running.WhatsApp, running.Stripe, options.Journal });
        else Print(running, options, port);
        await Task.Delay(Timeout.Infinite, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <exception cref="StartRefusedException">A port or the journal is taken.</exception>
    public static async Task<RunningSimulators> StartAsync(SimOptions options, int port, CancellationToken ct)
    {
        try
        {
            return await RunningSimulators.StartAsync(new(options.Of != "whatsapp", options.Of != "samsara", Stripe: options.Of is null)
            {
                StripeUrl = Bound(port + 2),
                StripeWebhook = new(new(FoundSimulators.Loopback(port - 1), "/api/stripe/webhook"), LocalHostSettings.StripeSecret),
                SamsaraUrl = Bound(port),
                WhatsAppUrl = Bound(port + 1),
                Journal = options.Journal,
                // Real time until a host is there.
                Clock = options.Clock ?? new(FoundSimulators.Loopback(port - 1), LocalHostApp.ClockPath),
                Seed = options.Seed,
            }, ct);
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new StartRefusedException($"{taken.Message} Choose another port with --port: WhatsApp and Stripe take the next two.", taken);
        }
        catch (Exception unusable) when (options.Journal is not null && unusable is IOException or UnauthorizedAccessException or InvalidDataException or System.Text.Json.JsonException)
        {
            throw new StartRefusedException($"The journal '{options.Journal}' can't be used: {unusable.Message}", unusable);
        }
    }

    private static void Print(RunningSimulators running, SimOptions options, int port)
    {
        if (running.Samsara is { } samsara) Console.WriteLine($"Samsara, simulated   {samsara}");
        if (running.WhatsApp is { } whatsApp) Console.WriteLine($"WhatsApp, simulated  {whatsApp}");
        if (running.Stripe is { } stripe) Console.WriteLine($"Stripe, simulated    {stripe}");
        Console.WriteLine($"Journal              {options.Journal ?? "in memory: --journal FILE keeps it"}");
        Console.WriteLine($"""

            Let FleetChat use them:  up --simulators {port}
            Look and interfere:      sim list, sim faults on --seed 7, sim journal --follow{(options.Port is null ? "" : $" (each with --port {port})")}
            Ctrl-C stops them, and what they know is gone; the journal stays.
            """);
    }

    private static string Bound(int port) => FoundSimulators.Loopback(port).GetLeftPart(UriPartial.Authority);
}
