using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace FleetChat.LocalHost.Hosting;

/// <summary>A host in a process of its own (<c>serve</c>). It ends when its standard input does, however its parent ends.</summary>
public sealed class ServeProcess : IAsyncDisposable
{
    /// <summary>Said on the standard input before it is closed: the parent is alive and takes care of the rest.</summary>
    internal const string StopWord = "stop";

    private const int WordsKept = 40;
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _words = new();

    private ServeProcess(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginErrorReadLine();
    }

    internal int ProcessId => _process.Id;

    /// <summary>The last lines of its error stream.</summary>
    public string LastWords => string.Join(Environment.NewLine, _words);

    /// <param name="settingsFile">As <see cref="LocalHostSettings.WriteAsync"/> wrote it.</param>
    /// <exception cref="StartRefusedException">It ended instead of starting.</exception>
    public static async Task<ServeProcess> StartAsync(string settingsFile, CancellationToken ct)
    {
        var serve = new ServeProcess(Process.Start(Command(settingsFile))!);
        try
        {
            // Its address: the one thing that it says.
            if (await serve._process.StandardOutput.ReadLineAsync(ct) is not null) return serve;
            await serve._process.WaitForExitAsync(ct);
            throw new StartRefusedException($"The host ended as it started: {serve.LastWords}");
        }
        catch
        {
            await serve.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL: nothing of it runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await StopAsync();
        _process.Dispose();
    }

    private async Task StopAsync()
    {
        using var limit = new CancellationTokenSource(TimeToStop);
        try
        {
            await _process.StandardInput.WriteLineAsync(StopWord);
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (Exception stuck) when (stuck is OperationCanceledException or IOException)
        {
            await KillAsync();
        }
    }

    private static ProcessStartInfo Command(string settingsFile)
    {
        var program = typeof(ServeProcess).Assembly.Location;
        var start = new ProcessStartInfo(DotnetOf(Environment.ProcessPath), [program, "serve", "--settings", settingsFile])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A child's own settings come from its file; what is set for us (a port, a database) is not meant for it.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ASPNETCORE_", true, CultureInfo.InvariantCulture)).ToArray())
            start.Environment.Remove(name);
        return start;
    }

    // Started by its own executable, a program knows the SDK's dotnet only by the path.
    private static string DotnetOf(string? ourselves)
        => Path.GetFileNameWithoutExtension(ourselves) == "dotnet" ? ourselves! : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private void Keep(string? line)
    {
        if (line is null) return;
        _words.Enqueue(line);
        while (_words.Count > WordsKept) _words.TryDequeue(out _);
    }
}
