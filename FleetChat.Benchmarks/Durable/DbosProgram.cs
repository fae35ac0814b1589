using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Npgsql;

namespace FleetChat.Benchmarks.Durable;

/// <summary>The same work on DBOS Transact: dbos/steps.cjs in a Node process that obeys us line by line.</summary>
internal sealed class DbosProgram : IAsyncDisposable
{
    private static readonly string Sources = Path.Combine(AppContext.BaseDirectory, "dbos");
    private readonly Process _process;

    private DbosProgram(Process process) => _process = process;

    /// <param name="folder">Where its packages go, removed by whoever owns it.</param>
    /// <returns>Null, and the reason was said, where there is no Node or the packages cannot be had.</returns>
    public static async Task<DbosProgram?> TryStartAsync(Run run, string folder, string database, int poolSize, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Sources)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        if (await InstallAsync(folder, ct) is not { } obstacle) return new(Start(folder, database, poolSize));
        run.Say($"DBOS is left out: {obstacle}");
        return null;
    }

    public async Task MeasureAsync(Load load, Window window, CancellationToken ct)
    {
        var command = new
        {
            Work = load.Work == Work.Sequence ? "sequence" : "fanout",
            load.Callers,
            WarmUp = load.WarmUp.TotalSeconds,
            Seconds = load.Length.TotalSeconds,
        };
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command, JsonSerializerOptions.Web).AsMemory(), ct);
        var answer = await _process.StandardOutput.ReadLineAsync(ct) ?? throw new NotMeasuredException("The DBOS program ended; what it said stands above.");
        var seen = JsonSerializer.Deserialize<Answer>(answer, JsonSerializerOptions.Web)!;
        window.Add(seen.Steps, TimeSpan.FromSeconds(seen.Seconds), seen.Latencies);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <returns>What stands in the way, or null.</returns>
    private static async Task<string?> InstallAsync(string folder, CancellationToken ct)
    {
        try
        {
            var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund"])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var npm = Process.Start(start)!;
            var output = npm.StandardOutput.ReadToEndAsync(ct);
            var errors = npm.StandardError.ReadToEndAsync(ct);
            await npm.WaitForExitAsync(ct);
            return npm.ExitCode == 0 ? null : $"npm could not fetch it: {(await errors).Trim()} {(await output).Trim()}";
        }
        catch (Win32Exception)
        {
            return "there is no Node with npm on this machine.";
        }
    }

    private static Process Start(string folder, string database, int poolSize)
    {
        var start = new ProcessStartInfo("node", ["steps.cjs"]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        var to = new NpgsqlConnectionStringBuilder(database);
        start.Environment["DBOS_SYSTEM_DATABASE_URL"] = $"postgresql://{to.Username}:{to.Password}@{to.Host}:{to.Port}/{to.Database}";
        start.Environment["DBOS_POOL_SIZE"] = $"{poolSize}";
        start.Environment["NODE_ENV"] = "production";
        start.Environment["NODE_NO_WARNINGS"] = "1"; // about how it uses its own driver
        return Process.Start(start)!;
    }

    private sealed record Answer(long Steps, double Seconds, long[] Latencies);
}
