using FleetChat.LocalHost.Commands;
using FleetChat.LocalRuntime;

namespace FleetChat.LocalHost.Doctor;

/// <summary>What the queues' numbers tell.</summary>
internal static class QueueChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("queues.poison", Need.Runtime, PoisonAsync),
        new("queues.old", Need.Runtime, OldAsync),
        new("queues.unserved", Need.Runtime, UnservedAsync),
        new("queues.claimed_by_dead", Need.Runtime, ClaimedByDeadAsync),
    ];

    private static Task<Finding> PoisonAsync(Examined examined, CancellationToken ct) => FindAsync(
        examined, queue => queue.Poison > 0, queue => $"{queue.Poison} of {queue.Queue}", "failed too often: {0}",
        "Something goes wrong with every try.", queue => QueueHints.OfPoison(queue.Queue), ct);

    private static Task<Finding> OldAsync(Examined examined, CancellationToken ct) => FindAsync(
        examined, queue => queue.IsServed && queue.OldestAge > examined.Limits.Work, queue => $"{queue.Queue} since {Ages.Text(queue.OldestAge)}", "old messages: {0}",
        "The workers do not keep up, or fail.", _ => "See the host's log, and the checks of Postgres' load above.", ct);

    private static Task<Finding> UnservedAsync(Examined examined, CancellationToken ct) => FindAsync(
        examined, queue => !queue.IsServed && queue.Waiting + queue.Hidden > 0, queue => $"{queue.Queue} ({queue.Waiting + queue.Hidden})", "nobody serves {0}",
        "These messages wait for a host.", _ => $"Start one: {examined.Installation.HowToStart}", ct);

    private static Task<Finding> ClaimedByDeadAsync(Examined examined, CancellationToken ct) => FindAsync(
        examined, queue => queue.ClaimedByDead > 0, queue => $"{queue.ClaimedByDead} of {queue.Queue}", "claimed by dead hosts: {0}",
        "They are worked on by nobody until a living host puts them back.", _ => $"It does that within seconds: {examined.Installation.HowToStart}", ct);

    private static async Task<Finding> FindAsync(
        Examined examined, Func<QueueState, bool> isWrong, Func<QueueState, string> describe, string found, string means, Func<QueueState, string> whatToDo, CancellationToken ct)
    {
        var wrong = (await new QueueInspector(examined.Views!.LocalRuntime).ListAsync([], ct)).Where(isWrong).ToList();
        return wrong.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning(found.Replace("{0}", string.Join(", ", wrong.Select(describe)), StringComparison.Ordinal), means, whatToDo(wrong[0]));
    }
}
