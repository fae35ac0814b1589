using System.Diagnostics;
using System.Globalization;

namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

internal static class Signals
{
    /// <param name="signal">Without SIG: STOP, CONT, KILL, QUIT.</param>
    public static async Task SendAsync(int process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
