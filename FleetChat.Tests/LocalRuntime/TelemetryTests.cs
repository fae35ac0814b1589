using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using FleetChat.LocalRuntime;

namespace FleetChat.Tests.LocalRuntime;

public sealed class TelemetryTests
{
    [Fact]
    public async Task A_trace_goes_from_the_call_through_the_queue_to_the_function()
    {
        await using var app = await RuntimeApp.CreateAsync();
        using var spans = new Spans();
        var host = await app.StartHostAsync("one");
        var caller = ActivityTraceId.CreateRandom();

        await PutAsync(host, "parcel", $"00-{caller}-00f067aa0ba902b7-01");

        await Until.TrueAsync(() => spans.Of(caller).Length == 4, because: "the four spans of the trace");
        var (call, sent, processed, sentOn) = (spans.Find(caller, "POST /traced/{name}"), spans.Find(caller, "send traced"), spans.Find(caller, "process traced"), spans.Find(caller, "send traced-last"));
        Assert.Equal("00f067aa0ba902b7", call.ParentSpanId.ToString());
        Assert.Equal([call.SpanId, sent.SpanId, processed.SpanId], new[] { sent.ParentSpanId, processed.ParentSpanId, sentOn.ParentSpanId });
        Assert.Equal([ActivityKind.Server, ActivityKind.Producer, ActivityKind.Consumer], new[] { call.Kind, sent.Kind, processed.Kind });
        Assert.Equal(["http", "Traced", "/traced/{name}", "200"], Tags(call, "faas.trigger", "faas.name", "http.route", "http.response.status_code"));
        Assert.Equal(["pubsub", "TakeTraced", "traced", "process"], Tags(processed, "faas.trigger", "faas.name", "messaging.destination.name", "messaging.operation.type"));
        Assert.All(spans.Of(caller), span => Assert.DoesNotContain(span.TagObjects, tag => tag.Value?.ToString()?.Contains("parcel", StringComparison.Ordinal) == true));
    }

