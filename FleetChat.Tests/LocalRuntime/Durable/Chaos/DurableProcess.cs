using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using FleetChat.LocalRuntime;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>A plain host with <see cref="ChaosTasks"/> that is a process of its own, because a test wants to kill or to pause it.</summary>
internal sealed class DurableProcess : IAsyncDisposable
{
    public const string Mode = "durable-host";
    private const int KeptLines = 300;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();

    private bool _disposed;

    private DurableProcess(Process process) => _process = process;

    /// <summary>Its number among the hosts of the database.</summary>
    public long HostId { get; private set; }

    public int ProcessId => _process.Id;

    /// <summary>The last lines of its log.</summary>
    public IReadOnlyCollection<string> Log => _errors;

    public static async Task<DurableProcess> StartAsync(string postgres, TimeSpan lease)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, Mode, postgres, lease.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var own = new DurableProcess(Process.Start(start)!);
        own._process.ErrorDataReceived += (_, line) => own.Keep(line.Data);
        own._process.BeginErrorReadLine();
        var line = await own._process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The process ended: {string.Join('\n', own.Log)}");
        own.HostId = long.Parse(line, CultureInfo.InvariantCulture);
        return own;
    }

    /// <summary>What <see cref="Program"/> runs in that process.</summary>
    public static async Task RunAsync(string postgres, TimeSpan lease)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddConsole(o => o.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.DurableTask", LogLevel.None);
        await using var tasks = new ChaosTasks(postgres);
        builder.Services.AddDurableTaskWorker(worker => worker.AddTasks(tasks.Register).UsePostgres(postgres, o => o.Lease = lease));
        using var host = builder.Build();
        await host.StartAsync();
        Console.WriteLine(host.Services.GetRequiredService<FleetChat.LocalRuntime.Durable.PlainHostNodes>().Get(postgres).Presence.HostId);
        await Console.In.ReadToEndAsync();
        await host.StopAsync();
    }

    /// <summary>SIGKILL: it has no time to put anything back.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>In good order.</summary>
    public async Task EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    public Task PauseAsync() => Signals.SendAsync(_process.Id, "STOP");

    public Task ContinueAsync() => Signals.SendAsync(_process.Id, "CONT");

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        _errors.Enqueue(line);
        while (_errors.Count > KeptLines) _errors.TryDequeue(out _);
    }
}
