using System.Diagnostics;
using System.Globalization;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>A host with <see cref="RuntimeFunctions"/> that is a process of its own, because a test wants to kill it.</summary>
internal sealed class RuntimeProcess : IAsyncDisposable
{
    private readonly Process _process;

    private RuntimeProcess(Process process, Uri address)
    {
        _process = process;
        Http = new HttpClient { BaseAddress = address };
    }

    public HttpClient Http { get; }

    public static async Task<RuntimeProcess> StartAsync(string postgres)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "runtime-host", postgres])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The process ended: {await errors}");
        return new(process, new Uri(address));
    }

    /// <summary>What <see cref="Program"/> runs in that process.</summary>
    public static async Task RunAsync(string postgres)
    {
        await using var host = await RuntimeHost.StartAsync(
            postgres, typeof(RuntimeFunctions).Assembly, builder => RuntimeApp.Configure(builder, new RuntimeLog(), "process"));
        Console.WriteLine(host.Server.Address);
        await Console.In.ReadToEndAsync();
    }

    /// <summary>SIGSTOP: it keeps its connections and does nothing.</summary>
    public void Pause() => Signal("-STOP");

    /// <summary>SIGCONT: it goes on as if nothing had happened.</summary>
    public void Resume() => Signal("-CONT");

    /// <summary>SIGKILL: it has no time to put anything back.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }
}
