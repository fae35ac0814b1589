using System.Net;
using System.Text;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.Extensions.Primitives;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>The activity behind an orchestrator's HTTP call, which the real host keeps too. Failed attempts are repeated inside of it.</summary>
internal static class BuiltInHttpActivity
{
    /// <summary>As the real host has it for a call that names no time.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(100);

    private static readonly HttpClient Client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2) }) { Timeout = Timeout.InfiniteTimeSpan };

    public static async Task<DurableHttpResponse> RunAsync(DurableHttpRequest request, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var response = await SendAsync(request, cancellation);
                if (!IsRetried(request.HttpRetryOptions, response.StatusCode) || !HasMore(request.HttpRetryOptions, attempt, began)) return response;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested
                && HasMore(request.HttpRetryOptions, attempt, began))
            {
                // The next attempt may do better.
            }
            await Task.Delay(DelayAfter(request.HttpRetryOptions!, attempt), TimeProvider.System, cancellation);
        }
    }

    private static async Task<DurableHttpResponse> SendAsync(DurableHttpRequest request, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(request.Timeout ?? DefaultTimeout);
        using var message = MessageOf(request);
        using var response = await Client.SendAsync(message, limit.Token);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => new StringValues([.. h.Value]));
        return new DurableHttpResponse(response.StatusCode) { Headers = headers, Content = await response.Content.ReadAsStringAsync(limit.Token) };
    }

    private static HttpRequestMessage MessageOf(DurableHttpRequest request)
    {
        var message = new HttpRequestMessage(request.Method, request.Uri);
        if (request.Content is { } content) message.Content = new StringContent(content, Encoding.UTF8);
        foreach (var (name, values) in request.Headers ?? new Dictionary<string, StringValues>())
        {
            if (message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) continue;
            message.Content ??= new ByteArrayContent([]);
            message.Content.Headers.Remove(name);
            message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        return message;
    }

    private static bool IsRetried(HttpRetryOptions? retry, HttpStatusCode status)
        => retry is not null && (retry.StatusCodesToRetry.Count == 0 ? (int)status >= 400 : retry.StatusCodesToRetry.Contains(status));

    private static bool HasMore(HttpRetryOptions? retry, int attempt, long began)
        => retry is not null && attempt < retry.MaxNumberOfAttempts && TimeProvider.System.GetElapsedTime(began) < retry.RetryTimeout;

    private static TimeSpan DelayAfter(HttpRetryOptions retry, int attempt)
    {
        var milliseconds = retry.FirstRetryInterval.TotalMilliseconds * Math.Pow(retry.BackoffCoefficient, attempt - 1);
        return milliseconds < retry.MaxRetryInterval.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : retry.MaxRetryInterval;
    }
}
