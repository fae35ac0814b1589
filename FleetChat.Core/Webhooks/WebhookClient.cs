using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace FleetChat.Core.Webhooks;

/// <summary>One request to a receiver, ready to go.</summary>
/// <param name="Id">The same for every attempt of an event: <c>webhook-id</c>.</param>
internal sealed record WebhookRequest(Uri Url, string Id, DateTimeOffset At, string Signature, byte[] Body);

/// <summary>What became of a request.</summary>
/// <param name="Code">The HTTP status; null if none came.</param>
/// <param name="Outcome">A code of ours: <c>answered</c>, or why there was no answer.</param>
/// <param name="Took">Until the answer came.</param>
internal sealed record WebhookReply(int? Code, string Outcome, TimeSpan? RetryAfter = null, TimeSpan Took = default);

/// <summary>POSTs to receivers, over such connections alone as may be made for companies.</summary>
public sealed class WebhookClient(CompanyConnections connections, TimeProvider time) : IDisposable
{
    /// <summary>Of one call, from the name's look-up to the answer's head.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(24);

    private readonly HttpMessageInvoker _http = new(connections.NewHandler());

    public void Dispose() => _http.Dispose();

    internal async Task<WebhookReply> PostAsync(WebhookRequest request, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Timeout);
        using var message = Message(request);
        var start = time.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(message, limit.Token);
            return new((int)response.StatusCode, "answered", RetryAfter(response.Headers), time.GetElapsedTime(start));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(null, "timeout");
        }
        catch (HttpRequestException exception)
        {
            return new(null, Outcome(exception));
        }
        catch (Exception broken) when (broken is IOException or SocketException)
        {
            return new(null, "no_answer");
        }
    }

    private static HttpRequestMessage Message(WebhookRequest request)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, request.Url)
        {
            Content = new ByteArrayContent(request.Body) { Headers = { ContentType = new("application/json") } },
        };
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("FleetChat-Webhooks", "1"));
        message.Headers.Add("webhook-id", request.Id);
        message.Headers.Add("webhook-timestamp", request.At.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        message.Headers.Add("webhook-signature", request.Signature);
        return message;
    }

    private static string Outcome(HttpRequestException exception)
    {
        if (CompanyConnections.IsRefused(exception)) return "address_refused";
        return exception.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "name_unknown",
            HttpRequestError.SecureConnectionError => "tls_failed",
            HttpRequestError.ConnectionError => "no_connection",
            _ => "no_answer",
        };
    }

    private TimeSpan? RetryAfter(HttpResponseHeaders headers)
    {
        var asked = headers.RetryAfter is { } given ? given.Delta ?? given.Date - time.GetUtcNow() : null;
        return asked > LongestRetryAfter ? LongestRetryAfter : asked > TimeSpan.Zero ? asked : null;
    }
}
