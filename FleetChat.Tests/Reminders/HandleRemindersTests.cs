using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Reminders;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Reminders;

/// <summary>What is to be looked at again at a given time.</summary>
public sealed class HandleRemindersTests : IAsyncLifetime
{
    private readonly Watcher _watcher = new();
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private TestCompany _company = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database, services => services.AddSingleton<IReminderHandler>(_watcher));
        _company = await _fleet.AddCompanyAsync();
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Reminder_is_looked_at_once_when_it_is_due_and_never_before()
    {
        await SetAsync("a", TimeSpan.FromMinutes(3));

        await _fleet.SweepAsync();
        Assert.Empty(_watcher.Seen);
        _fleet.Clock.Advance(TimeSpan.FromMinutes(3));
        await _fleet.SweepAsync();
        await _fleet.SweepAsync();

        Assert.Equal(["a"], _watcher.Seen);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.reminders where tenant_id = $1"));
    }

    [Fact]
    public async Task Later_setting_moves_the_reminder_and_a_sooner_one_only_forward()
    {
        await SetAsync("a", TimeSpan.FromMinutes(3));
        _fleet.Clock.Advance(TimeSpan.FromMinutes(2));
        await SetAsync("a", TimeSpan.FromMinutes(3));
        _fleet.Clock.Advance(TimeSpan.FromMinutes(2));
        await _fleet.SweepAsync();
        Assert.Empty(_watcher.Seen);

        await using (var db = await _fleet.Get<TenantDbs>().BeginAsync(_company.Id, default))
        {
            await FleetChat.Core.Reminders.Reminders.SetIfSoonerAsync(db, _fleet.Clock, new(Watcher.Name, "a"), _fleet.Clock.GetUtcNow().AddHours(1), default);
            await db.CommitAsync(default);
        }
        _fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        await _fleet.SweepAsync();

        Assert.Equal(["a"], _watcher.Seen);
    }

    [Fact]
    public async Task Reminder_that_asks_to_be_looked_at_again_is()
    {
        var left = 3;
        _watcher.Answer = _ => new("again", --left > 0 ? _fleet.Clock.GetUtcNow().AddMinutes(1) : null);
        await SetAsync("a", TimeSpan.Zero);

        for (var minute = 0; minute < 5; minute++)
        {
            await _fleet.SweepAsync();
            _fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["a", "a", "a"], _watcher.Seen);
    }

    [Fact]
    public async Task Reminder_that_fails_five_times_is_put_aside_with_an_alert_and_what_it_wrote_is_undone()
    {
        _watcher.Answer = processing =>
        {
            Alerts.RaiseAsync(processing.Db, processing.Time, "half", Alerts.Info, "", default).GetAwaiter().GetResult();
            throw new InvalidOperationException("no");
        };
        await SetAsync("a", TimeSpan.Zero);
        await SetAsync("b", TimeSpan.FromMinutes(20));

        for (var round = 0; round < 8; round++)
        {
            await _fleet.SweepAsync();
            _fleet.Clock.Advance(TimeSpan.FromMinutes(3));
        }
        Assert.Equal(["a", "a", "a", "a", "a", "b"], _watcher.Seen);

        Assert.Equal(0, await CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and code = 'half'"));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and code = 'reminder.parked' and subject = 'a'"));
    }

    [Fact]
    public async Task Reminder_of_one_tenant_is_none_of_anothers()
    {
        var other = await _fleet.AddCompanyAsync("other");
        await SetAsync("a", TimeSpan.Zero);

        await using var db = await _fleet.Get<TenantDbs>().BeginAsync(other.Id, default);

        Assert.Null(await FleetChat.Core.Reminders.Reminders.ClaimNextAsync(db, Lanes.Of("a"), _fleet.Clock.GetUtcNow(), default));
    }

    private async Task SetAsync(string subject, TimeSpan after)
    {
        await using var db = await _fleet.Get<TenantDbs>().BeginAsync(_company.Id, default);
        await FleetChat.Core.Reminders.Reminders.SetAsync(db, _fleet.Clock, new(Watcher.Name, subject), _fleet.Clock.GetUtcNow() + after, default);
        await db.CommitAsync(default);
    }

    private Task<long> CountAsync(string sql) => _fleet.Db(_company).FindAsync(sql, r => r.GetInt64(0), default);

    private sealed class Watcher : IReminderHandler
    {
        public const string Name = "test";

        public List<string> Seen { get; } = [];

        public Func<Processing, ReminderResult> Answer { get; set; } = _ => new("seen");

        public string Kind => Name;

        public Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
        {
            Seen.Add(reminder.Subject);
            return Task.FromResult(Answer(processing));
        }
    }
}
