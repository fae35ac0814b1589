using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Commands.Replay;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

/// <summary>Work that was put aside after too many attempts is listed, tried and given back.</summary>
public sealed class ReplayCommandTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private HostWithCompany _host = null!;

    private string Tenant => _host.Company.Tenant;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("replay");
        _host = await HostWithCompany.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_parked_is_said()
        => Assert.Contains("Nothing is parked.", (await RunAsync()).Said, StringComparison.Ordinal);

    [Fact]
    public async Task Parked_event_is_listed_tried_without_a_trace_and_given_back_to_the_host_with_an_entry_in_the_audit_trail()
    {
        var row = await ParkAsync("the-arrival");
        await CountAsync("insert into fleet.alerts (tenant_id, id, code, severity, subject, opened_at, last_at) values ($1, gen_random_uuid(), 'inbox.parked', 'critical', $2, now(), now()) returning 1::bigint", row.ToString());

        Assert.Contains($"event:{row}", (await RunAsync()).Said, StringComparison.Ordinal);

        var (isFine, tried) = await RunAsync("--dry-run");
        Assert.True(isFine);
        Assert.Matches(@"message: fleetchat_stop_arrived_v2\s+message stop_arrived \(template\) to driver", tried);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.message_logs where tenant_id = $1 and $2 <> ''"));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.inbox where tenant_id = $1 and status = 'parked' and $2 <> ''"));

        var (isGiven, given) = await RunAsync("--tenant", Tenant, "--event", "the-arrival");
        Assert.True(isGiven, given);
        Assert.Contains("1 given back", given, StringComparison.Ordinal);
        await Until.TrueAsync(async () => await CountAsync("select count(*) from fleet.message_logs where tenant_id = $1 and reason like 'stop_arrived%' and $2 <> ''") == 1, "the message");
        Assert.Equal(1, await CountAsync("select count(*) from fleet.audit_entries where tenant_id = $1 and action = 'parked.replayed' and subject = $2", $"event:{row}"));
        Assert.Equal(1, await CountAsync("select count(*) from fleet.alerts where tenant_id = $1 and subject = $2 and closed_at is not null", row.ToString()));
    }

    [Fact]
    public async Task A_company_whose_key_is_gone_hides_nothing_of_the_others()
    {
        var row = await ParkAsync("the-arrival");
        await _database.ExecuteAsAdminAsync("""
            with entered as (
                insert into directory.tenants (tenant_id, status, data_region, created_at)
                values ('closed_001', 'terminated', 'us', now())
            )
            insert into fleet.tenants (tenant_id, company_name, service_tier, status, data_region, country, time_zone, default_language, currency, key_secret_name, created_at)
            values ('closed_001', 'Closed', 'starter', 'terminated', 'us', 'US', 'America/Chicago', 'en', 'USD', 'no-such-secret', now())
            """);

        var (isFine, said) = await RunAsync();

        Assert.True(isFine, said);
        Assert.Contains($"event:{row}", said, StringComparison.Ordinal);
        Assert.Contains("closed_001", (await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync("--tenant", "closed_001"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_would_fail_again_says_so_and_is_no_success()
    {
        await ParkAsync("unreadable");
        await _database.ExecuteAsAdminAsync("update fleet.inbox set payload = 'x'::bytea where tenant_id = $1", P.Text(Tenant));

        var (isFine, said) = await RunAsync("--dry-run", "--event", "unreadable");

        Assert.False(isFine);
        Assert.Contains("failed: ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reminders_and_calls_are_given_back_too_and_what_was_set_aside_is_only_shown()
    {
        await _database.ExecuteAsAdminAsync("""
            insert into fleet.reminders (tenant_id, kind, subject, lane, due_at, attempts, outcome, created_at)
            values ($1, 'stop_soon', 'gone', 0, 'infinity', 5, 'failed: test', now())
            """, P.Text(Tenant));
        await _database.ExecuteAsAdminAsync("""
            insert into fleet.calls (tenant_id, id, lane, kind, effect_key, content, status, due_at, attempts, outcome, created_at, finished_at)
            values ($1, gen_random_uuid(), 7, 'test', 'test', '', 'failed', now(), 12, 'time-out', now(), now())
            """, P.Text(Tenant));
        await _database.ExecuteAsAdminAsync("insert into fleet.set_aside (tenant_id, id, source, reason, digest, payload, received_at) values ($1, gen_random_uuid(), 'samsara', 'unparsable', sha256(''), '', now())", P.Text(Tenant));

        Assert.Contains("ignored: no such stop", (await RunAsync("--dry-run", "--event", "reminder:stop_soon:gone")).Said, StringComparison.Ordinal);
        var (isAll, said) = await RunAsync("--tenant", Tenant, "--all");

        Assert.True(isAll, said);
        Assert.Contains("2 given back", said, StringComparison.Ordinal);
        var setAside = await TextAsync("select 'set_aside:' || id from fleet.set_aside where tenant_id = $1");
        Assert.Contains(setAside, (await RunAsync()).Said, StringComparison.Ordinal);
        var (isGiven, refused) = await RunAsync("--tenant", Tenant, "--event", setAside);
        Assert.False(isGiven);
        Assert.Contains("can't be given back", refused, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("select count(*) from fleet.reminders where tenant_id = $1 and due_at = 'infinity' and $2 <> ''"));
        Assert.Equal(0, await CountAsync("select count(*) from fleet.calls where tenant_id = $1 and attempts = 12 and $2 <> ''"));
    }

    [Fact]
    public async Task Nothing_crosses_to_another_company()
    {
        await ParkAsync("mine");
        var other = await _host.AddCompanyAsync();

        Assert.Contains("is parked at", (await RefusedAsync("--tenant", other.Tenant, "--event", "mine")).Message, StringComparison.Ordinal);
        Assert.Contains("0 given back", (await RunAsync("--tenant", other.Tenant, "--all")).Said, StringComparison.Ordinal);
        Assert.Contains("'none' is parked", (await RefusedAsync("--tenant", Tenant, "--event", "none")).Message, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync("select count(*) from fleet.inbox where tenant_id = $1 and status = 'parked' and $2 <> ''"));
    }

    [Fact]
    public async Task Machines_get_items_and_outcomes()
    {
        var row = await ParkAsync("the-arrival");

        using var listed = JsonDocument.Parse((await RunAsync("--json")).Said);
        using var tried = JsonDocument.Parse((await RunAsync("--dry-run", "--json")).Said);

        var item = Assert.Single(listed.RootElement.EnumerateArray());
        Assert.Equal((Tenant, $"event:{row}", "the-arrival", true),
            (item.GetProperty("tenant_id").GetString(), item.GetProperty("ref").GetString(), item.GetProperty("external_id").GetString(), item.GetProperty("can_replay").GetBoolean()));
        Assert.Equal("stop_arrived", Assert.Single(tried.RootElement.EnumerateArray()).GetProperty("messages")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Stopped_installation_says_how_to_start_it()
        => Assert.Contains("-- up", (await Assert.ThrowsAsync<StartRefusedException>(() => CommandConsole.RunAsync(console => ReplayCommand.RunAsync(new(), _host.Stopped, console, default)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Work_is_given_back_to_a_named_company_only()
    {
        Assert.Throws<FormatException>(() => CommandOptions.ReadReplay(["--all"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadReplay(["--tenant", "a_001", "--all", "--event", "x"]));
    }

    private Task<Guid> ParkAsync(string eventId) => _host.ParkAsync("RouteStopArrival", "--event-id", eventId, "--route", "81", "--stop", "82", "--driver", _host.Company.Drivers[0].Id);

    private Task<long> CountAsync(string sql, string subject = "x") => _database.ScalarAsAdminAsync<long>(sql, P.Text(Tenant), P.Text(subject));

    private Task<string> TextAsync(string sql) => _database.ScalarAsAdminAsync<string>(sql, P.Text(Tenant));

    private async Task<(bool IsFine, string Said)> RunAsync(params string[] words)
    {
        var isFine = false;
        var said = await CommandConsole.RunAsync(async console => isFine = await ReplayCommand.RunAsync(CommandOptions.ReadReplay(words), _host.Found, console, default));
        return (isFine, said);
    }

    private Task<StartRefusedException> RefusedAsync(params string[] words) => Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(words));
}
