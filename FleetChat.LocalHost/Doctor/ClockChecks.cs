using FleetChat.LocalHost.Commands;
using FleetChat.LocalRuntime;

namespace FleetChat.LocalHost.Doctor;

/// <summary>The two clocks: the database's, and the business clock.</summary>
internal static class ClockChecks
{
    public static IReadOnlyList<Check> All { get; } = [new("clock.skew", Need.Server, SkewAsync), new("clock.business", Need.Runtime, BusinessAsync)];

    public static async Task<DateTimeOffset> BusinessNowAsync(Examined examined, CancellationToken ct)
        => examined.Reach.Runtime ? (await new RuntimeInspector(examined.Views!.LocalRuntime).ReadClockAsync(ct)).Now : examined.Time.GetUtcNow();

    private const string DatabaseNow = """
        select clock_timestamp()
        """;

    private static async Task<Finding> SkewAsync(Examined examined, CancellationToken ct)
    {
        await using var connection = await examined.Views!.Server.OpenConnectionAsync(ct);
        await using var command = new Npgsql.NpgsqlCommand(DatabaseNow, connection);
        var (before, database) = (examined.Time.GetUtcNow(), (DateTime)(await command.ExecuteScalarAsync(ct))!);
        var middle = before + ((examined.Time.GetUtcNow() - before) / 2);
        var skew = middle.UtcDateTime - database;
        return skew.Duration() <= examined.Limits.ClockSkew
            ? Finding.Fine($"{Ages.Text(skew.Duration())} apart")
            : Finding.Problem($"this machine is {Ages.Text(skew.Duration())} {(skew > TimeSpan.Zero ? "ahead of" : "behind")} the database", "Signatures with a time are refused, and due work comes early or late.", "Let both machines keep time by NTP.");
    }

    private static async Task<Finding> BusinessAsync(Examined examined, CancellationToken ct)
    {
        var clock = await new RuntimeInspector(examined.Views!.LocalRuntime).ReadClockAsync(ct);
        if (clock.IsRunning && clock.Offset.Duration() < examined.Limits.ClockSkew) return Finding.Fine("runs with real time");
        return Finding.Warning(
            clock.IsRunning ? $"runs {Ages.Text(clock.Offset.Duration())} {(clock.Offset > TimeSpan.Zero ? "ahead of" : "behind")} real time" : $"stands still at {Ages.Moment(clock.Now)}",
            "Everything due, valid and reminded follows it: messages may seem late or early.",
            "Meant for tests and demos. To end it: update localhost.clock set offset_microseconds = 0, frozen_at = null, version = version + 1, and restart.");
    }
}
