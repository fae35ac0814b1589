using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Calls;

/// <summary>Calls to the outside: made at least once, written down once.</summary>
public sealed class MakeCallsTests : IAsyncLifetime
{
    private readonly Outside _outside = new();
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private TestCompany _company = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database, services => services.AddSingleton<ICallHandler>(_outside));
        _company = await _fleet.AddCompanyAsync();
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_follows_from_a_call_is_written_with_its_end()
    {
        _outside.Answer = _ => CallResult.Done("asked", (processing, ct) => Alerts.RaiseAsync(processing.Db, processing.Time, "asked", Alerts.Info, "", ct));
        await AddAsync("one");
        await AddAsync("one");

        await MakeAsync();
        await MakeAsync();

        Assert.Equal("one", Assert.Single(_outside.Calls).Content.GetString());
        Assert.Equal(1, await CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and code = 'asked' and count = 1"));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.calls where tenant_id = $1 and status = 'done' and outcome = 'asked'"));
    }

    [Fact]
    public async Task Call_of_somebody_who_died_is_made_again()
    {
        _outside.Answer = _ => CallResult.Done("asked");
        await AddAsync("one");
        await _database.ExecuteAsAdminAsync("update fleet.calls set status = 'calling', attempts = 1, lease_token = gen_random_uuid(), lease_until = now() - interval '1 second'");

        await MakeAsync();

        Assert.Equal(2, Assert.Single(_outside.Calls).Attempts);
    }

    [Fact]
    public async Task Somebody_who_comes_back_after_his_lease_writes_nothing()
    {
        await AddAsync("one");
        _outside.Answer = _ =>
        {
            // While he waits for the answer another one takes the call over and makes it.
            _outside.Answer = _ => CallResult.Done("second");
            _database.ExecuteAsAdminAsync("update fleet.calls set lease_until = now() - interval '1 second'").GetAwaiter().GetResult();
            MakeAsync().GetAwaiter().GetResult();
            return CallResult.Done("first", (processing, ct) => Alerts.RaiseAsync(processing.Db, processing.Time, "first", Alerts.Info, "", ct));
        };

        await MakeAsync();

        Assert.Equal(2, _outside.Calls.Count);
        Assert.Equal(1, await CountAsync("select count(*) from fleet.calls where tenant_id = $1 and outcome = 'second'"));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.alerts where tenant_id = $1"));
    }

    [Fact]
    public async Task Failure_that_may_pass_is_tried_again_with_growing_delay_and_ends_with_an_alert()
    {
        _outside.Answer = _ => throw new HttpRequestException("no route");
        await AddAsync("one");

        await MakeAsync();
        await MakeAsync();
        Assert.Single(_outside.Calls);
        _fleet.Clock.Advance(TimeSpan.FromSeconds(6));
        await MakeAsync();
        _fleet.Clock.Advance(TimeSpan.FromSeconds(6));
        await MakeAsync();
        Assert.Equal(2, _outside.Calls.Count);
        for (var round = 0; round < 15; round++)
        {
            _fleet.Clock.Advance(TimeSpan.FromMinutes(31));
            await MakeAsync();
        }

        Assert.Equal(12, _outside.Calls.Count);
        Assert.Equal(1, await CountAsync("select count(*) from fleet.calls where tenant_id = $1 and status = 'failed' and outcome = 'HttpRequestException'"));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and code = 'call.failed'"));
    }

    [Fact]
    public async Task Handler_is_asked_what_becomes_of_a_call_whose_attempts_all_failed()
    {
        _outside.Answer = _ => throw new HttpRequestException("no route");
        _outside.AtTheEnd = reason => CallResult.Fail($"given up: {reason}", (processing, ct) => Alerts.RaiseAsync(processing.Db, processing.Time, "told", Alerts.Info, "", ct));
        await AddAsync("one");

        for (var round = 0; round < 15; round++)
        {
            await MakeAsync();
            _fleet.Clock.Advance(TimeSpan.FromMinutes(31));
        }

        Assert.Equal(12, _outside.Calls.Count);
        Assert.Equal(1, await CountAsync("select count(*) from fleet.calls where tenant_id = $1 and status = 'failed' and outcome = 'given up: HttpRequestException'"));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and code = 'told' and count = 1"));
    }

    [Fact]
    public async Task Outside_that_asks_for_quiet_gets_it_for_all_calls_of_the_lane_and_for_no_other_tenant()
    {
        var other = await _fleet.AddCompanyAsync("other");
        _outside.Answer = call => call.Content.GetString() == "many" ? CallResult.TooMany(_fleet.Clock.GetUtcNow().AddSeconds(0.4)) : CallResult.Done("asked");
        await AddAsync("many");
        await MakeAsync();
        await AddAsync("second");
        await AddAsync("other", other);
        await _fleet.WorkAsync([], [], [new(other.Id, CallLanes.Samsara)]);
        Assert.Contains(_outside.Calls, c => c.Content.GetString() == "other");

        _outside.Answer = _ => CallResult.Done("asked");
        _fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        await MakeAsync();

        Assert.Equal(2, _outside.Calls.Count(c => c.Content.GetString() == "many"));
        // Quiet that was asked for is no failure.
        Assert.All(_outside.Calls, call => Assert.Equal(1, call.Attempts));
    }

    [Fact]
    public async Task Poll_comes_round_by_itself_and_facts_that_it_brings_are_processed()
    {
        _outside.Answer = _ => CallResult.Repeat("polled", _fleet.Clock.GetUtcNow().AddMinutes(1), (processing, ct) =>
            processing.StoreAsync([new(InboxSource.Samsara, "Polled", $"poll:{processing.Time.NewId():N}", "lane", "{}"u8.ToArray())], ct));
        await AddAsync("poll");

        for (var minute = 0; minute < 3; minute++)
        {
            await _fleet.SweepAsync();
            _fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(3, _outside.Calls.Count);
        Assert.Equal(3, await CountAsync("select count(*) from fleet.inbox where tenant_id = $1 and kind = 'Polled' and status = 'done'"));
    }

    [Fact]
    public async Task Tenant_that_is_suspended_calls_nobody()
    {
        await AddAsync("one");
        await _database.ExecuteAsAdminAsync(
            $"update fleet.tenants set status = 'suspended' where tenant_id = '{_company.Id}'; update directory.tenants set status = 'suspended' where tenant_id = '{_company.Id}'");
        await _fleet.Get<TenantSettingsCache>().ReadAsync(_company.Id, default);

        await _fleet.SweepAsync();
        await MakeAsync();

        Assert.Empty(_outside.Calls);
    }

    private Task MakeAsync() => _fleet.WorkAsync([], [], [new(_company.Id, CallLanes.Samsara)]);

    private async Task AddAsync(string content, TestCompany? company = null)
    {
        var tenant = (company ?? _company).Id;
        await using var db = await _fleet.Get<TenantDbs>().BeginAsync(tenant, default);
        var settings = await _fleet.Get<TenantSettingsCache>().FindAsync(tenant, default);
        var processing = new Processing(db, await _fleet.Get<DataKeys>().GetAsync(tenant, default), settings!, _fleet.Clock);
        await processing.TryAddCallAsync(new(CallLanes.Samsara, Outside.Kind, content, JsonSerializer.SerializeToElement(content)), default);
        await processing.CommitAsync(default);
    }

    private Task<long> CountAsync(string sql) => _fleet.Db(_company).FindAsync(sql, r => r.GetInt64(0), default);

    private sealed class Outside : ICallHandler
    {
        public const string Kind = "test";

        public List<Call> Calls { get; } = [];

        public Func<Call, CallResult> Answer { get; set; } = _ => throw new InvalidOperationException("no call was expected");

        public Func<string, CallResult> AtTheEnd { get; set; } = reason => CallResult.Fail(reason);

        public bool Handles(string kind) => kind == Kind;

        public CallResult GiveUp(Call call, string reason) => AtTheEnd(reason);

        public Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
        {
            lock (Calls) Calls.Add(call);
            return Task.FromResult(Answer(call));
        }
    }
}
