using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Security.Audit;

/// <summary>The chain of each tenant, and what its verifier finds. FLEETCHAT_TEST_SIZE=long does 1,000 manipulations, each as the database's owner.</summary>
public sealed class AuditTrailTests : IAsyncLifetime
{
    private const int Entries = 12;

    private static readonly int Manipulations = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 1000 : 40;

    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;

    private readonly DirectoryInfo _noSecrets = Directory.CreateTempSubdirectory("fleetchat-test-secrets-");

    private VerifyAudit Verify => _fleet.Get<VerifyAudit>();

    /// <summary>The fleet's, after its secret store was lost.</summary>
    private AuditKey LostKey => new(new FolderSecretStore(_noSecrets.FullName), _database.SystemSource, _fleet.Get<IAnchorStore>());

    private DirectoryInfo Anchors => new(_fleet.Get<IOptions<AuditOptions>>().Value.Folder);

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("audit");
        _fleet = await TestFleet.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        _noSecrets.Delete(recursive: true);
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Acts_are_chained_without_gaps_and_said_to_be_open_until_they_are_anchored()
    {
        var company = await _fleet.AddCompanyAsync();
        await ActAsync(company.Id, 3);

        var before = await Verify.HandleAsync(company.Id, default);
        await _fleet.Get<AnchorChains>().HandleAsync(default);
        await ActAsync(company.Id, 2);
        var after = await Verify.HandleAsync(company.Id, default);

        Assert.Equal((4, 0, 4, 0), (before.Entries, before.Anchored, before.NotAnchored, before.Faults.Count));
        Assert.Equal((6, 4, 2, 0), (after.Entries, after.Anchored, after.NotAnchored, after.Faults.Count));
    }

    [Fact]
    public async Task Entry_tells_what_was_before_and_after_and_where_it_came_from()
    {
        var company = await _fleet.AddCompanyAsync();
        // What is of one moment comes in no order.
        _fleet.Clock.Advance(TimeSpan.FromSeconds(1));
        RequestOrigin.Current = new("203.0.113.7", "trace-1");
        await _fleet.Get<ChangeTenant>().HandleAsync(new(company.Id, new(EscalateAfterMinutes: 30), "user:1"), default);
        RequestOrigin.Current = null;

        var entry = (await _fleet.Get<ListAudit>().HandleAsync(company.Id, new(1, null), default)).Value.Data[0];

        Assert.Equal(("tenant.changed", "user:1", "203.0.113.7", "trace-1"), (entry.Action, entry.Actor, entry.Address, entry.CorrelationId));
        Assert.Equal((15, 30), (entry.Change!.Value.GetProperty("before").GetProperty("escalate_after_minutes").GetInt32(), entry.Change.Value.GetProperty("after").GetProperty("escalate_after_minutes").GetInt32()));
    }

