using System.Globalization;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>ETag and If-Match of what counts its changes.</summary>
public static class EntityTag
{
    private const string Weak = "W/";

    public static string Of(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <returns>The version that the caller saw; 0: one that was never there.</returns>
    /// <exception cref="RequestRefusedException">428: he does not say, or says that any will do.</exception>
    public static int ReadIfMatch(HttpRequestData request)
    {
        if (request.Header("If-Match")?.Trim() is not { Length: > 0 } tag || tag == "*") throw new RequestRefusedException(Problem.VersionUnnamed);
        // A proxy that compresses makes a tag weak.
        if (tag.StartsWith(Weak, StringComparison.Ordinal)) tag = tag[Weak.Length..];
        return tag is ['"', .. var number, '"'] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
    }
}
