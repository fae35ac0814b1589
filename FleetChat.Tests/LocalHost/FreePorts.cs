using System.Net;
using System.Net.Sockets;

namespace FleetChat.Tests.LocalHost;

/// <summary>Ports in a row, for a host and its simulators.</summary>
internal static class FreePorts
{
    private const int InARow = 4;

    /// <returns>The first of four that were free a moment ago.</returns>
    public static int First()
    {
        while (true)
        {
            var first = Random.Shared.Next(10_000, 30_000);
            if (Enumerable.Range(first, InARow).All(IsFree)) return first;
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
