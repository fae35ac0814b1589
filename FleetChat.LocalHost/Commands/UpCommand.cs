using FleetChat.Core.Data;
using FleetChat.Core.Restores;
using FleetChat.LocalHost.Commands.Sim;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalHost.Postgres;
using FleetChat.Simulators;
using FleetChat.Simulators.OpenId;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

internal sealed record UpOptions
{
    public int Port { get; init; } = 7071;

    /// <summary>Samsara's port of simulators that run already; null: own ones.</summary>
    public int? Simulators { get; init; }

    public string Folder { get; init; } = Path.GetDirectoryName(PostgresCluster.DefaultFolder)!;
}

/// <summary>FleetChat with everything around it, until it is stopped.</summary>
internal static class UpCommand
{
    public static async Task RunAsync(UpOptions options, CancellationToken end)
    {
        var url = FoundSimulators.Loopback(options.Port);
        await using var installation = await Installation.OpenAsync(options.Folder, end);
        installation.Announce(url);
        var firstPort = options.Simulators ?? options.Port + 1;
        var settings = installation.Settings(url, FoundSimulators.Loopback(firstPort + 1)) with { StripeBaseUrl = FoundSimulators.Loopback(firstPort + 2) };
        await using var own = options.Simulators is null ? await SimStart.StartAsync(new() { Clock = new(url, LocalHostApp.ClockPath) }, firstPort, CancellationToken.None) : null;
        using var simulators = await FoundSimulators.InAsync(new() { Port = firstPort }, end);
        var (samsara, whatsApp) = (Needed(simulators.Samsara), Needed(simulators.WhatsApp));
        await whatsApp.ChangeSettingsAsync(await whatsApp.SettingsAsync(end) with { AppSecret = settings.AppSecret }, end);
        var sample = new SampleCompany(installation.Secrets, samsara, whatsApp);
        await using var issuer = await IssuerSimulator.StartAsync();
        if (!await sample.IsInAsync(end)) settings = settings with { SamsaraBaseUrl = samsara.Address, Issuer = issuer.Issuer };
        await using var app = await LocalHostApp.StartAsync(settings, end);

        if (await FindOpenRestoreAsync(settings, end) is { } restoredTo)
            AnsiConsole.WriteLine($"A restore to {Ages.Moment(restoredTo)} is open, and nothing is sent: 'restore status' says what it waits for.");
        Print(settings, samsara.Address, whatsApp.Address, options.Folder, await sample.EnterAsync(settings, issuer, end));
        await Task.Delay(Timeout.Infinite, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        AnsiConsole.WriteLine("Stopping.");
    }

    private static async Task<DateTimeOffset?> FindOpenRestoreAsync(LocalHostSettings settings, CancellationToken ct)
    {
        await using var core = SetUpServices.Create(settings, TimeProvider.System);
        return await new FindOpenRestore(core.GetRequiredService<SystemDb>()).HandleAsync(ct);
    }

    private static void Print(LocalHostSettings settings, Uri samsara, Uri whatsApp, string folder, SampleAccess? sample)
    {
        var table = new Table().NoBorder().HideHeaders().AddColumn("").AddColumn("");
        table.AddRow("FleetChat", $"[bold]{settings.Url}[/]").AddRow("Its API, to read", $"{settings.Url}api/docs").AddRow("Samsara, simulated", samsara.ToString()).AddRow("WhatsApp, simulated", whatsApp.ToString()).AddRow("Stripe, simulated", settings.StripeBaseUrl!.ToString()).AddRow("Data", Markup.Escape(folder));
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
                A sample company is set up, {company.Tenant}. Its API key:
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

    private static T Needed<T>(T? control)
        where T : class => control ?? throw new StartRefusedException("Only one of the two simulators runs there: 'up' needs both.");
}
