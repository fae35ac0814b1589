using System.Net;
using System.Net.Sockets;

namespace FleetChat.LocalHost.Doctor;

/// <summary>Whether the four ports are ours, or free.</summary>
internal static class PortChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("ports.host", Need.Nothing, HostAsync),
        new("ports.samsara", Need.Nothing, (examined, ct) => SimulatorAsync(examined, 1, ct)),
        new("ports.whatsapp", Need.Nothing, (examined, ct) => SimulatorAsync(examined, 2, ct)),
        new("ports.stripe", Need.Nothing, (examined, ct) => SimulatorAsync(examined, 3, ct)),
    ];

    private static async Task<Finding> HostAsync(Examined examined, CancellationToken ct)
    {
        var port = examined.HostPort;
        if ((await Answer.OfAsync(new(Examined.OnLoopback(port), "health/live"), ct)).IsOk)
        {
            return examined.Installation is { IsPrivate: true, Host: null }
                ? Finding.Warning($"FleetChat of another folder listens on {port}", "This one can't start on the same port.", "Stop the other, or start this with --port.")
                : Finding.Fine($"{port} is ours");
        }
        return Free(port, examined.Installation.Host is null);
    }

    private static async Task<Finding> SimulatorAsync(Examined examined, int place, CancellationToken ct)
    {
        if (examined.IsConfigured) return Finding.Skipped("the settings name the real services");
        var port = examined.HostPort + place;
        return (await Answer.OfAsync(new(Examined.OnLoopback(port), "_sim/pending"), ct)).IsOk ? Finding.Fine($"{port} is ours") : Free(port, examined.Installation.Host is null);
    }

    private static Finding Free(int port, bool mayBeFree)
    {
        if (IsFree(port))
            return mayBeFree ? Finding.Fine($"{port} is free") : Finding.Problem($"nobody listens on {port}", "FleetChat runs and does not answer there.", "Look at its log, stop it and start it again.");
        return Finding.Problem($"another program listens on {port}", "FleetChat can't start on it, and what is sent there goes astray.", "End that program (ss -ltnp shows it), or start FleetChat with --port.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
