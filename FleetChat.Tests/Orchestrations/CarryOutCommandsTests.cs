using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging.Abstractions;

namespace FleetChat.Tests.Orchestrations;

public sealed class CarryOutCommandsTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private static readonly Flow s_flow = new("SomeFlow", 1);
    private static readonly Flow s_next = new("SomeFlow", 2);
    private readonly TestFleet _fleet = fixture.Fleet;
    private readonly Engine _engine = new();

    [Fact]
    public async Task What_is_to_begin_begins_once_its_cause_has_committed_and_not_before()
    {
        var (company, subject) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());

        await TellAsync(company, p => p.StartAsync(s_flow, subject, default), commit: false);
        Assert.Empty(await SweepAsync());

        var work = await TellAsync(company, p => p.StartAsync(s_flow, subject, default));
        await CarryOutAsync(Assert.Single(work.Orchestrate));
        Assert.Equal([$"start SomeFlow-v1:{company.Id}:{subject:N} {company.Id} {subject}"], _engine.Told);
    }

    [Fact]
    public async Task A_subject_begins_once_however_often_it_is_asked_for_and_after_its_end()
    {
        var (company, subject) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());
        for (var i = 0; i < 3; i++)
        {
            await CarryOutAsync((await TellAsync(company, p => p.StartAsync(s_flow, subject, default))).Orchestrate);
            _engine.End(company, subject);
        }
        Assert.Single(_engine.Told);
    }

    [Fact]
    public async Task One_who_died_between_the_beginning_and_its_record_begins_nothing_a_second_time()
    {
        var (company, subject) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());
        var work = await TellAsync(company, p => p.StartAsync(s_flow, subject, default));
        await CarryOutAsync(Assert.Single(work.Orchestrate));
        await _fleet.Database.ExecuteAsAdminAsync(
            $"update fleet.orchestration_commands set status = 'carrying', finished_at = null, lease_token = gen_random_uuid(), lease_until = now() - interval '1 second' where subject_id = '{subject}'");

        await CarryOutAsync(await SweepAsync());

        Assert.Single(_engine.Told);
        Assert.Equal(["done begun already"], await ListAsync(company));
    }

    [Fact]
    public async Task An_event_waits_for_the_beginning_and_equal_ones_are_one()
    {
        var (company, subject) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());
        _engine.Fails = true;
        var work = await TellAsync(company, async p =>
        {
            await p.WakeAsync(s_flow, subject, default);
            await p.StartAsync(s_flow, subject, default);
            await p.WakeAsync(s_flow, subject, default);
        });
        await CarryOutAsync(work.Orchestrate);
        Assert.Empty(_engine.Told);

        _engine.Fails = false;
        _fleet.Clock.Advance(TimeSpan.FromSeconds(3));
        await CarryOutAsync(await SweepAsync());

        Assert.Equal(["start", "changed"], _engine.Told.Select(t => t.Split(' ')[0]));
        Assert.Equal(["done begun", "done told"], await ListAsync(company));
    }

    [Fact]
    public async Task One_that_has_ended_hears_nothing_and_nothing_waits_for_it()
    {
        var (company, subject) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());
        await CarryOutAsync((await TellAsync(company, p => p.StartAsync(s_flow, subject, default))).Orchestrate);
        _engine.End(company, subject);

        await CarryOutAsync((await TellAsync(company, p => p.WakeAsync(s_flow, subject, default))).Orchestrate);

        Assert.Single(_engine.Told);
        Assert.Contains("done ended already", await ListAsync(company));
    }

    [Fact]
    public async Task An_event_that_comes_while_an_equal_one_is_told_is_told_too_and_a_failure_leaves_one_of_them()
    {
        var (company, subject) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());
        await CarryOutAsync((await TellAsync(company, p => p.StartAsync(s_flow, subject, default))).Orchestrate);
        var work = await TellAsync(company, p => p.WakeAsync(s_flow, subject, default));
        _engine.Meanwhile = async () =>
        {
            _engine.Meanwhile = null;
            await TellAsync(company, p => p.WakeAsync(s_flow, subject, default));
            throw new TimeoutException();
        };

        await CarryOutAsync(work.Orchestrate);

        Assert.Equal(["start", "changed"], _engine.Told.Select(t => t.Split(' ')[0]));
        Assert.Equal(["done begun", "done failed: TimeoutException", "done told"], (await ListAsync(company)).Order());
    }

    [Fact]
    public async Task What_goes_on_failing_is_tried_on_and_people_are_told()
    {
        var (company, subject) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());
        _engine.Fails = true;
        await CarryOutAsync((await TellAsync(company, p => p.StartAsync(s_flow, subject, default))).Orchestrate);
        for (var i = 0; i < 6; i++)
        {
            _fleet.Clock.Advance(TimeSpan.FromMinutes(5));
            await CarryOutAsync(await SweepAsync());
        }
        Assert.Equal(["waiting failed: TimeoutException"], await ListAsync(company));
        Assert.Contains(AlertCodes.OrchestrationLate, await _fleet.Db(company).ListAsync("select code from fleet.alerts where tenant_id = $1", r => r.GetString(0), default));
        _engine.Fails = false;
        _fleet.Clock.Advance(TimeSpan.FromMinutes(5));
        await CarryOutAsync(await SweepAsync());
        Assert.Single(_engine.Told);
    }

    [Fact]
    public async Task A_stepped_clock_stops_where_one_is_tried_again_and_upkeep_forgets_what_is_done_for_a_month()
    {
        var (company, subject) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());
        _engine.Fails = true;
        await CarryOutAsync((await TellAsync(company, p => p.StartAsync(s_flow, subject, default))).Orchestrate);
        Assert.Equal(_fleet.Clock.GetUtcNow().AddSeconds(2), await _fleet.Get<FindNextDue>().HandleAsync(_fleet.Clock.GetUtcNow(), withPolls: false, default));

        _engine.Fails = false;
        _fleet.Clock.Advance(TimeSpan.FromSeconds(2));
        await CarryOutAsync(await SweepAsync());
        await _fleet.Get<KeepInbox>().HandleAsync(default);
        Assert.Single(await ListAsync(company));
        _fleet.Clock.Advance(TimeSpan.FromDays(31));
        await _fleet.Get<KeepInbox>().HandleAsync(default);
        Assert.Empty(await ListAsync(company));
    }

    [Fact]
    public async Task Subjects_of_two_companies_are_two_instances()
    {
        var (one, other, subject) = (await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());
        foreach (var company in new[] { one, other })
            await CarryOutAsync((await TellAsync(company, p => p.StartAsync(s_flow, subject, default))).Orchestrate);
        Assert.Equal(2, _engine.Told.Distinct().Count());
    }

    [Fact]
    public async Task One_that_began_with_an_older_version_is_told_where_it_lives_and_begins_in_no_newer_one()
    {
        var (company, old, young) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId(), _fleet.Clock.NewId());
        await CarryOutAsync((await TellAsync(company, p => p.StartAsync(s_flow, old, default))).Orchestrate);
        await _fleet.Database.ExecuteAsAdminAsync("delete from fleet.orchestration_commands");

        await CarryOutAsync((await TellAsync(company, async p =>
        {
            await p.StartAsync(s_next, old, default);
            await p.WakeAsync(s_next, old, default);
            await p.StartAsync(s_next, young, default);
        })).Orchestrate, s_next);
        await CarryOutAsync((await TellAsync(company, p => p.WakeAsync(s_next, young, default))).Orchestrate, s_next);

        Assert.Equal("SomeFlowV2", s_next.Function);
        Assert.Equal(
            [$"changed SomeFlow-v1:{company.Id}:{old:N}", $"changed SomeFlow-v2:{company.Id}:{young:N}", $"start SomeFlow-v1:{company.Id}:{old:N} {company.Id} {old}", $"start SomeFlow-v2:{company.Id}:{young:N} {company.Id} {young}"],
            _engine.Told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_that_ended_with_an_older_version_does_not_begin_anew_in_a_newer_one()
    {
        var (company, subject) = (await _fleet.AddCompanyAsync(), _fleet.Clock.NewId());
        await CarryOutAsync((await TellAsync(company, p => p.StartAsync(s_flow, subject, default))).Orchestrate);
        _engine.End(company, subject);
        await _fleet.Database.ExecuteAsAdminAsync("delete from fleet.orchestration_commands");

        await CarryOutAsync((await TellAsync(company, p => p.StartAsync(s_next, subject, default))).Orchestrate, s_next);

        Assert.Single(_engine.Told);
        Assert.Equal(["done begun already"], await ListAsync(company));
    }

    private async Task<LaneWork> TellAsync(TestCompany company, Func<Processing, Task> tell, bool commit = true)
    {
        await using var db = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
        var settings = await _fleet.Get<TenantSettingsCache>().FindAsync(company.Id, default);
        var processing = new Processing(db, await _fleet.Get<DataKeys>().GetAsync(company.Id, default), settings!, _fleet.Clock);
        await tell(processing);
        return commit ? await processing.CommitAsync(default) : new();
    }

    private async Task<IReadOnlyList<Nudge>> SweepAsync()
    {
        await _fleet.Database.ExecuteAsAdminAsync("update fleet.lanes set nudged_at = now() - interval '1 minute'");
        return (await _fleet.Get<Sweep>().HandleAsync(default)).Orchestrate;
    }

    private Task CarryOutAsync(Nudge nudge) => CarryOutAsync([nudge]);

    private async Task CarryOutAsync(IEnumerable<Nudge> nudges, Flow? flow = null)
    {
        var (carryOut, left) = (new CarryOutCommands(_fleet.Get<TenantDbs>(), [flow ?? s_flow], _fleet.Clock, NullLogger<CarryOutCommands>.Instance), new Queue<Nudge>(nudges));
        while (left.TryDequeue(out var nudge))
        {
            foreach (var more in (await carryOut.HandleAsync(nudge, _engine, default)).Orchestrate) left.Enqueue(more);
        }
    }

    private Task<List<string>> ListAsync(TestCompany company)
        => _fleet.Db(company).ListAsync("select status, outcome from fleet.orchestration_commands where tenant_id = $1 order by kind desc, id", r => $"{r.GetString(0)} {r.GetString(1)}", default);

    /// <summary>As the real one: an id that has ended begins anew, and one that never was can't be told anything.</summary>
    private sealed class Engine : IFlowEngine
    {
        private readonly Dictionary<string, bool> _hasEnded = [];

        public List<string> Told { get; } = [];

        public bool Fails { get; set; }

        public Func<Task>? Meanwhile { get; set; }

        public void End(TestCompany company, Guid subject) => _hasEnded[s_flow.InstanceOf(company.Id, subject)] = true;

        public Task<bool?> HasEndedAsync(string instance, CancellationToken ct)
            => Fails ? throw new TimeoutException() : Task.FromResult(_hasEnded.TryGetValue(instance, out var ended) ? ended : default(bool?));

        public Task StartAsync(Flow flow, string instance, FlowInput input, CancellationToken ct)
        {
            _hasEnded[instance] = false;
            Told.Add($"start {instance} {input.TenantId} {input.SubjectId}");
            return Task.CompletedTask;
        }

        public async Task RaiseAsync(string instance, string name, CancellationToken ct)
        {
            if (Meanwhile is not null) await Meanwhile();
            Assert.False(_hasEnded[instance]);
            Told.Add($"{name} {instance}");
        }
    }
}
