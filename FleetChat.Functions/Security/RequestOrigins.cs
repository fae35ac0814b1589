using System.Net;
using FleetChat.Core.Security.Audit;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Security;

/// <summary>Where a request came from.</summary>
public static class RequestOrigins
{
    private const string Forwarded = "X-Forwarded-For";

    /// <summary>
    /// The host's front end adds the address of the connection at the end of <c>X-Forwarded-For</c>, and each proxy before it that of the
    /// one who called it. What stands further to the front was written by the caller, and is believed by nobody.
    /// </summary>
    /// <param name="proxies">How many proxies of one's own there are.</param>
    public static RequestOrigin Of(HttpRequestData request, int proxies)
    {
        var hops = request.Header(Forwarded)?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        return new(hops.Length > proxies ? Address(hops[^(proxies + 1)]) : null, RequestCorrelation.Of(request));
    }

    // With or without a port.
    private static string? Address(string hop) => IPEndPoint.TryParse(hop, out var place) ? place.Address.ToString() : null;
}
