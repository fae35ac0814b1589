using System.Diagnostics;
using System.Text.Json;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.Tests.Demo;

/// <summary>Both simulators in a process of their own, patient enough for a host that is away for a while.</summary>
internal sealed class SimulatorsProcess : IAsyncDisposable
{
    private readonly Process _process;

    private SimulatorsProcess(Process process, SamsaraControl samsara, WhatsAppControl whatsApp) => (_process, Samsara, WhatsApp) = (process, samsara, whatsApp);

    public SamsaraControl Samsara { get; }

    public WhatsAppControl WhatsApp { get; }

    public static async Task<SimulatorsProcess> StartAsync(Uri clock)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            typeof(SamsaraSimulator).Assembly.Location, "both", "--clock", clock.ToString(), "--until-stdin-closes",
            "--samsara-attempts", "1000", "--first-delay-ms", "100", "--longest-delay-ms", "800",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        using var addresses = JsonDocument.Parse(await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the simulators ended as they started"));
        return new(process, new(Address("samsara")), new(Address("whatsapp")));

        Uri Address(string name) => new(addresses.RootElement.GetProperty(name).GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        Samsara.Dispose();
        WhatsApp.Dispose();
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
