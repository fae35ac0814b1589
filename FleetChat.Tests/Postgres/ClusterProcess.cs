using System.Diagnostics;

namespace FleetChat.Tests.Postgres;

/// <summary>A process of its own that owns a cluster (see <see cref="Program"/>).</summary>
internal sealed class ClusterProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ClusterProcess(Process process, string[] said)
    {
        _process = process;
        ServerProcessId = int.Parse(said[0], System.Globalization.CultureInfo.InvariantCulture);
        Folder = said[1];
        AdminConnectionString = said[2];
    }

    public int ProcessId => _process.Id;
    public int ServerProcessId { get; }
    public string Folder { get; }
    public string AdminConnectionString { get; }

    /// <param name="asUser">The number of the user and group to become first; null to stay who we are.</param>
    public static async Task<ClusterProcess> StartAsync(string[] mode, int? asUser = null)
    {
        string[] command = ["dotnet", typeof(Program).Assembly.Location, .. mode];
        string[] whole = asUser is null ? command : ["setpriv", $"--reuid={asUser}", $"--regid={asUser}", "--clear-groups", "--", .. command];
        var start = new ProcessStartInfo(whole[0], whole[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var line = await process.StandardOutput.ReadLineAsync();
        return line is null
            ? throw new InvalidOperationException($"The process ended: {await errors}")
            : new ClusterProcess(process, line.Split('|'));
    }

    /// <summary>SIGKILL: nothing of it runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await EndAsync();
        }

        _process.Dispose();
    }
}
