using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Commands.Sim;

/// <summary>Simulators that run already, <c>up</c>'s or those of a process of their own.</summary>
internal sealed class FoundSimulators : IDisposable
{
    private FoundSimulators(SamsaraControl? samsara, WhatsAppControl? whatsApp) => (Samsara, WhatsApp) = (samsara, whatsApp);

    public SamsaraControl? Samsara { get; private set; }

    public WhatsAppControl? WhatsApp { get; private set; }

    /// <exception cref="StartRefusedException">Neither answers.</exception>
    public static async Task<FoundSimulators> InAsync(SimOptions options, CancellationToken ct)
    {
        var port = options.Port ?? ((await FoundInstallation.InAsync(options.Folder, ct)).Host?.Port ?? new UpOptions().Port) + 1;
        var (samsara, whatsApp) = (new SamsaraControl(Loopback(port)), new WhatsAppControl(Loopback(port + 1)));
        var found = new FoundSimulators(
            options.Of != "whatsapp" && await AnswersAsync(() => samsara.PendingAsync(ct)) ? samsara : null,
            options.Of != "samsara" && await AnswersAsync(() => whatsApp.PendingAsync(ct)) ? whatsApp : null);
        if (found.Samsara is null) samsara.Dispose();
        if (found.WhatsApp is null) whatsApp.Dispose();
        return found.Samsara is null && found.WhatsApp is null
            ? throw new StartRefusedException($"No simulator answers at {Loopback(port)} or {Loopback(port + 1)}. Start them with 'up' or 'sim', or say with --port where Samsara's listens.")
            : found;
    }

    public void Dispose()
    {
        Samsara?.Dispose();
        WhatsApp?.Dispose();
    }

    public static Uri Loopback(int port) => new UriBuilder("http", "127.0.0.1", port).Uri;

    private static async Task<bool> AnswersAsync(Func<Task<int>> ask)
    {
        try
        {
            await ask();
            return true;
        }
        // Something else may listen there.
        catch (Exception none) when (none is HttpRequestException or InvalidOperationException or System.Text.Json.JsonException)
        {
            return false;
        }
    }
}
