using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring.Flow;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Commands.Why;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Tail;

internal sealed record TailOptions : ViewOptions
{
    /// <summary>Null: all companies.</summary>
    public string? Tenant { get; init; }

    /// <summary>Samsara's id or ours.</summary>
    public string? Driver { get; init; }

    public When Since { get; init; } = new(null, TimeSpan.FromMinutes(-10));

    /// <summary>Shows what was, and ends.</summary>
    public bool Once { get; init; }
}

/// <summary>What goes on, a line each, until somebody ends it.</summary>
internal static class TailCommand
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);
    private static readonly JsonSerializerOptions OneLine = new(Output.Json) { WriteIndented = false };

    /// <exception cref="StartRefusedException">The company or driver does not exist, or the installation does not run.</exception>
    public static async Task RunAsync(TailOptions options, IAnsiConsole console, CancellationToken ct)
        => await RunAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console.Profile.Out.Writer, ct);

    /// <param name="found">Where the database is.</param>
    internal static async Task RunAsync(TailOptions options, FoundInstallation found, TextWriter writer, CancellationToken ct)
    {
        await using var views = found.Open();
        try
        {
            await FollowAsync(options, views, found.SecretsFolder, writer, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Whoever follows ends it so, and it is no failure.
        }
    }

    private static async Task FollowAsync(TailOptions options, DatabaseViews views, string secretsFolder, TextWriter writer, CancellationToken ct)
    {
        var clock = new RuntimeInspector(views.LocalRuntime);
        var companies = await Looking.AtAsync(() => FoundCompanies.InAsync(views, secretsFolder, ct));
        var followed = companies.Named(options.Tenant).ToDictionary(tenant => tenant, _ => (string?)null);
        var driver = options.Driver is { } named ? await Looking.AtAsync(() => FindDriverAsync(companies, followed.Keys, named, ct)) : null;
        var (reader, shown) = (new FlowReader(companies.Dbs), new HashSet<string>());
        var since = options.Since.At((await Looking.AtAsync(() => clock.ReadClockAsync(ct))).Now);

        for (var isFirst = true; ; isFirst = false)
        {
            var now = (await Looking.AtAsync(() => clock.ReadClockAsync(ct))).Now;
            List<FlowLine> lines = [];
            foreach (var tenant in followed.Keys.ToList())
            {
                var look = await Looking.AtAsync(() => reader.LookAsync(tenant, now, followed[tenant], ct));
                (followed[tenant], lines) = (look.Mark, [.. lines, .. look.Lines]);
            }
            // What was there before the first look and is older is known; what comes later is shown, whatever time it bears.
            foreach (var line in lines.Where(line => IsAbout(line, driver) && shown.Add(line.Key)).OrderBy(line => line.At))
                if (!isFirst || line.At >= since) await writer.WriteLineAsync(options.Json ? JsonSerializer.Serialize(line, OneLine) : TailLine.Text(line));
            if (options.Once) return;
            if (options.Tenant is null)
                foreach (var tenant in (await Looking.AtAsync(() => FoundCompanies.InAsync(views, secretsFolder, ct))).All) followed.TryAdd(tenant, null);
            await Task.Delay(Glance, ct);
        }
    }

    private static bool IsAbout(FlowLine line, Guid? driver) => driver is not { } wanted || line.DriverIds.Contains(wanted);

    private const string FindDriver = """
        select id
        from fleet.drivers
        where tenant_id = $1
          and (samsara_driver_id = $2 or id::text = lower($2))
        """;

    private static async Task<Guid?> FindDriverAsync(FoundCompanies companies, IReadOnlyCollection<TenantId> tenants, string named, CancellationToken ct)
    {
        List<Guid> found = [];
        foreach (var tenant in tenants) found.AddRange(await companies.Dbs.For(tenant).ListAsync(FindDriver, row => row.GetGuid(0), ct, P.Text(named)));
        return found switch
        {
            [var only] => only,
            [] => throw new StartRefusedException($"There is no driver {named}: --driver takes Samsara's id, or ours."),
            _ => throw new StartRefusedException($"Several companies have a driver {named}: say which with --tenant."),
        };
    }
}

/// <summary>A line is a line, however narrow the terminal: for grep.</summary>
internal static class TailLine
{
    public static string Text(FlowLine line) => string.Join("  ", new[]
    {
        $"{Ages.Moment(line.At)} {line.TenantId,-16} {WhyReport.Word(line.What),-23}",
        line.Detail,
        line.MessageId is { } message ? $"message {message}" : null,
        line.MessageId is null && line.EventId is { } arrived ? $"event {arrived}" : null,
        line.DriverIds is [var driver] ? $"driver {driver}" : null,
        line.DueAt is { } due ? $"at {Ages.Moment(due)}" : null,
    }.Where(part => !string.IsNullOrEmpty(part))).ReplaceLineEndings(" ");
}
