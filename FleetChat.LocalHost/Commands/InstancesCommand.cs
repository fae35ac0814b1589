using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

internal sealed record InstancesOptions : ViewOptions
{
    public InstanceQuery Query { get; init; } = new();
}

/// <summary>The orchestrations of an installation.</summary>
internal static class InstancesCommand
{
    /// <exception cref="StartRefusedException">It does not run.</exception>
    public static async Task RunAsync(InstancesOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var found = await FoundInstallation.InAsync(options.Folder, ct);
        await using var views = found.Open();
        var instances = await Looking.AtAsync(() => new OrchestrationInspector(views.LocalRuntime).ListAsync(options.Query, ct));
        if (options.Json) Output.WriteJson(instances);
        else Show(instances, options.Query, (await new RuntimeInspector(views.LocalRuntime).ReadClockAsync(ct)).Now, console);
    }

    private static void Show(IReadOnlyList<InstanceSummary> instances, InstanceQuery query, DateTimeOffset now, IAnsiConsole console)
    {
        var table = Output.Table("Instance", "Orchestration", "Status", "Started", "Last change");
        foreach (var instance in instances)
        {
            table.AddRow(
                Markup.Escape(instance.Id), Markup.Escape(NameOf(instance)), StatusMarkup(instance.Status), Ages.Moment(instance.CreatedAt), $"{Ages.Text(now - instance.UpdatedAt)} ago");
        }
        Output.Write(console, table);
        console.WriteLine(instances.Count == query.Limit ? $"The {instances.Count} changed last; --limit shows more. Times are business time." : $"{instances.Count} instances. Times are business time.");
    }

    public static string NameOf(InstanceSummary instance) => string.IsNullOrEmpty(instance.Version) ? instance.Name : $"{instance.Name} {instance.Version}";

    public static string StatusMarkup(string status) => status switch
    {
        "Failed" => "[red]Failed[/]",
        "Terminated" or "Suspended" => $"[yellow]{status}[/]",
        "Completed" => "[green]Completed[/]",
        _ => Markup.Escape(status),
    };
}
