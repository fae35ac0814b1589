using FleetChat.Core.Data;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Data;

[Through(Door.Direct)]
public sealed class DirectTenantTransactionTests() : TenantTransactionTests(Door.Direct);

[Through(Door.PgBouncer)]
public sealed class PgBouncerTenantTransactionTests() : TenantTransactionTests(Door.PgBouncer);

/// <summary>Statements that nobody waits for, and what becomes of them when others fail.</summary>
public abstract class TenantTransactionTests(Door door) : IAsyncLifetime
{
    private const string Savepoint = "here";
    private const string AddLane = "insert into fleet.lanes (tenant_id, stage, lane) values ($1, 'process', $2)";
    private const string ListLanes = "select lane from fleet.lanes where tenant_id = $1 order by lane";
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private TestCompany _company = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("writes", door);
        _fleet = await TestFleet.StartAsync(_database);
        _company = await _fleet.AddCompanyAsync();
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [DoorFact]
    public async Task What_waits_for_the_commit_is_done_with_it_and_not_before()
    {
        await using var db = await BeginAsync();
        await using var kept = db.Batch().AddAtCommit(AddLane, P.Small(7));
        await kept.ExecuteAsync(default);
        Assert.Empty(await db.ListAsync(ListLanes, row => row.GetInt16(0), default));
        await db.SaveAsync(Savepoint, default);
        await using var dropped = db.Batch().AddAtCommit(AddLane, P.Small(8));
        await db.RollbackToAsync(Savepoint, default);
        Assert.Throws<InvalidOperationException>(() => kept.AddCommit());

        await db.CommitAsync(default);

        Assert.Equal([7], await _fleet.Db(_company).ListAsync("select lane from fleet.lanes where tenant_id = $1 and lane in (7, 8)", row => row.GetInt16(0), default));
    }

    [DoorFact]
    public async Task What_is_written_is_there_for_the_next_statement_which_counts_its_own_rows()
    {
        await using var db = await BeginAsync();

        await AddAsync(db, 1);
        await AddAsync(db, 2);
        var added = await db.ExecuteAsync(AddLane, default, P.Small(3));

        Assert.Equal(1, added);
        Assert.Equal([1, 2, 3], await LanesAsync(db));
    }

    [DoorFact]
    public async Task What_is_written_last_is_committed()
    {
        await using (var db = await BeginAsync())
        {
            await AddAsync(db, 1);
            await db.CommitAsync(default);
        }

        Assert.Equal([1], await LanesAsync(_fleet.Db(_company)));
    }

    [DoorFact]
    public async Task What_is_written_and_not_committed_is_gone()
    {
        await using (var db = await BeginAsync())
        {
            await AddAsync(db, 1);
            await db.FlushAsync(default);
        }

        Assert.Empty(await LanesAsync(_fleet.Db(_company)));
    }

    [DoorFact]
    public async Task A_commit_fails_with_what_was_written_before_it_and_leaves_nothing()
    {
        await using (var db = await BeginAsync())
        {
            await AddAsync(db, 1);
            await AddAsync(db, 1);
            await Assert.ThrowsAsync<PostgresException>(() => db.CommitAsync(default));
        }

        Assert.Empty(await LanesAsync(_fleet.Db(_company)));
    }

    [DoorFact]
    public async Task Going_back_to_a_savepoint_takes_what_failed_and_nothing_from_before_it()
    {
        await using (var db = await BeginAsync())
        {
            await AddAsync(db, 1);
            await db.SaveAsync(Savepoint, default);
            await AddAsync(db, 2);
            await AddAsync(db, 2);
            await Assert.ThrowsAsync<PostgresException>(() => db.FlushAsync(default));
            await db.RollbackToAsync(Savepoint, default);
            await AddAsync(db, 3);
            await db.CommitAsync(default);
        }

        Assert.Equal([1, 3], await LanesAsync(_fleet.Db(_company)));
    }

    [DoorFact]
    public async Task Going_back_to_a_savepoint_that_nothing_was_sent_after_keeps_an_earlier_one_of_the_same_name_untouched()
    {
        await using (var db = await BeginAsync())
        {
            await db.SaveAsync(Savepoint, default);
            await AddAsync(db, 1);
            await db.SaveAsync(Savepoint, default);
            await AddAsync(db, 2);
            await db.RollbackToAsync(Savepoint, default);
            await db.CommitAsync(default);
        }

        Assert.Equal([1], await LanesAsync(_fleet.Db(_company)));
    }

    [DoorFact]
    public async Task What_is_refused_before_it_is_sent_can_be_gone_back_from_too()
    {
        await using (var db = await BeginAsync())
        {
            await AddAsync(db, 1);
            await db.SaveAsync(Savepoint, default);
            var noSmall = new NpgsqlParameter { Value = "no number", NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Smallint };
            await Assert.ThrowsAnyAsync<InvalidCastException>(() => db.ExecuteAsync(AddLane, default, noSmall));
            await db.RollbackToAsync(Savepoint, default);
            await AddAsync(db, 2);
            await db.CommitAsync(default);
        }

        Assert.Equal([1, 2], await LanesAsync(_fleet.Db(_company)));
    }

    [DoorFact]
    public async Task Only_what_is_written_lazily_does_not_wait_for_the_disk()
    {
        const string Setting = "select current_setting('synchronous_commit') where $1 <> ''";
        var db = _fleet.Db(_company);

        Assert.Equal("off", await _fleet.Get<TenantDbs>().LazilyFor(_company.Id).FindAsync(Setting, row => row.GetString(0), default));
        Assert.Equal("on", await db.FindAsync(Setting, row => row.GetString(0), default));
    }

    private Task<TenantTransaction> BeginAsync() => _fleet.Get<TenantDbs>().BeginAsync(_company.Id, default);

    private static Task AddAsync(TenantDb db, short lane) => db.WriteAsync(AddLane, default, P.Small(lane));

    private static Task<List<short>> LanesAsync(TenantDb db) => db.ListAsync(ListLanes, row => row.GetInt16(0), default);
}
