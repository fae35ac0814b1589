using System.Globalization;
using FleetChat.LocalHost.Commands;
using FleetChat.LocalRuntime;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.Tests.Postgres;
using Npgsql;
using Spectre.Console;

namespace FleetChat.Tests.LocalRuntime;

public sealed class OrchestrationInspectorTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2027, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.EmptyAsync("inspector");
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_database.Logins.LocalRuntime) { Pooling = false });
        await LocalSchema.UpgradeAsync(_source, default);
    }

    public async Task DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Instances_are_listed_by_status_and_beginning_of_their_ids()
    {
        await AddAsync("consent-v1:a", status: 0, Noon);
        await AddAsync("consent-v1:b", status: 3, Noon.AddHours(1));
        await AddAsync("retry-v1:c", status: 0, Noon.AddHours(2));

        Assert.Equal(["retry-v1:c", "consent-v1:b", "consent-v1:a"], await ListAsync(new()));
        Assert.Equal(["retry-v1:c"], await ListAsync(new(Limit: 1)));
        Assert.Equal(["consent-v1:a"], await ListAsync(new(Status: "running", Prefix: "consent")));
        Assert.Equal(["consent-v1:b"], await ListAsync(new(Status: "Failed")));
        await Assert.ThrowsAsync<ArgumentException>(() => ListAsync(new(Status: "lost")));
    }

    [Fact]
    public async Task History_tells_when_each_thing_was_seen_and_how_long_it_took()
    {
        await AddAsync("one", status: 0, Noon);
        await AddTurnAsync("one", 1, $$$"""[{"k":"turn_started","t":"{{{At(0)}}}"},{"k":"started","name":"Flow","input":"{\"id\":7}"},{"k":"activity_scheduled","id":0,"name":"Send","input":"7"},{"k":"timer_created","id":1,"due":"{{{At(60)}}}"}]""");
        await AddTurnAsync("one", 2, $$$"""[{"k":"turn_started","t":"{{{At(3)}}}"},{"k":"activity_completed","id":0,"result":"\"ok\""},{"k":"child_scheduled","id":2,"name":"Retry","instance":"one:2"}]""");
        await AddTurnAsync("one", 3, $$$"""[{"k":"turn_started","t":"{{{At(90)}}}"},{"k":"child_failed","id":2,"failure":{"type":"TimeoutException","message":"too slow","inner":{"type":"SocketException","message":"refused"} } },{"k":"timer_fired","id":1}]""");

        var history = (await FindAsync("one")).History;

        Assert.Equal((Noon, null, "Flow", "{\"id\":7}"), Seen("started", 1));
        Assert.Equal((Noon.AddSeconds(3), TimeSpan.FromSeconds(3), "Send", "\"ok\""), Seen("activity_completed", 2));
        Assert.Equal((Noon.AddSeconds(90), TimeSpan.FromSeconds(90), null, null), Seen("timer_fired", 3));
        var failed = Assert.Single(history, entry => entry.Kind == "child_failed");
        Assert.Equal((TimeSpan.FromSeconds(87), "Retry one:2"), (failed.Duration!.Value, failed.Name));
        Assert.Equal(new("TimeoutException", "too slow", new("SocketException", "refused", Inner: null)), failed.Failure);

        (DateTimeOffset?, TimeSpan?, string?, string?) Seen(string kind, int turn)
            => history.Where(entry => entry.Kind == kind && entry.Turn == turn).Select(entry => (entry.Time, entry.Duration == TimeSpan.Zero ? null : entry.Duration, entry.Name, entry.Text)).Single();
    }

    [Fact]
    public async Task All_that_it_waits_for_is_told_with_the_time_since_when()
    {
        await AddAsync("parent", status: 0, Noon);
        await AddTurnAsync("parent", 1, $$$"""[{"k":"turn_started","t":"{{{At(0)}}}"},{"k":"activity_scheduled","id":0,"name":"Send"},{"k":"activity_scheduled","id":1,"name":"Log"},{"k":"timer_created","id":2,"due":"{{{At(3600)}}}"},{"k":"child_scheduled","id":3,"name":"Retry","instance":"child"}]""");
        await InstanceRows.AddActivityAsync(_database, "parent", task: 0, "Send", owner: 999);
        await InstanceRows.AddActivityAsync(_database, "parent", task: 1, "Log");
        await InstanceRows.AddMessageAsync(_database, "parent", kind: 2, task: 1);
        await InstanceRows.AddMessageAsync(_database, "parent", kind: 1, task: 2, dueIn: "1 hour");
        await InstanceRows.AddMessageAsync(_database, "parent", kind: 4, body: """{"k":"event_raised","name":"Answer","input":"1"}""");
        await InstanceRows.AddInstanceAsync(_database, "child", status: 6, name: "Retry", at: Noon.AddSeconds(5), parent: "parent");

        var waits = (await FindAsync("parent")).Waits;

        Assert.Contains(new("activity", "Send", "was run by host 999, which is dead", Noon, Due: null), waits);
        Assert.Contains(new("activity", "Log", "done, and its result is not taken yet", Noon, Due: null), waits);
        Assert.Contains(new("timer", "", "runs", Noon, Noon.AddHours(1)), waits);
        Assert.Contains(new("event", "Answer", "has come, and is not taken yet", Since: null, Due: null), waits);
        Assert.Contains(new("child", "Retry child", "Pending", Noon.AddSeconds(5), Due: null), waits);
        Assert.Equal(5, waits.Count);
    }

    [Fact]
    public async Task What_a_newer_host_wrote_is_shown_as_far_as_it_is_understood()
    {
        await AddAsync("newer", status: 42, Noon);
        await AddTurnAsync("newer", 1, $$$"""[{"k":"turn_started","t":"{{{At(0)}}}"},{"k":"dream_began","id":"x","name":"Sheep","input":{"count":3}},{"z":1}]""");
        await AddTurnAsync("newer", 2, "no json at all");

        var instance = await FindAsync("newer");

        Assert.Equal("42", instance.Summary.Status);
        Assert.Contains(instance.History, entry => entry is { Kind: "dream_began", Name: "Sheep", Text: "{\"count\":3}" });
        Assert.Equal(2, instance.History.Count(entry => entry.Kind == "unreadable"));
    }

    [Fact]
    public async Task Instance_is_shown_as_a_timeline_that_can_be_read()
    {
        await InstanceRows.AddInstanceAsync(
            _database, "bill-v1:acme_001", status: 3, name: "BillTenant", version: "2", input: new string('x', 500), at: Noon,
            failure: """{"type":"TaskFailedException","message":"Task 'Charge' failed","inner":{"type":"CardException","message":"declined [card]"}}""");
        await AddTurnAsync("bill-v1:acme_001", 1, $$$"""[{"k":"turn_started","t":"{{{At(0)}}}"},{"k":"started","name":"BillTenant","input":"x"},{"k":"activity_scheduled","id":0,"name":"Charge"}]""");
        await AddTurnAsync("bill-v1:acme_001", 2, $$$"""[{"k":"turn_started","t":"{{{At(200)}}}"},{"k":"activity_failed","id":0,"failure":{"type":"CardException","message":"declined [card]"}},{"k":"failed"}]""");

        var shown = Show(await FindAsync("bill-v1:acme_001"), Noon.AddHours(1));

        Assert.Contains("bill-v1:acme_001  BillTenant 2  Failed", shown, StringComparison.Ordinal);
        Assert.Contains("(500 characters)", shown, StringComparison.Ordinal);
        Assert.Contains("Failed: TaskFailedException: Task 'Charge' failed ← CardException: declined [card]", shown, StringComparison.Ordinal);
        Assert.Matches(@"2027-01-31 12:00:00\.000Z\s+1\s+asked for activity\s+Charge", shown);
        Assert.Matches(@"2027-01-31 12:03:20\.000Z\s+2\s+activity failed\s+Charge\s+3 min 20 s\s+CardException: declined \[card\]", shown);
    }

    [Fact]
    public async Task Waits_are_shown_with_their_age_and_how_long_is_left()
    {
        await AddAsync("one", status: 0, Noon);
        await AddTurnAsync("one", 1, $$$"""[{"k":"turn_started","t":"{{{At(0)}}}"},{"k":"timer_created","id":0,"due":"{{{At(7200)}}}"}]""");
        Assert.Contains("Waits for nothing that is on its way", Show(await FindAsync("one"), Noon), StringComparison.Ordinal);

        await InstanceRows.AddMessageAsync(_database, "one", kind: 1, task: 0, dueIn: "2 hours");

        Assert.Matches(@"timer\s+2027-01-31 12:00:00\.000Z \(30 min\)\s+2027-01-31 14:00:00\.000Z \(in 1 h 30 min\)", Show(await FindAsync("one"), Noon.AddMinutes(30)));
        Assert.Contains("(overdue by 1 h)", Show(await FindAsync("one"), Noon.AddHours(3)), StringComparison.Ordinal);
    }

    private static string Show(InstanceDetail instance, DateTimeOffset now)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Timeline.Show(instance, now, AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No }));
        return text.ToString();
    }

    private Task AddAsync(string id, short status, DateTimeOffset at) => InstanceRows.AddInstanceAsync(_database, id, status, at: at);

    private Task AddTurnAsync(string instance, int turn, string events) => InstanceRows.AddTurnAsync(_database, instance, turn, events);

    private async Task<string[]> ListAsync(InstanceQuery query) => [.. (await new OrchestrationInspector(_source).ListAsync(query, default)).Select(instance => instance.Id)];

    private async Task<InstanceDetail> FindAsync(string id) => (await new OrchestrationInspector(_source).FindAsync(id, default))!;

    private static string At(int seconds) => Noon.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
