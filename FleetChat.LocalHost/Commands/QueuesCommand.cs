using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

/// <summary>What waits in the queues of an installation.</summary>
internal static class QueuesCommand
{
    /// <exception cref="StartRefusedException">It does not run.</exception>
    public static async Task RunAsync(ViewOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var found = await FoundInstallation.InAsync(options.Folder, ct);
        await using var views = found.Open();
        var queues = await Looking.AtAsync(() => new QueueInspector(views.LocalRuntime).ListAsync(FunctionsCommand.Queues(), ct));
        if (options.Json) Output.WriteJson(queues.Select(queue => new QueueView(queue)));
        else Show(queues, console);
    }

    private static void Show(IReadOnlyList<QueueState> queues, IAnsiConsole console)
    {
        var table = Output.Table("Queue", "Waiting", "Retrying", "Claimed", "Oldest", "Poison", "What to do");
        foreach (var queue in queues)
            table.AddRow(queue.Queue, $"{queue.Waiting}", $"{queue.Hidden}", $"{queue.Claimed}", Ages.Text(queue.OldestAge), $"{queue.Poison}", Markup.Escape(QueueHints.For(queue) ?? ""));
        Output.Write(console, table);
    }

    private sealed record QueueView(string Queue, long Waiting, long Retrying, long Claimed, long ClaimedByDead, TimeSpan? OldestSeconds, long Poison, bool Served, string? Hint)
    {
        public QueueView(QueueState queue)
            : this(queue.Queue, queue.Waiting, queue.Hidden, queue.Claimed, queue.ClaimedByDead, queue.OldestAge, queue.Poison, queue.IsServed, QueueHints.For(queue))
        {
        }
    }
}
