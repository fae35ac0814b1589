using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo;

/// <summary>LocalHost as a process of its own, that can be killed and started again.</summary>
/// <param name="folder">For its settings file: nobody else's to read.</param>
public sealed class ChildProcessHost(string folder) : IMortalHost
{
    private readonly string _settingsFile = Path.Combine(folder, "serve.json");
    private ServeProcess? _process;

    /// <summary>The end of its error stream, as a sentence.</summary>
    public string SaidLast => _process?.LastWords is { Length: > 0 } words ? $"The host said last: {words}" : "The host said nothing.";

    public async Task StartAsync(LocalHostSettings settings, CancellationToken ct)
    {
        await settings.WriteAsync(_settingsFile, ct);
        await StartAgainAsync(ct);
    }

    public async Task StartAgainAsync(CancellationToken ct) => _process = await ServeProcess.StartAsync(_settingsFile, ct);

    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
