using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace FleetChat.Core.Webhooks;

/// <summary>
/// Connections to where a company says: its webhooks' receivers, its logo. They follow nothing, remember nothing, and lead only to addresses that
/// <see cref="WebhookAddresses"/> allows: these are looked at after the name was resolved, and it is these very addresses that are connected to.
/// </summary>
public sealed class CompanyConnections(WebhookAddresses allowed, IHostResolver resolver)
{
    private const int MostDrained = 4 * 1024;

    internal SocketsHttpHandler NewHandler() => new()
    {
        AllowAutoRedirect = false,
        // A proxy would connect in our place, and to whatever it likes.
        UseProxy = false,
        UseCookies = false,
        ConnectCallback = ConnectAsync,
        // Names are looked up anew once a minute.
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        // Of an answer that nobody reads a little is read, so that the connection serves again, and the rest is cut off.
        MaxResponseDrainSize = MostDrained,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        MaxResponseHeadersLength = 16,
        // Ids of our traces are nobody else's business.
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
        SslOptions = { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
    };

    /// <summary>Whether there was an address, and no connection to it may be made.</summary>
    internal static bool IsRefused(HttpRequestException exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
            if (inner is AddressRefusedException) return true;
        return false;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (url, endPoint) = (context.InitialRequestMessage.RequestUri!, context.DnsEndPoint);
        var found = IPAddress.TryParse(endPoint.Host, out var literal) ? [literal] : await resolver.ResolveAsync(endPoint.Host, ct);
        var addresses = found.Where(address => allowed.MayConnect(url, address)).ToArray();
        if (addresses.Length == 0 && found.Length > 0) throw new AddressRefusedException();
        Exception failure = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, endPoint.Port), ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception exception)
            {
                socket.Dispose();
                if (exception is not SocketException) throw;
                failure = exception;
            }
        }
        throw failure;
    }

    private sealed class AddressRefusedException : Exception;
}
