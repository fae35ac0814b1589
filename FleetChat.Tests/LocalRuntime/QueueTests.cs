using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.LocalRuntime;

public sealed class QueueTests
{
    [Fact]
    public async Task Two_hosts_on_one_database_share_messages_and_run_each_once()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var one = await app.StartHostAsync("one");
        await app.StartHostAsync("two");

        // More than one host takes at once, and none is done before the other has begun.
        var messages = Enumerable.Range(0, 40).Select(i => $"hold:all {i}").Select(m => m.Replace(' ', '-')).ToArray();
        await PutAsync(one, messages);
        await Until.TrueAsync(() => HostsOf(app.Log).Count() == 2, because: "both hosts to take messages");
        foreach (var message in messages) app.Log.Open(message["hold:".Length..]);
        await one.Server.WaitUntilIdleAsync(CancellationToken.None);
        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 40, because: "all messages to be worked on");

        Assert.Equal(messages.Order(), app.Log.Of("Work").Select(e => e.Split(' ')[0]).Order());
        Assert.Equal(0, await app.CountMessagesAsync("work"));
    }

    [Fact]
    public async Task A_message_that_a_dead_process_had_claimed_is_delivered_again()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.StartHostAsync("one");

        await app.Database.ExecuteAsAdminAsync("""
            insert into localhost.queue_messages (queue, body, dequeue_count, visible_at, claimed_by)
            values ('work', 'left', 1, now() + interval '5 minutes', 4711)
            """);

        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 1, because: "the message to be delivered again");
        Assert.Equal(["left 2 one"], app.Log.Of("Work"));
    }

    [Fact]
    public async Task A_message_that_fails_too_often_goes_to_the_poison_queue()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");

        await PutAsync(host, "fail");

        await Until.TrueAsync(async () => await app.CountMessagesAsync("work-poison") == 1, because: "the message to be given up");
        Assert.Equal(["fail 1 one", "fail 2 one", "fail 3 one"], app.Log.Of("Work"));
        Assert.Equal(0, await app.CountMessagesAsync("work"));
    }

    [Fact]
    public async Task Whoever_lost_a_claim_cannot_delete_the_message()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");
        await PutAsync(host, "hold:slow");
        await Until.TrueAsync(() => app.Log.Of("Work").Count == 1, because: "the message to be begun");

        // As if its lease had ended and another process had taken it.
        await app.Database.ExecuteAsAdminAsync("""
            update localhost.queue_messages
            set dequeue_count = dequeue_count + 1,
                visible_at = now() + interval '5 minutes'
            """);
        app.Log.Open("slow");
        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 1, because: "the first run to end");
        await host.StopAsync();

        Assert.Equal(1, await app.CountMessagesAsync("work"));
    }

    [Fact]
    public async Task When_the_queue_cannot_be_written_the_caller_gets_500_after_the_function_has_run()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");
        await app.Database.ExecuteAsAdminAsync("""
            do $$
            begin
                execute format('revoke insert on localhost.queue_messages from %I', (
                    select tableowner from pg_tables where schemaname = 'localhost' and tablename = 'queue_messages'));
            end
            $$
            """);

        using var answer = await host.Http.PostAsync("put", new StringContent("a\nb"));

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(["2"], app.Log.Of("Put"));
        Assert.Equal(0, await app.CountMessagesAsync("work"));
    }

    [Fact]
    public async Task One_message_over_64_KB_stores_none_of_its_invocation()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");

        using var answer = await host.Http.PostAsync("put", new StringContent("small\n" + new string('x', (48 * 1024) + 1)));

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(0, await app.CountMessagesAsync("work"));
        Assert.Empty(app.Log.Of("Work"));
    }

    [Fact]
    public async Task A_message_may_hold_any_character()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");

        await PutAsync(host, "nothing\0between", "für 🚚");

        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 2, because: "both to be worked on");
        Assert.Equal(["für 🚚 one", "nothing\0between one"], app.Log.Of("Worked").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_message_that_begins_at_once_runs_outside_the_scope_of_the_call_that_stored_it()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var scopes = new ScopeLog();
        var host = await app.StartHostAsync("one", change: builder => builder.Services.AddSingleton<ILoggerProvider>(scopes));
        await host.Server.WaitUntilIdleAsync(CancellationToken.None);

        await PutAsync(host, "fail");

        await Until.TrueAsync(() => !scopes.OfErrors.IsEmpty, because: "the message to fail");
        Assert.All(scopes.OfErrors, functions => Assert.Equal("Work", functions));
    }

    [Fact]
    public async Task A_message_of_another_process_is_found_by_polling()
    {
        await using var app = await RuntimeApp.CreateAsync();
        await app.StartHostAsync("one");

        await app.Database.ExecuteAsAdminAsync("""
            insert into localhost.queue_messages (queue, body)
            values ('work', 'elsewhere')
            """);

        await Until.TrueAsync(() => app.Log.Of("Worked").Count == 1, because: "the message to be found");
    }

    private static async Task PutAsync(RuntimeHost host, params string[] messages)
    {
        using var answer = await host.Http.PostAsync("put", new StringContent(string.Join('\n', messages)));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    /// <summary>The functions in whose scopes errors were logged, outermost first.</summary>
    private sealed class ScopeLog : ILoggerProvider, ILogger, ISupportExternalScope
    {
        private IExternalScopeProvider? _scopes;

        public ConcurrentQueue<string> OfErrors { get; } = new();

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var functions = new List<string>();
            _scopes!.ForEachScope(
                (scope, list) =>
                {
                    if (scope is IEnumerable<KeyValuePair<string, object>> named) list.Add(named.First().Value.ToString()!);
                },
                functions);
            if (IsEnabled(logLevel)) OfErrors.Enqueue(string.Join('>', functions));
        }

        public void Dispose()
        {
        }
    }

    private static IEnumerable<string> HostsOf(RuntimeLog log) => log.Of("Work").Select(e => e.Split(' ')[^1]).Distinct();
}
