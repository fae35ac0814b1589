using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;

namespace FleetChat.Core.Webhooks;

/// <summary>One request to a receiver, ready to go.</summary>
/// <param name="Id">The same for every attempt of an event: <c>webhook-id</c>.</param>
internal sealed record WebhookRequest(Uri Url, string Id, DateTimeOffset At, string Signature, byte[] Body);

/// <summary>What became of a request.</summary>
/// <param name="Code">The HTTP status; null if none came.</param>
/// <param name="Outcome">A code of ours: <c>answered</c>, or why there was no answer.</param>
/// <param name="Took">Until the answer came.</param>
internal sealed record WebhookReply(int? Code, string Outcome, TimeSpan? RetryAfter = null, TimeSpan Took = default);

/// <summary>
/// POSTs to receivers. Follows nothing, remembers nothing, and connects only to addresses that <see cref="WebhookAddresses"/>
/// allows: they are looked at after the name was resolved, and it is these very addresses that are connected to.
/// </summary>
public sealed class WebhookClient : IDisposable
{
    /// <summary>Of one call, from the name's look-up to the answer's head.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private const int MostOfAnswer = 4 * 1024;
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(24);

    private readonly WebhookAddresses _addresses;
    private readonly IHostResolver _resolver;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;

    public WebhookClient(WebhookAddresses addresses, IHostResolver resolver, TimeProvider time)
    {
        (_addresses, _resolver, _time) = (addresses, resolver, time);
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // A proxy would connect in our place, and to whatever it likes.
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = ConnectAsync,
            // Names are looked up anew once a minute.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            // An answer's body says nothing to us: a little is read, so that the connection serves again, the rest is cut off.
            MaxResponseDrainSize = MostOfAnswer,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            MaxResponseHeadersLength = 16,
            // Ids of our traces are nobody else's business.
            ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            SslOptions = { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
        });
    }

    public void Dispose() => _http.Dispose();

    internal async Task<WebhookReply> PostAsync(WebhookRequest request, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Timeout);
        using var message = Message(request);
        var start = _time.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(message, limit.Token);
            return new((int)response.StatusCode, "answered", RetryAfter(response.Headers), _time.GetElapsedTime(start));
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

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (url, endPoint) = (context.InitialRequestMessage.RequestUri!, context.DnsEndPoint);
        var addresses = IPAddress.TryParse(endPoint.Host, out var literal) ? [literal] : await _resolver.ResolveAsync(endPoint.Host, ct);
        var allowed = addresses.Where(address => _addresses.MayConnect(url, address)).ToArray();
        if (allowed.Length == 0 && addresses.Length > 0) throw new AddressRefusedException();
        Exception failure = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in allowed)
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

    private static string Outcome(HttpRequestException exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
            if (inner is AddressRefusedException) return "address_refused";
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
        var asked = headers.RetryAfter is { } given ? given.Delta ?? given.Date - _time.GetUtcNow() : null;
        return asked > LongestRetryAfter ? LongestRetryAfter : asked > TimeSpan.Zero ? asked : null;
    }

    private sealed class AddressRefusedException : Exception;
}