    [Fact]
    public async Task Every_try_of_a_message_is_told_and_none_tells_what_the_exception_says()
    {
        await using var app = await RuntimeApp.CreateAsync();
        using var spans = new Spans();
        var host = await app.StartHostAsync("one");
        var caller = ActivityTraceId.CreateRandom();

        await PutAsync(host, "fail", $"00-{caller}-00f067aa0ba902b7-01");

        await Until.TrueAsync(() => spans.Of(caller).Count(s => s.DisplayName == "process traced") == 3, because: "three tries");
        var tries = spans.Of(caller).Where(s => s.DisplayName == "process traced").ToArray();
        Assert.Equal([1, 2, 3], tries.Select(t => (int)t.GetTagItem("localruntime.dequeue_count")!).Order());
        Assert.All(tries, t => Assert.Equal((ActivityStatusCode.Error, "System.InvalidOperationException"), (t.Status, t.GetTagItem("error.type"))));
        Assert.All(tries, t => Assert.Null(t.StatusDescription));
        Assert.All(tries, t => Assert.DoesNotContain("secret", string.Join(' ', t.TagObjects.Select(tag => tag.Value)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_listener_the_callers_trace_goes_on_all_the_same_and_nonsense_does_not()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");
        var caller = $"00-{ActivityTraceId.CreateRandom()}-00f067aa0ba902b7-00";

        await PutAsync(host, "parcel", caller);
        await PutAsync(host, "odd", "my telephone number");

        await Until.TrueAsync(() => app.Log.Of("TakeTraced").Count == 2, because: "both messages");
        Assert.Contains(app.Log.Of("TakeTraced"), taken => taken.StartsWith($"parcel {caller[..35]}", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Of("TakeTraced"), taken => taken.Contains("telephone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_timer_is_a_trace_of_its_own()
    {
        await using var app = await RuntimeApp.CreateAsync();
        using var spans = new Spans();
        await app.Clock.FreezeAsync(new DateTimeOffset(2031, 3, 1, 10, 59, 0, TimeSpan.Zero));
        await app.StartHostAsync("one");

        await app.Clock.StepToAsync(new DateTimeOffset(2031, 3, 1, 11, 0, 0, TimeSpan.Zero), new() { ShortestPeriod = TimeSpan.FromHours(1) });

        var span = Assert.Single(spans.All, s => s.DisplayName == "Hourly" && Tags(s, "faas.time").Single()!.StartsWith("2031", StringComparison.Ordinal));
        Assert.Equal(["timer", "0 0 * * * *", "2031-03-01T11:00:00.0000000+00:00"], Tags(span, "faas.trigger", "faas.cron", "faas.time"));
        Assert.Equal(default, span.ParentSpanId);
    }

    [Fact]
    public async Task Invocations_errors_and_messages_are_counted()
    {
        await using var app = await RuntimeApp.CreateAsync();
        using var measures = new Measures();
        var host = await app.StartHostAsync("one");

        await PutAsync(host, "parcel", "");
        await PutAsync(host, "fail", "");
        await Until.TrueAsync(async () => await app.CountMessagesAsync("traced-poison") == 1, because: "the failing message to be given up");

        Assert.Equal(2, measures.Sum("faas.invocations", "faas.name", "Traced"));
        Assert.Equal(1, measures.Sum("faas.invocations", "faas.name", "TakeTraced"));
        Assert.Equal(3, measures.Sum("faas.errors", "faas.name", "TakeTraced"));
        Assert.Equal(4, measures.Count("faas.invoke_duration", "faas.name", "TakeTraced"));
        Assert.Equal(2, measures.Sum("messaging.client.sent.messages", "messaging.destination.name", "traced"));
        Assert.Equal(4, measures.Sum("messaging.client.consumed.messages", "messaging.destination.name", "traced"));
    }

    [Fact]
    public async Task The_depth_of_queues_is_looked_at_while_somebody_listens()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.StartHostAsync("one");
        await app.PutBehindItsBackAsync("traced-poison", "left");
        using var measures = new Measures();

        await Until.TrueAsync(() => measures.Observe("messaging.queue.depth", "messaging.destination.name", "traced-poison") == 1, because: "the depth to be told");

        Assert.Equal(0, measures.Observe("messaging.queue.depth", "messaging.destination.name", "traced"));
    }

    private static async Task PutAsync(RuntimeHost host, string name, string traceParent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"traced/{name}");
        if (traceParent.Length > 0) request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        using var answer = await host.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static IEnumerable<string?> Tags(Activity span, params string[] names) => names.Select(n => span.GetTagItem(n)?.ToString());

    /// <summary>The runtime's spans that have ended.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _ended = new();
        private readonly ActivityListener _listener;

        public Spans()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == RuntimeTelemetry.SourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _ended.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Activity[] All => [.. _ended];

        public Activity[] Of(ActivityTraceId trace) => [.. _ended.Where(s => s.TraceId == trace)];

        public Activity Find(ActivityTraceId trace, string name) => Assert.Single(Of(trace), s => s.DisplayName == name);

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>What the runtime's meter told since this was made.</summary>
    private sealed class Measures : IDisposable
    {
        private readonly ConcurrentQueue<(string Instrument, double Value, KeyValuePair<string, object?>[] Tags)> _all = new();
        private readonly MeterListener _listener = new();

        public Measures()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == RuntimeTelemetry.MeterName) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _all.Enqueue((instrument.Name, value, tags.ToArray())));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _all.Enqueue((instrument.Name, value, tags.ToArray())));
            _listener.Start();
        }

        public double Sum(string instrument, string tag, string value) => Of(instrument, tag, value).Sum();

        public int Count(string instrument, string tag, string value) => Of(instrument, tag, value).Count();

        /// <returns>Null if it is not told.</returns>
        public double? Observe(string instrument, string tag, string value)
        {
            _all.Clear();
            _listener.RecordObservableInstruments();
            return Of(instrument, tag, value).Select(v => (double?)v).Max();
        }

        public void Dispose() => _listener.Dispose();

        private IEnumerable<double> Of(string instrument, string tag, string value) => _all
            .Where(m => m.Instrument == instrument && m.Tags.Any(t => t.Key == tag && t.Value?.ToString() == value))
            .Select(m => m.Value);
    }
}
