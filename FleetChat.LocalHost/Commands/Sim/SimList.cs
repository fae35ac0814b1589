using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Sim;

/// <summary>What the simulators hold.</summary>
internal static class SimList
{
    public static async Task RunAsync(FoundSimulators found, SimOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var samsara = found.Samsara is { } one ? new SamsaraState(one.Address, await one.PendingAsync(ct), (await one.ViewAsync(ct)).Orgs) : null;
        var whatsApp = found.WhatsApp is { } other ? new WhatsAppState(other.Address, await other.PendingAsync(ct), await other.ViewAsync(ct)) : null;
        if (options.Json) Output.WriteJson(new { Samsara = samsara, Whatsapp = whatsApp });
        else Show(samsara, whatsApp, console);
    }

    private static void Show(SamsaraState? samsara, WhatsAppState? whatsApp, IAnsiConsole console)
    {
        if (samsara is not null)
        {
            console.MarkupLineInterpolated($"[bold]Samsara[/] at {samsara.Address}, {samsara.Pending} webhooks under way");
            foreach (var org in samsara.Orgs) Show(org, console);
        }
        if (whatsApp is not null)
        {
            console.MarkupLineInterpolated($"[bold]WhatsApp[/] at {whatsApp.Address}, {whatsApp.Pending} webhooks under way, sent to {whatsApp.There.Callback?.ToString() ?? "nobody yet"}");
            Show(whatsApp.There, console);
        }
    }

    private static void Show(OrgView org, IAnsiConsole console)
    {
        var table = Output.Table("Org", "What", "Id", "Name", "State");
        foreach (var driver in org.Drivers) table.AddRow(Cells(org, "driver", driver.Id, driver.Name, driver.IsActive ? driver.DutyStatus ?? "" : "deactivated"));
        foreach (var vehicle in org.Vehicles) table.AddRow(Cells(org, "vehicle", vehicle.Id, vehicle.Name, vehicle.DriverIds.Count == 0 ? "" : $"driven by {string.Join(", ", vehicle.DriverIds)}"));
        foreach (var route in org.Routes)
        {
            table.AddRow(Cells(org, "route", route.Id, route.Name, route.DriverId is { } driver ? $"driver {driver}" : route.VehicleId is { } vehicle ? $"vehicle {vehicle}" : "unassigned"));
            foreach (var stop in route.Stops) table.AddRow(Cells(org, "  stop", stop.Id, stop.Name, stop.State));
        }
        foreach (var webhook in org.Webhooks) table.AddRow(Cells(org, "webhook", webhook.Id, webhook.Url.ToString(), $"{webhook.EventTypes.Count} event types"));
        Output.Write(console, table);
    }

    private static void Show(WhatsAppView there, IAnsiConsole console)
    {
        var table = Output.Table("What", "Id", "Name", "State");
        foreach (var waba in there.Wabas) table.AddRow(Cells("business account", waba.Id, waba.Name, $"{waba.Templates.Count} templates{(waba.Subscribed ? "" : ", not subscribed")}"));
        foreach (var number in there.Numbers) table.AddRow(Cells("number", number.Id, $"+{number.Phone} {number.VerifiedName}", number.Registered ? "registered" : "not registered"));
        foreach (var user in there.Users) table.AddRow(Cells("person", user.UserId ?? "", $"+{user.Phone} {user.Name}", !user.OnWhatsApp ? "not on WhatsApp" : user.IsOnline ? "" : "offline"));
        Output.Write(console, table);
    }

    private static string[] Cells(OrgView org, params string[] cells) => [Markup.Escape($"{org.Id} {org.Name}"), .. Cells(cells)];

    private static string[] Cells(params string[] cells) => [.. cells.Select(Markup.Escape)];

    private sealed record SamsaraState(Uri Address, int Pending, IReadOnlyList<OrgView> Orgs);

    private sealed record WhatsAppState(Uri Address, int Pending, WhatsAppView There);
}
