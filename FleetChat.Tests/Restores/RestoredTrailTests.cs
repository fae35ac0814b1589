using FleetChat.Core.Data;
using FleetChat.Core.Restores;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Restores;

/// <summary>Audit trails whose end a restored database lost, while the anchors outside of it know of more.</summary>
public sealed class RestoredTrailTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;

    private VerifyAudit Verify => _fleet.Get<VerifyAudit>();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("restored_trail");
        _fleet = await TestFleet.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_was_lost_is_a_fault_until_the_restore_says_so_and_explained_afterwards()
    {
        var company = await _fleet.AddCompanyAsync();
        await ActAsync(company.Id, 5);
        await LoseAsync(company.Id, through: 3);
        Assert.Equal("cut", Assert.Single((await Verify.HandleAsync(company.Id, default)).Faults).Kind);

        var restore = await BeginAsync();
        await ActAsync(company.Id, 2);

        var verified = await Verify.HandleAsync(company.Id, default);
        Assert.Empty(verified.Faults);
        var lost = Assert.Single(verified.Lost);
        Assert.Equal((4, 6, restore.ToString()), (lost.First, lost.Last, lost.Restore));
        Assert.Contains("entries 4 to 6 are not in this database", lost.Says, StringComparison.Ordinal);
        // No number is given a second time: what an anchor knows of a lost one stays true.
        Assert.Equal((9, 9), (verified.Entries, verified.Anchored));
        Assert.All(await Verify.HandleAsync(default), chain => Assert.Empty(chain.Faults));
    }

    [Fact]
    public async Task Where_nothing_was_lost_the_trail_goes_on_and_says_that_the_database_was_restored()
    {
        var company = await _fleet.AddCompanyAsync();
        await ActAsync(company.Id, 2);
        // What is of one moment comes in no order.
        _fleet.Clock.Advance(TimeSpan.FromSeconds(1));

        var restore = await BeginAsync();

        var verified = await Verify.HandleAsync(company.Id, default);
        Assert.Empty(verified.Faults);
        Assert.Empty(verified.Lost);
        var last = (await _fleet.Get<ListAudit>().HandleAsync(company.Id, new(1, null), default)).Value.Data[0];
        Assert.Equal((AuditChain.Restored, restore.ToString(), 4), (last.Action, last.Subject, last.Seq));
    }

    [Fact]
    public async Task Whoever_cuts_entries_off_without_the_key_cannot_say_that_they_were_lost()
    {
        var company = await _fleet.AddCompanyAsync();
        await ActAsync(company.Id, 5);
        await LoseAsync(company.Id, through: 3);

        await _database.ExecuteAsAdminAsync("""
            insert into fleet.audit_entries (tenant_id, seq, id, at, actor, action, subject, detail, mac)
            values ($1, 7, gen_random_uuid(), now(), 'nobody', 'audit.restored', 'x', 'restored_to:2026-03-02T15:00:00Z', sha256('forged'))
            """, P.Text(company.Id.Value));
        await _database.ExecuteAsAdminAsync("update fleet.audit_heads set seq = 7, mac = sha256('forged') where tenant_id = $1", P.Text(company.Id.Value));

        var verified = await Verify.HandleAsync(company.Id, default);
        Assert.Empty(verified.Lost);
        Assert.Equal("removed", Assert.Single(verified.Faults).Kind);
    }

    [Fact]
    public async Task What_is_cut_off_after_a_restore_is_found_as_ever()
    {
        var company = await _fleet.AddCompanyAsync();
        await ActAsync(company.Id, 5);
        await LoseAsync(company.Id, through: 3);
        await BeginAsync();
        await ActAsync(company.Id, 3);

        await LoseAsync(company.Id, through: 7);

        Assert.Equal("cut", Assert.Single((await Verify.HandleAsync(company.Id, default)).Faults).Kind);
    }

    [Fact]
    public async Task A_company_that_was_brought_in_after_that_moment_is_named_in_the_platforms_trail()
    {
        await _fleet.AddCompanyAsync();
        var now = _fleet.Clock.GetUtcNow();
        await _fleet.Get<IAnchorStore>().AppendAsync("19990101-other", [new("forgotten_001", 12, new byte[32], now), new(AuditChain.Platform, 4, new byte[32], now)], default);
        Assert.Equal(2, (await Verify.HandleAsync(default)).Sum(chain => chain.Faults.Count));

        await BeginAsync();

        var chains = await Verify.HandleAsync(default);
        Assert.All(chains, chain => Assert.Empty(chain.Faults));
        var forgotten = chains.Single(chain => chain.Chain == "forgotten_001");
        Assert.Equal((1, 12), (Assert.Single(forgotten.Lost).First, forgotten.Lost[0].Last));
        var ofPlatform = Assert.Single(chains.Single(chain => chain.Chain == AuditChain.Platform).Lost);
        Assert.Equal((1, 4), (ofPlatform.First, ofPlatform.Last));
    }

    [Fact]
    public async Task The_id_of_a_company_that_was_lost_is_never_given_again()
    {
        await _fleet.AddCompanyAsync();
        var now = _fleet.Clock.GetUtcNow();
        await _database.ExecuteAsAdminAsync("insert into directory.tenant_names (stem, last_number) values ('known', 3), ('further', 9)");
        string[] lost = ["known_004", "known_005", "further_008", "fresh_haulage_002", "by_hand", "none_000"];
        await _fleet.Get<IAnchorStore>().AppendAsync("19990101-other", [.. lost.Select(chain => new Anchor(chain, 1, new byte[32], now))], default);

        await BeginAsync();

        Assert.Equal("fresh_haulage 2, further 9, known 5", await _database.ScalarAsAdminAsync<string>("select string_agg(stem || ' ' || last_number, ', ' order by stem) from directory.tenant_names where stem <> 'acme'"));
    }

    private async Task<Guid> BeginAsync() => (await _fleet.Get<BeginRestore>().HandleAsync(new(_fleet.Clock.GetUtcNow(), 0, "test"), default)).Value;

    private async Task ActAsync(TenantId tenant, int times)
    {
        for (var n = 0; n < times; n++)
        {
            await using var db = await _fleet.Get<TenantDbs>().BeginAsync(tenant, default);
            db.Audit(_fleet.Clock, "test", "test.done", $"{n}");
            await db.CommitAsync(default);
        }
        await _fleet.Get<AnchorChains>().HandleAsync(default);
    }

    /// <summary>As a database that was put back has it: entries and head of before, the anchors of now.</summary>
    private async Task LoseAsync(TenantId tenant, long through)
    {
        await _database.ExecuteAsAdminAsync("delete from fleet.audit_entries where tenant_id = $1 and seq > $2", P.Text(tenant.Value), P.Big(through));
        await _database.ExecuteAsAdminAsync("""
            update fleet.audit_heads h
            set seq = e.seq, mac = e.mac
            from fleet.audit_entries e
            where e.tenant_id = $1
              and e.seq = $2
              and h.tenant_id = $1
            """, P.Text(tenant.Value), P.Big(through));
    }
}
