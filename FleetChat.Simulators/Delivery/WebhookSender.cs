using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Delivery;

/// <summary>Sends webhooks over real HTTP, again and again with growing delays, and journals every attempt.</summary>
internal sealed class WebhookSender(DeliveryOptions options, Func<HttpStatusCode, bool> acknowledges, SimulatorJournal journal, FaultDice faults) : IAsyncDisposable
{
    // Long enough to be overtaken, too short to be late.
    private const int ShuffleMs = 250;

    // A fleet's worth of deliveries at once would only measure the receiver's accept queue.
    private readonly SemaphoreSlim atOnce = new(32);
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { Timeout = options.Timeout };
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly Dictionary<string, Task> lanes = [];
    private readonly HashSet<Task> underWay = [];
    private int pending;

    /// <summary>Posts that are neither acknowledged nor given up.</summary>
    public int Pending => Volatile.Read(ref pending);

    /// <summary>Completes when the first attempt is over, however it ended; further attempts follow on their own.</summary>
    public Task SendAsync(WebhookPost post)
    {
        var trouble = faults.OfWebhook(post.Id);
        return trouble?.Kind switch
        {
            WebhookTrouble.Lost => Task.CompletedTask,
            WebhookTrouble.Twice => Task.WhenAll(SendUntroubledAsync(post), SendUntroubledAsync(post)),
            WebhookTrouble.Shuffled => SendUntroubledAsync(OnItsOwn(post, trouble.Amount * ShuffleMs)),
            WebhookTrouble.Delayed => SendUntroubledAsync(OnItsOwn(post, trouble.Amount * trouble.Plan.DelayMs)),
            _ => SendUntroubledAsync(post),
        };
    }

    // In a lane of its own, or it would only make its neighbours late.
    private static WebhookPost OnItsOwn(WebhookPost post, double milliseconds) => post with { Lane = $"late:{post.Id}", Delay = post.Delay + TimeSpan.FromMilliseconds(milliseconds) };

    private Task SendUntroubledAsync(WebhookPost post)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping.IsCancellationRequested, this);
            Interlocked.Increment(ref pending);
            var first = FirstAttemptAsync(lanes.GetValueOrDefault(post.Lane, Task.CompletedTask), post);
            lanes[post.Lane] = first;
            Track(RetriesAsync(first, post));
            return first;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] left;
        lock (gate)
        {
            stopping.Cancel();
            left = [.. underWay];
        }
        await Task.WhenAll(left);
        http.Dispose();
        atOnce.Dispose();
        stopping.Dispose();
    }

    private void Track(Task task)
    {
        underWay.Add(task);
        task.ContinueWith(
            done =>
            {
                lock (gate)
                    underWay.Remove(done);
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    private async Task<bool> FirstAttemptAsync(Task before, WebhookPost post)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (post.Delay > TimeSpan.Zero)
            await Task.Delay(post.Delay, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await AttemptAsync(post, attempt: 1);
    }

    private async Task RetriesAsync(Task<bool> first, WebhookPost post)
    {
        var acknowledged = await first;
        for (var attempt = 2; !acknowledged && !stopping.IsCancellationRequested; attempt++)
        {
            if (attempt > options.MaxAttempts)
            {
                journal.Write("webhook.given_up", Facts(post, ("attempts", attempt - 1)));
                break;
            }
            await Task.Delay(options.DelayAfter(attempt - 1), stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            acknowledged = !stopping.IsCancellationRequested && await AttemptAsync(post, attempt);
        }
        Interlocked.Decrement(ref pending);
    }

    private async Task<bool> AttemptAsync(WebhookPost post, int attempt)
    {
        try
        {
            await atOnce.WaitAsync(stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        HttpStatusCode? status = null;
        string? failure = null;
        try
        {
            using var request = Request(post);
            using var response = await http.SendAsync(request, stopping.Token);
            status = response.StatusCode;
        }
        catch (Exception noAnswer) when (noAnswer is HttpRequestException or SocketException or OperationCanceledException)
        {
            failure = noAnswer is HttpRequestException refused ? $"{refused.HttpRequestError}: {refused.Message}" : noAnswer is SocketException broken ? $"{broken.SocketErrorCode}" : stopping.IsCancellationRequested ? "simulator stopped" : "timeout";
        }
        finally
        {
            atOnce.Release();
        }
        var acknowledged = status is { } answered && acknowledges(answered);
        journal.Write("webhook.attempt", Facts(post, ("attempt", attempt), ("status", (int?)status), ("failure", failure), ("acknowledged", acknowledged)));
        return acknowledged;
    }

    private static HttpRequestMessage Request(WebhookPost post)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, post.Url) { Content = new ByteArrayContent(post.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in post.Headers())
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static JsonObject Facts(WebhookPost post, params (string Name, JsonNode? Value)[] outcome)
    {
        var facts = SimulatorJson.Object([
            ("delivery_id", post.Id), ("url", post.Url.ToString()), ("body_sha256", Convert.ToHexStringLower(SHA256.HashData(post.Body))), .. outcome]);
        foreach (var (name, value) in post.Facts)
            facts[name] = value?.DeepClone();
        return facts;
    }
}
