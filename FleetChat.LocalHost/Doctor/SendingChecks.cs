using FleetChat.Core.Data;
using FleetChat.Core.Restores;
using FleetChat.LocalHost.Commands;

namespace FleetChat.LocalHost.Doctor;

/// <summary>Nothing is sent although all is well, because somebody wants it so and may have forgotten.</summary>
internal static class SendingChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("sending.restore", Need.Fleet, RestoreAsync),
        new("sending.paused", Need.Fleet, PausedAsync),
    ];

    private static async Task<Finding> RestoreAsync(Examined examined, CancellationToken ct)
        => await new FindOpenRestore(new SystemDb(examined.Views!.System)).HandleAsync(ct) is { } restoredTo
            ? Finding.Warning($"a restore to {Ages.Moment(restoredTo)} is open", "Nothing is sent to anybody until it ends.", "'restore status' says what it waits for, 'restore end' ends it. docs/restore.md says more.")
            : Finding.Fine("none is open");

    // A restore's own pause ends with it, and is told with it.
    private const string Paused = """
        select p.subject, p.reason, p.begins_at, p.ends_at
        from fleet.platform_pauses p
        where p.ended_at is null
          and p.begins_at <= $1
          and (p.ends_at is null or p.ends_at > $1)
          and not exists (
              select
              from fleet.platform_restores r
              where r.pause_id = p.id
                and r.ended_at is null)
        order by p.begins_at
        """;

    private static async Task<Finding> PausedAsync(Examined examined, CancellationToken ct)
    {
        var now = await ClockChecks.BusinessNowAsync(examined, ct);
        var paused = await new SystemDb(examined.Views!.System).ListAsync(Paused, row => Say(row.GetString(0), row.GetString(1), row.Time(2), row.TimeOrNull(3)), ct, P.Time(now));
        return paused.Count == 0
            ? Finding.Fine("nobody")
            : Finding.Warning(
                $"nothing is sent for {string.Join(", ", paused)}", "What becomes due waits until the pause ends, and drivers are told late.",
                "GET /api/platform/pauses lists them; DELETE /api/platform/pauses/{id} ends one whose reason is over.");
    }

    private static string Say(string number, string reason, DateTimeOffset from, DateTimeOffset? until)
        => $"{(number.Length == 0 ? "everybody" : $"Meta's number {number}")} since {Ages.Moment(from)}{(until is { } end ? $" until {Ages.Moment(end)}" : "")} ({reason})";
}
