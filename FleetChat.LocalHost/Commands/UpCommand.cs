using FleetChat.LocalHost.Hosting;
using FleetChat.LocalHost.Postgres;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

internal sealed record UpOptions
{
    public int Port { get; init; } = 7071;

    public string Folder { get; init; } = Path.GetDirectoryName(PostgresCluster.DefaultFolder)!;
}

/// <summary>FleetChat with everything around it, until it is stopped.</summary>
internal static class UpCommand
{
    public static async Task RunAsync(UpOptions options, CancellationToken end)
    {
        var (url, samsaraUrl, whatsAppUrl) = (Loopback(options.Port), Loopback(options.Port + 1), Loopback(options.Port + 2));
        await using var installation = await Installation.OpenAsync(options.Folder, end);
        installation.Announce(url);
        var settings = installation.Settings(url, whatsAppUrl);
        using var clock = new Simulators.Hosting.HostClock(new(url, LocalHostApp.ClockPath));
        await using var samsara = await StartAsync(() => SamsaraSimulator.StartAsync(new() { Clock = clock, Url = Bound(samsaraUrl) }));
        await using var whatsApp = await StartAsync(() => WhatsAppSimulator.StartAsync(
            new() { Clock = clock, Url = Bound(whatsAppUrl), Settings = new(AppSecret: settings.AppSecret) }));
        await using var app = await LocalHostApp.StartAsync(settings, end);

        var sample = new SampleCompany(installation.Secrets, samsara.Control, whatsApp.Control);
        Print(settings, samsara.Address, whatsApp.Address, options.Folder, await sample.EnterAsync(settings, end));
        await Task.Delay(Timeout.Infinite, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        AnsiConsole.WriteLine("Stopping.");
    }

    private static void Print(LocalHostSettings settings, Uri samsara, Uri whatsApp, string folder, SampleAccess? sample)
    {
        var table = new Table().NoBorder().HideHeaders().AddColumn("").AddColumn("");
        table.AddRow("FleetChat", $"[bold]{settings.Url}[/]").AddRow("Samsara, simulated", samsara.ToString()).AddRow("WhatsApp, simulated", whatsApp.ToString()).AddRow("Data", Markup.Escape(folder));
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine();
        if (sample is null)
        {
            AnsiConsole.WriteLine("This database holds companies of your own: use their keys.");
        }
        else
        {
            var (key, company) = sample;
            var trip = company.Drivers[0].Trip;
            // Written plainly, so that a line can be copied whatever the width of the terminal.
            Console.WriteLine($"""
                A sample company is set up. Its API key:
                  {key}

                Look at its drivers:
                  curl -H "Authorization: Bearer {key}" {settings.Url}api/drivers
                Let its truck reach the first stop, and read the driver's chat:
                  curl -d {"'{}'"} -H "Content-Type: application/json" {samsara}_sim/orgs/{company.OrgId}/routes/{trip.RouteId}/stops/{trip.Stops[0].Id}/arrive
                  curl {whatsApp}_sim/chats
                """);
        }
        Console.WriteLine("\nCtrl-C stops everything.");
    }

    private static Uri Loopback(int port) => new UriBuilder("http", "127.0.0.1", port).Uri;

    private static string Bound(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private static async Task<T> StartAsync<T>(Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new StartRefusedException($"{taken.Message} Choose another port with --port.", taken);
        }
    }
}