    [Fact]
    public async Task What_is_rolled_back_is_not_in_the_trail_and_leaves_no_gap()
    {
        var company = await _fleet.AddCompanyAsync();
        await using (var db = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default))
        {
            db.Audit(_fleet.Clock, "test", "test.kept", "1");
            await db.FindAsync("select 1 where $1 <> ''", row => row.GetInt32(0), default);
            await db.SaveAsync("outer_point", default);
            db.Audit(_fleet.Clock, "test", "test.undone", "2");
            await db.SaveAsync("inner_point", default);
            db.Audit(_fleet.Clock, "test", "test.undone", "3");
            await db.RollbackToAsync("outer_point", default);
            await db.CommitAsync(default);
        }
        await using (var db = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default)) db.Audit(_fleet.Clock, "test", "test.undone", "4");

        Assert.Equal(["tenant.set_up", "test.kept"], await ActionsAsync(company.Id));
        Assert.Empty((await Verify.HandleAsync(company.Id, default)).Faults);
    }

    [Fact]
    public async Task Acts_of_one_tenant_at_the_same_time_make_one_chain()
    {
        var company = await _fleet.AddCompanyAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ActAsync(company.Id, 10)));

        var verified = await Verify.HandleAsync(company.Id, default);
        Assert.Equal((81, 0), (verified.Entries, verified.Faults.Count));
    }

    [Fact]
    public async Task App_may_add_entries_and_neither_change_nor_remove_them()
    {
        var company = await _fleet.AddCompanyAsync();

        foreach (var sql in new[] { "update fleet.audit_entries set actor = 'nobody' where tenant_id = $1", "delete from fleet.audit_entries where tenant_id = $1", "delete from fleet.audit_heads where tenant_id = $1" })
            Assert.Equal("42501", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _fleet.Get<TenantDbs>().For(company.Id).ExecuteAsync(sql, default))).SqlState);
    }

    [Fact]
    public async Task Entries_from_before_the_chain_are_vouched_for_by_its_first()
    {
        var company = await _fleet.AddCompanyAsync();
        await AsOwnerAsync("update fleet.audit_entries set seq = null, mac = null where tenant_id = $1", company.Id);
        await AsOwnerAsync("delete from fleet.audit_heads where tenant_id = $1", company.Id);
        await ActAsync(company.Id, 1);

        var verified = await Verify.HandleAsync(company.Id, default);
        Assert.Equal((2, 1, 0), (verified.Entries, verified.Unchained, verified.Faults.Count));
        Assert.Contains(AuditChain.Begins, await ActionsAsync(company.Id));

        await AsOwnerAsync("update fleet.audit_entries set actor = 'nobody' where tenant_id = $1 and seq is null", company.Id);
        Assert.Equal("changed", Assert.Single((await Verify.HandleAsync(company.Id, default)).Faults).Kind);
    }

    [Fact]
    public async Task Entry_without_a_number_is_found_where_the_chain_begins_with_none()
    {
        var company = await _fleet.AddCompanyAsync();
        await AsOwnerAsync("insert into fleet.audit_entries (tenant_id, id, at, actor, action) values ($1, gen_random_uuid(), now(), 'nobody', 'test.done')", company.Id);

        Assert.Equal("inserted", Assert.Single((await Verify.HandleAsync(company.Id, default)).Faults).Kind);
    }

    [Fact]
    public async Task What_operators_do_with_numbers_is_in_a_chain_of_the_platforms_own()
    {
        var pool = _fleet.Get<NumberPool>();
        var number = new PoolNumber(_fleet.Clock.NewId(), "+13125550188", "+1-312", "FleetChat", "10229", "us", null, PoolNumber.Entered, null, _fleet.Clock.GetUtcNow(), _fleet.Clock.GetUtcNow(), null);
        await pool.InsertAsync(new(number, "token", "pin"), "user:operator", default);
        await pool.InsertAsync(new(number, "token", "pin"), "user:operator", default);
        await pool.NoteCodeSentAsync(number.Id, "106540", "user:operator", default);
        await _fleet.Get<AnchorChains>().HandleAsync(default);

        var verified = (await Verify.HandleAsync(default)).Single(chain => chain.Chain == AuditChain.Platform);
        Assert.Equal((2, 2, 0), (verified.Entries, verified.Anchored, verified.Faults.Count));

        await _database.ExecuteAsAdminAsync("update fleet.platform_audit_entries set actor = 'user:other' where seq = 2");
        Assert.Equal(["changed"], (await Verify.HandleAsync(default)).SelectMany(chain => chain.Faults).Select(fault => fault.Kind));
    }

    [Fact]
    public async Task Chain_that_is_gone_whole_is_missed_and_a_lost_key_is_said()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.Get<AnchorChains>().HandleAsync(default);
        await AsOwnerAsync("delete from fleet.audit_entries where tenant_id = $1", company.Id);
        await AsOwnerAsync("delete from fleet.audit_heads where tenant_id = $1", company.Id);

        Assert.Equal("cut", Assert.Single((await Verify.HandleAsync(default)).SelectMany(chain => chain.Faults)).Kind);

        var keyless = new VerifyAudit(_fleet.Get<SystemDb>(), _fleet.Get<TenantDbs>(), _fleet.Get<ReadAudit>(), _fleet.Get<IAnchorStore>(), LostKey);
        Assert.Contains((await keyless.HandleAsync(default)).SelectMany(chain => chain.Faults), fault => fault.Kind == "key_missing");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lost_key_is_not_replaced_while_there_is_a_chain_or_an_anchor_and_what_is_audited_is_not_done(bool chainsAreGone)
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.Get<AnchorChains>().HandleAsync(default);
        if (chainsAreGone) await _database.ExecuteAsAdminAsync("truncate fleet.audit_heads");
        else foreach (var file in Anchors.EnumerateFiles()) file.Delete();
        var keyless = new TenantDbs(_database.AppSource, LostKey);

        await using var db = await keyless.BeginAsync(company.Id, default);
        db.Audit(_fleet.Clock, "test", "test.done", "1");
        var refused = await Assert.ThrowsAsync<AuditKeyLostException>(() => db.CommitAsync(default));

        Assert.Contains("fleetchat-audit-key", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_noSecrets.EnumerateFiles());
        Assert.True(await LostKey.IsLostAsync(default));
    }

    [Fact]
    public async Task Host_whose_key_is_lost_is_not_ready_and_alerts_and_goes_on_when_the_key_is_restored()
    {
        await _fleet.AddCompanyAsync();
        var (lost, anchors) = (LostKey, _fleet.Get<AnchorChains>());
        var readiness = new CheckReadiness(_fleet.Get<TenantDbs>(), _database.SystemSource, _fleet.Get<DataKeys>(), lost, NullLogger<CheckReadiness>.Instance);
        Assert.False((await readiness.HandleAsync(default)).Keys);

        using (var keep = new KeepAnchors(anchors, lost, _fleet.Get<SystemDb>(), _fleet.Clock, NullLogger<KeepAnchors>.Instance))
        {
            await keep.StartAsync(default);
            await Until.TrueAsync(async () => await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.platform_alerts where code = 'audit.key_lost' and subject = 'fleetchat-audit-key'") == 1, because: "the loss to be told");
            await keep.StopAsync(default);
        }

        await new FolderSecretStore(_noSecrets.FullName).TryCreateAsync("fleetchat-audit-key", (await _fleet.Get<AuditKey>().FindAsync(default))!, default);
        Assert.True((await readiness.HandleAsync(default)).Keys);
    }

    [Theory]
    [InlineData("update fleet.audit_heads h set (seq, mac) = (select seq, mac from fleet.audit_entries e where e.tenant_id = h.tenant_id and seq = 2) where tenant_id = $1", "head_moved")]
    [InlineData("delete from fleet.audit_heads where tenant_id = $1", "head_moved")]
    [InlineData("with cut as (delete from fleet.audit_entries where tenant_id = $1 and seq > 2) delete from fleet.audit_heads where tenant_id = $1", "cut,head_moved")]
    [InlineData("with cut as (delete from fleet.audit_entries where tenant_id = $1 and seq > 2) update fleet.audit_heads h set (seq, mac) = (select seq, mac from fleet.audit_entries e where e.tenant_id = h.tenant_id and seq = 2) where tenant_id = $1", "cut")]
    public async Task Head_that_was_moved_back_is_found_with_and_without_its_newest_entries(string manipulation, string kinds)
    {
        var company = await _fleet.AddCompanyAsync();
        await ActAsync(company.Id, 4);
        await _fleet.Get<AnchorChains>().HandleAsync(default);

        await AsOwnerAsync(manipulation, company.Id);
        Assert.Equal(kinds, string.Join(',', (await Verify.HandleAsync(company.Id, default)).Faults.Select(fault => fault.Kind)));

        // Another process notes the end as it finds it, and the newest anchor still tells.
        using var next = new AnchorChains(_fleet.Get<SystemDb>(), _fleet.Get<IAnchorStore>());
        await next.HandleAsync(default);
        Assert.Equal(kinds, string.Join(',', (await Verify.HandleAsync(company.Id, default)).Faults.Select(fault => fault.Kind)));
    }

    [Fact]
    public async Task Head_of_the_platforms_chain_that_was_moved_back_is_found()
    {
        var pool = _fleet.Get<NumberPool>();
        var number = new PoolNumber(_fleet.Clock.NewId(), "+13125550188", "+1-312", "FleetChat", "10229", "us", null, PoolNumber.Entered, null, _fleet.Clock.GetUtcNow(), _fleet.Clock.GetUtcNow(), null);
        await pool.InsertAsync(new(number, "token", "pin"), "user:operator", default);
        await _database.ExecuteAsAdminAsync("update fleet.platform_audit_head set seq = 0");

        Assert.Equal("head_moved", Assert.Single((await Verify.HandleAsync(default)).SelectMany(chain => chain.Faults)).Kind);
    }

    [Fact]
    public async Task Half_a_line_of_a_process_that_died_is_said_and_the_lines_around_it_hold()
    {
        var company = await _fleet.AddCompanyAsync();
        var store = _fleet.Get<IAnchorStore>();
        await _fleet.Get<AnchorChains>().HandleAsync(default);
        var file = Assert.Single(Anchors.EnumerateFiles());
        await File.AppendAllTextAsync(file.FullName, "{\"chain\":\"acme", Encoding.UTF8);

        Assert.Equal((file.Name, 2), Assert.Single((await Verify.ListTornAsync(default)).Select(line => (line.File, line.Number))));
        Assert.Equal((1, 0), await AnchoredAsync());

        await ActAsync(company.Id, 2);
        await _fleet.Get<AnchorChains>().HandleAsync(default);
        Assert.Equal((file.Name, 2), Assert.Single((await Verify.ListTornAsync(default)).Select(line => (line.File, line.Number))));
        Assert.Equal((3, 0), await AnchoredAsync());
        Assert.Equal(3, await store.ReadAsync(default).CountAsync());

        async Task<(long Anchored, int Faults)> AnchoredAsync()
        {
            var verified = await Verify.HandleAsync(company.Id, default);
            return (verified.Anchored, verified.Faults.Count);
        }
    }

    [Fact]
    public async Task Each_manipulation_of_what_the_newest_anchor_covers_is_found()
    {
        var (company, other) = (await _fleet.AddCompanyAsync(), await _fleet.AddCompanyAsync());
        await ActAsync(company.Id, Entries - 1);
        await ActAsync(other.Id, Entries - 1);
        await _fleet.Get<AnchorChains>().HandleAsync(default);
        Assert.Empty((await Verify.HandleAsync(company.Id, default)).Faults);
        await _database.ExecuteAsAdminAsync("create table public.kept_entries as select * from fleet.audit_entries");
        await _database.ExecuteAsAdminAsync("create table public.kept_heads as select * from fleet.audit_heads");
        var random = new Random(20260302);

        for (var at = 0; at < Manipulations; at++)
        {
            var manipulation = Manipulation(random, company.Id.Value, other.Id.Value);
            await _database.ExecuteAsAdminAsync(manipulation);
            Assert.True((await Verify.HandleAsync(company.Id, default)).Faults.Count > 0, manipulation);
            await _database.ExecuteAsAdminAsync("""
                truncate fleet.audit_entries, fleet.audit_heads;
                insert into fleet.audit_entries select * from public.kept_entries;
                insert into fleet.audit_heads select * from public.kept_heads
                """);
        }
        Assert.Empty((await Verify.HandleAsync(company.Id, default)).Faults);
    }

    /// <summary>By somebody who owns the database, also moves the head along where that hides it, and has no key.</summary>
    private static string Manipulation(Random random, string tenant, string other)
    {
        int seq = random.Next(1, Entries + 1), from = random.Next(1, Entries), column = random.Next(9);
        var row = $"tenant_id = '{tenant}' and seq = {seq}";
        var head = $"update fleet.audit_heads h set (seq, mac) = (select seq, mac from fleet.audit_entries e where e.tenant_id = '{tenant}' order by seq desc limit 1) where h.tenant_id = '{tenant}'";
        var change = new[] { "at = at + interval '1 microsecond'", "actor = actor || 'x'", "action = 'test.other'", "subject = 'other'", "detail = 'other'", "change = '{}'", "address = '192.0.2.1'", "correlation = 'x'", "id = gen_random_uuid()" }[column];
        return random.Next(10) switch
        {
            0 => $"update fleet.audit_entries set {change} where {row}",
            1 => $"update fleet.audit_entries set {change}, mac = sha256('made up') where {row}; {head}",
            2 => $"delete from fleet.audit_entries where {row}; {head}",
            // Closing the gap with the numbers of those that follow.
            3 => $"delete from fleet.audit_entries where tenant_id = '{tenant}' and seq = {from}; update fleet.audit_entries set seq = -seq where tenant_id = '{tenant}' and seq > {from}; update fleet.audit_entries set seq = -seq - 1 where tenant_id = '{tenant}' and seq < 0; {head}",
            4 => $"delete from fleet.audit_entries where tenant_id = '{tenant}' and seq > {from}; {head}",
            // Two change places.
            5 => $"update fleet.audit_entries set seq = -seq where tenant_id = '{tenant}' and seq in ({from}, {from + 1}); update fleet.audit_entries set seq = {2 * from + 1} + seq where tenant_id = '{tenant}' and seq < 0; {head}",
            6 => $"update fleet.audit_entries set seq = -seq where tenant_id = '{tenant}' and seq >= {seq}; update fleet.audit_entries set seq = 1 - seq where tenant_id = '{tenant}' and seq < 0; insert into fleet.audit_entries (tenant_id, id, at, actor, action, seq, mac) values ('{tenant}', gen_random_uuid(), now(), 'nobody', 'test.done', {seq}, sha256('made up')); {head}",
            7 => $"update fleet.audit_heads h set (seq, mac) = (select seq, mac from fleet.audit_entries e where e.tenant_id = '{tenant}' and seq = {from}) where h.tenant_id = '{tenant}'",
            8 => $"delete from fleet.audit_heads where tenant_id = '{tenant}'; delete from fleet.audit_entries where tenant_id = '{tenant}' and seq > {from}",
            // Another company's in place of its own.
            _ => $"delete from fleet.audit_entries where {row}; update fleet.audit_entries set tenant_id = '{tenant}' where tenant_id = '{other}' and seq = {seq}; {head}",
        };
    }

    private async Task ActAsync(TenantId tenant, int times)
    {
        for (var at = 0; at < times; at++) await _fleet.Get<ChangeRule>().HandleAsync(new(tenant, "stop_arrived", new(at % 2 == 0, null, null, null, null), "user:1"), default);
    }

    private Task AsOwnerAsync(string sql, TenantId tenant) => _database.ExecuteAsAdminAsync(sql, P.Text(tenant.Value));

    private async Task<IReadOnlyList<string>> ActionsAsync(TenantId tenant)
        => await _fleet.Get<ReadAudit>().HandleAsync(tenant, default).Select(entry => entry.Action).ToListAsync();
}
