using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

/// <summary>What the abstract context does by itself.</summary>
public sealed class OrchestrationContextTests : IDisposable
{
    private static readonly TaskOptions Second = new() { Version = "2" };

    private readonly Lines _lines = new();

    public void Dispose() => _lines.Dispose();

    [Fact]
    public async Task Every_call_ends_in_the_one_with_a_result()
    {
        var context = new FakeOrchestrationContext();

        await context.CallActivityAsync("A", 1);
        await context.CallActivityAsync("A", Second);
        await context.CallActivityAsync<string>("A", Second);
        await context.CallSubOrchestratorAsync("S", 1);
        await context.CallSubOrchestratorAsync("S", Second);
        await context.CallSubOrchestratorAsync<string>("S", Second);

        Assert.Equal(
            [
                "activity A Object 1 null", "activity A Object null 2", "activity A String null 2",
                "sub S Object 1 null", "sub S Object null 2", "sub S String null 2",
            ],
            context.Calls);
    }

    [Fact]
    public void A_delay_counts_from_the_orchestrations_time()
    {
        var context = new FakeOrchestrationContext();

        _ = context.CreateTimer(TimeSpan.FromMinutes(3), default);

        Assert.Equal(["timer 00:03:00"], context.Calls);
    }

    [Fact]
    public async Task An_event_in_time_cancels_the_timer()
    {
        var context = new FakeOrchestrationContext();

        var waiting = context.WaitForExternalEvent<string>("go", TimeSpan.FromMinutes(3));
        Assert.Equal(["timer 00:03:00", "event go"], context.Calls);
        context.Event.SetResult("yes");

        Assert.Equal("yes", await waiting);
        Assert.True(context.Timer.Task.IsCanceled);
    }

    [Fact]
    public async Task A_timeout_cancels_the_wait_for_the_event()
    {
        var context = new FakeOrchestrationContext();

        var waiting = context.WaitForExternalEvent<string>("go", TimeSpan.FromMinutes(3));
        context.Timer.SetResult();

        await Assert.ThrowsAsync<TaskCanceledException>(() => waiting);
        Assert.True(context.Event.Task.IsCanceled);
    }

    [Fact]
    public async Task A_caller_that_gives_up_cancels_both()
    {
        var context = new FakeOrchestrationContext();
        using var giveUp = new CancellationTokenSource();

        var waiting = context.WaitForExternalEvent<string>("go", TimeSpan.FromMinutes(3), giveUp.Token);
        await giveUp.CancelAsync();

        await Assert.ThrowsAsync<TaskCanceledException>(() => waiting);
        Assert.True(context.Timer.Task.IsCanceled);
    }

    [Fact]
    public void Continuing_with_options_hands_on_input_and_events_and_drops_a_new_version()
    {
        var context = new FakeOrchestrationContext();

        context.ContinueAsNew(new ContinueAsNewOptions { NewInput = 5, PreserveUnprocessedEvents = false, NewVersion = "2" });
        context.ContinueAsNew(new ContinueAsNewOptions());

        Assert.Equal(["continue 5 False", "continue  True"], context.Calls);
    }

    [Fact]
    public void Unsaid_version_and_properties_are_empty()
    {
        var context = new FakeOrchestrationContext();

        Assert.Equal("", context.Version);
        Assert.Empty(context.Properties);
        Assert.Equal(-1, context.CompareVersionTo("1.0"));
        Assert.Equal(0, context.CompareVersionTo(""));
    }

    [Fact]
    public void Loggers_are_silent_while_history_is_replayed()
    {
        var context = new FakeOrchestrationContext(_lines) { Replaying = true };
        var type = typeof(Lines);
        var loggers = new[]
        {
            context.CreateReplaySafeLogger("named"),
            context.CreateReplaySafeLogger(type),
            context.CreateReplaySafeLogger<Lines>(),
            context.ReplaySafeLoggerFactory.CreateLogger("made"),
        };

        Write(loggers);
        Assert.Empty(_lines.Written);
        Assert.True(loggers[0].IsEnabled(LogLevel.Information));

        context.Replaying = false;
        Write(loggers);
        Assert.Equal(["named", type.FullName!.Replace('+', '.'), type.FullName!.Replace('+', '.'), "made"], _lines.Written);
    }

    [Fact]
    public void A_context_around_another_asks_once_whether_it_replays()
    {
        var inner = new FakeOrchestrationContext(_lines);
        var outer = new FakeOrchestrationContext(inner.ReplaySafeLoggerFactory);

        Write(outer.CreateReplaySafeLogger("wrapped"), outer.ReplaySafeLoggerFactory.CreateLogger("wrapped"));

        Assert.Equal(["wrapped", "wrapped"], _lines.Written);
        Assert.Equal((2, 0), (outer.ReplayQuestions, inner.ReplayQuestions));
    }

    [Fact]
    public void A_context_whose_loggers_lead_back_to_itself_is_told_so()
    {
        var context = new Circle();

        var refused = Assert.Throws<InvalidOperationException>(() => context.CreateReplaySafeLogger("x"));
        Assert.StartsWith("Maximum unwrap depth exceeded", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_replay_safe_factory_takes_no_providers_and_leaves_the_applications_alone()
    {
        var context = new FakeOrchestrationContext(_lines);

        Assert.Throws<NotSupportedException>(() => context.ReplaySafeLoggerFactory.AddProvider(null!));
        context.ReplaySafeLoggerFactory.Dispose();

        Assert.False(_lines.Disposed);
        Assert.Same(context.ReplaySafeLoggerFactory, context.ReplaySafeLoggerFactory);
    }

    [Fact]
    public async Task An_HTTP_call_is_the_hosts_own_activity()
    {
        var answer = new DurableHttpResponse(System.Net.HttpStatusCode.Accepted);
        var context = new FakeOrchestrationContext { Answer = answer };

        Assert.Same(answer, await context.CallHttpAsync(HttpMethod.Get, new Uri("https://example.com/a")));

        Assert.Equal([$"activity BuiltIn::HttpActivity DurableHttpResponse {typeof(DurableHttpRequest)} null"], context.Calls);
    }

    private static void Write(params ILogger[] loggers)
    {
        foreach (var logger in loggers) logger.Log(LogLevel.Information, default, "state", null, (state, _) => state);
    }

    private sealed class Circle : FakeOrchestrationContext
    {
        protected override ILoggerFactory LoggerFactory => ReplaySafeLoggerFactory;
    }

    private sealed class Lines : ILoggerFactory
    {
        public List<string> Written { get; } = [];

        public bool Disposed { get; private set; }

        public ILogger CreateLogger(string categoryName) => new Line(categoryName, Written);

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose() => Disposed = true;
    }

    private sealed class Line(string category, List<string> written) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => written.Add(category);
    }
}
