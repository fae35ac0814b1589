using System.Collections.Concurrent;
using System.Diagnostics;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.Tests.LocalHost;

/// <summary>LocalHost's command line as a person starts it, with a temporary folder of its own.</summary>
internal sealed class LocalHostProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Task _read;

    private LocalHostProcess(Process process)
    {
        _process = process;
        _read = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>What it has said so far, on either stream.</summary>
    public string Said => string.Join('\n', _lines);

    public bool HasEnded => _process.HasExited;

    /// <param name="temporaryFolder">Where it puts what is temporary.</param>
    public static LocalHostProcess Start(string temporaryFolder, params string[] arguments) => Start(temporaryFolder, new Dictionary<string, string?>(), arguments);

    /// <param name="settings">As configuration names them; they go by the environment.</param>
    public static LocalHostProcess Start(string temporaryFolder, IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(LocalHostApp).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temporaryFolder;
        // A killed .NET process leaves its debugger's sockets there, which are none of ours.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return new(Process.Start(start)!);
    }

    /// <summary>Processes that work in the folder, by what their command lines say.</summary>
    public static IReadOnlyList<string> LivingIn(string folder) =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _))
            .Select(CommandLine).Where(line => line.Contains(folder, StringComparison.Ordinal)),
    ];

    /// <summary>Waits until it has said so, or has ended.</summary>
    public Task SaysAsync(string text, TimeSpan? deadline = null)
        => Until.TrueAsync(() => Said.Contains(text, StringComparison.Ordinal) || HasEnded, because: $"'{text}'", deadline ?? TimeSpan.FromSeconds(90));

    /// <param name="name">Such as INT or KILL.</param>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        await _process.WaitForExitAsync(limit.Token);
        await _read;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
            await EndAsync();
        }
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader stream)
    {
        while (await stream.ReadLineAsync() is { } line) _lines.Enqueue(line);
    }

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
