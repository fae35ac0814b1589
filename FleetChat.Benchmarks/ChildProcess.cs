using System.Diagnostics;

namespace FleetChat.Benchmarks;

/// <summary>This program once more, with a command of its own: it is told things on its standard input, and ends when that does.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _command;

    public ChildProcess(string command, params string[] arguments)
    {
        _command = command;
        var start = new ProcessStartInfo(Dotnet(), [typeof(ChildProcess).Assembly.Location, command, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
    }

    public Task TellAsync(string line, CancellationToken ct) => _process.StandardInput.WriteLineAsync(line.AsMemory(), ct);

    /// <exception cref="NotMeasuredException">It ended instead.</exception>
    public async Task<string> HearAsync(CancellationToken ct)
        => await _process.StandardOutput.ReadLineAsync(ct) ?? throw new NotMeasuredException($"The process for '{_command}' ended; what it said stands above.");

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    // Started by its own executable, a program knows the SDK's dotnet only by the path.
    private static string Dotnet()
        => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
