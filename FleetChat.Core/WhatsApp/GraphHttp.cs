using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.WhatsApp;

/// <summary>Calls to Meta's Graph API, and what its refusals mean. Never retries by itself: whether a second call is safe, only the caller knows.</summary>
internal sealed class GraphHttp(HttpClient http, IOptions<WhatsAppOptions> options)
{
    private readonly string _base = $"{options.Value.GraphBaseUrl.ToString().TrimEnd('/')}/{options.Value.GraphVersion}";

    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    public Task<T> GetAsync<T>(string path, string accessToken, Func<JsonElement, T> read, CancellationToken ct)
        => CallAsync(Request(HttpMethod.Get, path, accessToken), read, ct);

    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    public Task<T> PostAsync<T>(string path, string accessToken, JsonObject body, Func<JsonElement, T> read, CancellationToken ct)
    {
        var request = Request(HttpMethod.Post, path, accessToken);
        // With a length: not every proxy on the way takes chunks.
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ContentType = new("application/json") } };
        return CallAsync(request, read, ct);
    }

    private async Task<T> CallAsync<T>(HttpRequestMessage call, Func<JsonElement, T> read, CancellationToken ct)
    {
        using var request = call;
        try
        {
            using var response = await http.SendAsync(request, ct);
            using var answer = await ReadAsync(response, ct);
            return response.IsSuccessStatusCode ? read(answer.RootElement) : throw ReadRefusal(answer, response.Headers);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            // No connection was made: surely nothing was sent.
            throw new WhatsAppException(WhatsAppFailure.Transient, 0, null, null, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException or JsonException || (exception is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null, exception);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string accessToken)
    {
        // A token that no header can hold is a broken setting: refused as WhatsApp would, before anything is sent.
        if (accessToken.Any(c => !char.IsAscii(c) || char.IsControl(c))) throw new WhatsAppException(WhatsAppFailure.Blocked, 190, null, null);
        return new(method, $"{_base}/{path}") { Headers = { Authorization = new("Bearer", accessToken) } };
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        return await JsonDocument.ParseAsync(stream, cancellationToken: ct);
    }

    private static WhatsAppException ReadRefusal(JsonDocument answer, HttpResponseHeaders headers)
    {
        var error = answer.RootElement.Member("error");
        var code = error.Number("code") is { } number and >= 0 and < int.MaxValue ? (int?)(int)number : null;
        // An answer without a code says nothing: it may have been sent.
        if (code is null) return new(WhatsAppFailure.Unknown, 0, error.Text("fbtrace_id"), RetryAfter(headers));
        var errorClass = MetaErrors.Classify(code.Value, error.Member("is_transient") is { ValueKind: JsonValueKind.True });
        return new(errorClass, code.Value, error.Text("fbtrace_id"), RetryAfter(headers));
    }

    private static TimeSpan? RetryAfter(HttpResponseHeaders headers)
        => headers.TryGetValues("Retry-After", out var values) && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 86400
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
