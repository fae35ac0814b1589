using System.Collections;
using System.Diagnostics;

namespace FleetChat.LocalHost.Postgres;

internal sealed record ToolResult(int ExitCode, string Output);

/// <summary>Runs a program to its end and keeps what it said.</summary>
internal static class CommandLineTool
{
    public static async Task<ToolResult> RunAsync(string program, IEnumerable<string> arguments, string workingFolder, CancellationToken ct)
    {
        using var process = Process.Start(StartInfo(program, arguments, workingFolder))
            ?? throw new InvalidOperationException($"{program} did not start.");
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var errors = process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return new ToolResult(process.ExitCode, $"{await output}{await errors}".Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments, string workingFolder)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Postgres' programs want to read the folder they start in, whoever they run as.
            WorkingDirectory = workingFolder,
        };

        // PGDATA, PGPORT, PGOPTIONS and the like speak of somebody else's server.
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith("PG", StringComparison.Ordinal)))
        {
            start.Environment.Remove(name);
        }

        // The messages that we read are then English, and a locale that the machine names but lacks does no harm.
        start.Environment["LC_ALL"] = "C";
        return start;
    }
}
