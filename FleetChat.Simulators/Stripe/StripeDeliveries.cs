using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Stripe;

internal sealed record StripeDelivery(StripeEvent Event, WebhookEndpoint Endpoint, string Lane)
{
    /// <summary>Real time, where a plan of faults makes it late.</summary>
    public TimeSpan Delay { get; init; }
}

/// <summary>Sends events over real HTTP until they are answered with 2xx. First attempts leave at once; further ones when the business clock says so, for three days.</summary>
internal sealed class StripeDeliveries(StripeState state, TimeProvider clock, SimulatorJournal journal, FaultDice faults, int seed) : IAsyncDisposable
{
    // Long enough to be overtaken, too short to be late.
    private const int ShuffleMs = 250;

    private readonly SemaphoreSlim atOnce = new(16);
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource stopping = new();
    private readonly Random shuffle = new(seed);
    private readonly Dictionary<string, Task> lanes = [];
    private readonly HashSet<Task> underWay = [];
    private List<StripeDelivery>? held;
    private int pending;

    /// <summary>Held, or neither acknowledged nor given up.</summary>
    public int Pending
    {
        get
        {
            lock (state.Gate)
                return pending + (held?.Count ?? 0);
        }
    }

    /// <summary>Whoever calls this and what follows holds the state's gate.</summary>
    public void Send(StripeDelivery delivery)
    {
        if (held is not null)
        {
            held.Add(delivery);
            return;
        }
        var trouble = faults.OfWebhook(delivery.Event.Id);
        switch (trouble?.Kind)
        {
            case WebhookTrouble.Lost:
                break;
            case WebhookTrouble.Twice:
                Start(delivery);
                Start(delivery);
                break;
            case WebhookTrouble.Shuffled:
                Start(OnItsOwn(delivery, trouble.Amount * ShuffleMs));
                break;
            case WebhookTrouble.Delayed:
                Start(OnItsOwn(delivery, trouble.Amount * trouble.Plan.DelayMs));
                break;
            default:
                Start(delivery);
                break;
        }
    }

    /// <summary>From now on nothing leaves until it is released.</summary>
    public void Hold() => held ??= [];

    public int Release(ReleaseOrder order)
    {
        StripeDelivery[] deliveries = [.. held ?? throw new ControlException("nothing is held")];
        held = null;
        if (order == ReleaseOrder.Reversed)
            Array.Reverse(deliveries);
        else if (order == ReleaseOrder.Shuffled)
            shuffle.Shuffle(deliveries);
        foreach (var delivery in deliveries)
            Send(delivery with { Lane = "released" });
        return deliveries.Length;
    }

    public async ValueTask DisposeAsync()
    {
        Task[] left;
        lock (state.Gate)
        {
            stopping.Cancel();
            left = [.. underWay];
        }
        await Task.WhenAll(left);
        http.Dispose();
        atOnce.Dispose();
        stopping.Dispose();
    }

    // In a lane of its own, or it would only make its neighbours late.
    private static StripeDelivery OnItsOwn(StripeDelivery delivery, double milliseconds)
        => delivery with { Lane = $"late:{delivery.Event.Id}", Delay = TimeSpan.FromMilliseconds(milliseconds) };

    private void Start(StripeDelivery delivery)
    {
        pending++;
        var first = AttemptAsync(delivery, lanes.GetValueOrDefault(delivery.Lane, Task.CompletedTask), attempt: 1, clock.GetUtcNow(), clock.GetUtcNow());
        lanes[delivery.Lane] = first;
        Track(delivery.Lane, first);
    }

    private void Track(string? lane, Task task)
    {
        underWay.Add(task);
        task.ContinueWith(
            done =>
            {
                lock (state.Gate)
                {
                    underWay.Remove(done);
                    if (lane is not null && lanes.GetValueOrDefault(lane) == done) lanes.Remove(lane);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    private async Task AttemptAsync(StripeDelivery delivery, Task before, int attempt, DateTimeOffset at, DateTimeOffset firstAt)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (delivery.Delay > TimeSpan.Zero && attempt == 1)
            await Task.Delay(delivery.Delay, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var (status, failure) = await PostAsync(delivery);
        var acknowledged = (int?)status is >= 200 and < 300;
        journal.Write("webhook.attempt", SimulatorJson.Object(
            ("event_id", delivery.Event.Id),
            ("event_type", delivery.Event.Type),
            ("url", delivery.Endpoint.Url.ToString()),
            ("attempt", attempt),
            ("status", (int?)status),
            ("failure", failure),
            ("acknowledged", acknowledged)));
        lock (state.Gate)
            After(delivery, attempt, at, firstAt, acknowledged);
    }

    private void After(StripeDelivery delivery, int attempt, DateTimeOffset at, DateTimeOffset firstAt, bool acknowledged)
    {
        // From when it was due, not from when it was made: a clock that jumps over three days has all of their attempts.
        var next = at + state.Settings.DelayAfter(attempt);
        if (acknowledged || stopping.IsCancellationRequested)
        {
            pending--;
        }
        else if (next > firstAt + state.Settings.Patience)
        {
            pending--;
            journal.Write("webhook.given_up", SimulatorJson.Object(("event_id", delivery.Event.Id), ("event_type", delivery.Event.Type), ("attempts", attempt)));
        }
        else
        {
            state.Schedule.At(next, () => Track(lane: null, AttemptAsync(delivery, Task.CompletedTask, attempt + 1, next, firstAt)));
        }
    }

    private async Task<(HttpStatusCode? Status, string? Failure)> PostAsync(StripeDelivery delivery)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        try
        {
            await atOnce.WaitAsync(patience.Token);
            try
            {
                patience.CancelAfter(state.Settings.TimeOut);
                using var request = Request(delivery);
                using var response = await http.SendAsync(request, patience.Token);
                return (response.StatusCode, null);
            }
            finally
            {
                atOnce.Release();
            }
        }
        catch (Exception noAnswer) when (noAnswer is HttpRequestException or SocketException or IOException or OperationCanceledException)
        {
            return (null, noAnswer is OperationCanceledException ? stopping.IsCancellationRequested ? "simulator stopped" : "timeout" : noAnswer.Message);
        }
    }

    // Signed for each attempt, as Stripe does: a receiver that goes by the time takes a late one.
    private HttpRequestMessage Request(StripeDelivery delivery)
    {
        var (now, body) = (clock.GetUtcNow(), delivery.Event.Body);
        IReadOnlyList<string> secrets;
        lock (state.Gate)
            secrets = delivery.Endpoint.Secrets(now);
        var request = new HttpRequestMessage(HttpMethod.Post, delivery.Endpoint.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", StripeSigning.Header(now, body, secrets));
        request.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        return request;
    }
}
