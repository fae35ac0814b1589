using FleetChat.Core.Inbox.Replay;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Replay;

internal sealed record ReplayOptions : ViewOptions
{
    /// <summary>Null: all companies; work is given back only to a named one.</summary>
    public string? Tenant { get; init; }

    /// <summary>One item, by its reference, its id or Samsara's.</summary>
    public string? Item { get; init; }

    public bool All { get; init; }

    public bool DryRun { get; init; }

    public bool Gives => !DryRun && (All || Item is not null);

    /// <exception cref="FormatException">Says what is missing.</exception>
    public ReplayOptions Checked() => this switch
    {
        { All: true, Item: not null } => throw new FormatException("'replay' takes --event or --all, not both."),
        { Gives: true, Tenant: null } => throw new FormatException("'replay' gives back to one company at a time: name it with --tenant. --dry-run tries all of them."),
        _ => this,
    };
}

/// <summary>Work that failed too often: lists it, tries it, gives it back.</summary>
internal static class ReplayCommand
{
    private const string Actor = "localhost";

    /// <returns>Whether all that was asked for was given back, or would succeed.</returns>
    /// <exception cref="StartRefusedException">There is no such item or company, or the installation does not run.</exception>
    public static async Task<bool> RunAsync(ReplayOptions options, IAnsiConsole console, CancellationToken ct)
        => await RunAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console, ct);

    /// <param name="found">Where the database and its secrets are.</param>
    internal static async Task<bool> RunAsync(ReplayOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
    {
        await using var views = found.Open();
        var companies = await Looking.AtAsync(() => FoundCompanies.InAsync(views, found.SecretsFolder, ct));
        var items = await Looking.AtAsync(() => ListAsync(companies, options, ct));
        if (options is { DryRun: false, Gives: false })
        {
            ReplayReport.List(items, options.Json, console);
            return true;
        }
        var now = (await Looking.AtAsync(() => new RuntimeInspector(views.LocalRuntime).ReadClockAsync(ct))).Now;
        await using var work = WorkServices.Create(found, now);
        return options.DryRun
            ? ReplayReport.Tried(await Looking.AtAsync(() => TryAsync(work, items, ct)), options.Json, console)
            : ReplayReport.Given(items, await Looking.AtAsync(() => GiveAsync(work, items, ct)), options.Json, console);
    }

    private static async Task<IReadOnlyList<ParkedItem>> ListAsync(FoundCompanies companies, ReplayOptions options, CancellationToken ct)
    {
        var list = new ListParked(companies.Dbs, companies.Keys);
        List<ParkedItem> items = [];
        foreach (var tenant in companies.Named(options.Tenant))
        {
            try
            {
                items.AddRange(await companies.OpenAsync(tenant, () => list.HandleAsync(tenant, ct)));
            }
            catch (StartRefusedException refused) when (options.Tenant is null)
            {
                // A company that is gone with its key hides nothing of the others. What is printed may be data.
                await Console.Error.WriteLineAsync($"Left out: {refused.Message}");
            }
        }
        // Of all, those for which something can be done; the list shows them all.
        if (options.Item is not { } named) return options is { DryRun: false, Gives: false } ? items : items.FindAll(item => item.CanReplay);
        return items.FindAll(item => item.IsNamed(named)) is { Count: > 0 } wanted
            ? wanted
            : throw new StartRefusedException($"Nothing that is called '{named}' is parked{(options.Tenant is null ? "" : $" at '{options.Tenant}'")}: 'replay' lists what is.");
    }

    private static async Task<IReadOnlyList<(ParkedItem, DryRun?)>> TryAsync(IServiceProvider work, IReadOnlyList<ParkedItem> items, CancellationToken ct)
    {
        List<(ParkedItem, DryRun?)> tried = [];
        foreach (var item in items) tried.Add((item, await work.GetRequiredService<TryParked>().HandleAsync(item, ct)));
        return tried;
    }

    private static async Task<IReadOnlyList<ParkedItem>> GiveAsync(IServiceProvider work, IReadOnlyList<ParkedItem> items, CancellationToken ct)
        => items is [var first, ..] ? await work.GetRequiredService<ReplayParked>().HandleAsync(new(first.TenantId, items, Actor), ct) : [];
}
