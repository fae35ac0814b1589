using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.WhatsApp;

/// <summary>The real media API over HTTP. The token goes to Meta's hosts alone, wherever an answer points; redirects are not followed.</summary>
public sealed class WhatsAppMedia(HttpClient http, IOptions<WhatsAppOptions> options) : IWhatsAppMedia
{
    /// <summary>Where Meta keeps media: lookaside.fbsbx.com, and its content networks.</summary>
    private static readonly string[] MetasDomains = [".fbsbx.com", ".fbcdn.net", ".whatsapp.net", ".facebook.com"];

    private readonly Uri _graph = options.Value.GraphBaseUrl;
    private readonly string _base = $"{options.Value.GraphBaseUrl.ToString().TrimEnd('/')}/{options.Value.GraphVersion}";

    public async Task<MediaLink> FindAsync(string accessToken, string phoneNumberId, string mediaId, CancellationToken ct)
    {
        using var response = await SendAsync(new($"{_base}/{Uri.EscapeDataString(mediaId)}?phone_number_id={Uri.EscapeDataString(phoneNumberId)}"), accessToken, ct);
        using var answer = await ReadAsync(response, ct);
        if (!response.IsSuccessStatusCode) throw ReadRefusal(response, answer?.RootElement.Member("error"));
        return Uri.TryCreate(answer?.RootElement.Text("url"), UriKind.Absolute, out var url)
            ? new(url, answer!.RootElement.Text("sha256"))
            : throw new MediaException(MediaFailure.Transient, "no_link");
    }

    public async Task<Stream> OpenAsync(string accessToken, Uri link, CancellationToken ct)
    {
        if (!IsMetas(link)) throw new MediaException(MediaFailure.Refused, "foreign_host");
        var response = await SendAsync(link, accessToken, ct);
        if (response.IsSuccessStatusCode) return new ResponseStream(response, await response.Content.ReadAsStreamAsync(ct));
        using (response) throw ReadRefusal(response, null);
    }

    /// <summary>Over TLS and one of Meta's own; or where the Cloud API itself is, for a simulator.</summary>
    internal bool IsMetas(Uri link)
        => Uri.Compare(link, _graph, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0
           || (link.Scheme == Uri.UriSchemeHttps && link.IsDefaultPort && link.UserInfo.Length == 0
               && Array.Exists(MetasDomains, domain => link.IdnHost.EndsWith(domain, StringComparison.OrdinalIgnoreCase)));

    private async Task<HttpResponseMessage> SendAsync(Uri url, string accessToken, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        // A token that no header can hold is a broken setting, and people will mend it.
        if (accessToken.Any(c => !char.IsAscii(c) || char.IsControl(c))) throw new MediaException(MediaFailure.Transient, "token");
        request.Headers.Authorization = new("Bearer", accessToken);
        // Lookaside answers a request without one with an error.
        request.Headers.UserAgent.Add(new("FleetChat", "1.0"));
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        }
        catch (HttpRequestException exception)
        {
            throw new MediaException(MediaFailure.Transient, "no_connection", inner: exception);
        }
    }

    private static async Task<JsonDocument?> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(ct);
            return await JsonDocument.ParseAsync(stream, cancellationToken: ct);
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or HttpRequestException)
        {
            return null;
        }
    }

    // 100 with subcode 33 is what Graph says of an object that is not there.
    private static MediaException ReadRefusal(HttpResponseMessage response, JsonElement? error)
    {
        var code = error.Number("code");
        return (response.StatusCode, code) switch
        {
            (HttpStatusCode.TooManyRequests, _) or (_, 4 or 17 or 80007 or 130429) => new(MediaFailure.TooMany, "too_many", RetryAfter(response.Headers)),
            (HttpStatusCode.NotFound or HttpStatusCode.Gone, _) or (_, 33 or 100 or 803) => new(MediaFailure.Gone, "gone"),
            ( >= HttpStatusCode.Moved and < HttpStatusCode.BadRequest, _) => new(MediaFailure.Refused, "redirect"),
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) or (_, 0 or 190) => new(MediaFailure.Transient, "token"),
            _ => new(MediaFailure.Transient, string.Create(CultureInfo.InvariantCulture, $"http_{(int)response.StatusCode}")),
        };
    }

    private static TimeSpan? RetryAfter(HttpResponseHeaders headers)
        => headers.TryGetValues("Retry-After", out var values) && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 86400
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private sealed class ResponseStream(HttpResponseMessage response, Stream body) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default) => body.ReadAsync(buffer, ct);

        protected override void Dispose(bool disposing)
        {
            if (disposing) response.Dispose();
            base.Dispose(disposing);
        }
    }
}
