using System.Net;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Webhooks;

/// <summary>
/// Where outgoing webhooks may go. The address as it is written is judged when it is entered, for the writer's sake; what
/// counts is the address that a connection is made to, each time: a name may point elsewhere by then.
/// </summary>
public sealed class WebhookAddresses(IOptions<WebhookOptions> options)
{
    public const int MaxLength = 2048;

    private const int HttpsPort = 443;

    // Below are other services' ports; nobody's webhook receiver listens there.
    private const int FirstFreePort = 1024;

    /// <returns>Null if no webhook may go there.</returns>
    public Uri? TryRead(string? text)
    {
        if (text is not { Length: > 0 and <= MaxLength } || !Uri.TryCreate(text, UriKind.Absolute, out var url)) return null;
        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0 || url.IdnHost.Length == 0) return null;
        if (options.Value.AllowLoopback && IsOwnMachine(url)) return url.Scheme is "http" or "https" ? url : null;
        if (url.Scheme != Uri.UriSchemeHttps || url.Port is not (HttpsPort or >= FirstFreePort)) return null;
        return IPAddress.TryParse(url.IdnHost, out var address) ? PublicAddress.Is(address) ? url : null : url.IdnHost.Contains('.', StringComparison.Ordinal) ? url : null;
    }

    /// <summary>Whether a connection may be made to this very address for a webhook to this URL.</summary>
    public bool MayConnect(Uri url, IPAddress address)
        => url.Scheme == Uri.UriSchemeHttps && PublicAddress.Is(address)
           || options.Value.AllowLoopback && IsOwnMachine(url) && IPAddress.IsLoopback(address);

    // By what is written: a name that only resolves to this machine is none of its developer's.
    private static bool IsOwnMachine(Uri url)
        => url.IdnHost == "localhost" || (IPAddress.TryParse(url.IdnHost, out var address) && IPAddress.IsLoopback(address));
}
