using FleetChat.Core.Data;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Data;

public sealed class InboxDayTests : IAsyncLifetime
{
    private const string Tenant = "late_rows_001";
    private static readonly DateOnly Day = new(2031, 5, 4);
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await TestDatabase.CreateAsync("inboxday");

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Rows_that_came_before_their_day_was_prepared_move_into_it()
    {
        await _database.ExecuteAsAdminAsync("""
            insert into fleet.tenants (tenant_id, company_name, service_tier, status, data_region, country, time_zone, default_language, currency, key_secret_name, created_at)
            values ($1, 'Late', 'starter', 'active', 'here', 'US', 'UTC', 'en', 'USD', 'name', now())
            """, P.Text(Tenant));
        await _database.ExecuteAsAdminAsync("""
            insert into fleet.inbox (tenant_id, received_on, id, source, kind, external_id, lane, payload, received_at, due_at)
            select $1, $2 + number, gen_random_uuid(), 'samsara', 'kind', 'event', 1, '', now(), now()
            from generate_series(0, 2) number
            """, P.Text(Tenant), P.Day(Day));

        await PrepareAsync(Day.AddDays(-1), Day.AddDays(1));

        Assert.Equal(1L, await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.inbox_20310504"));
        Assert.Equal(1L, await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.inbox_20310505"));
        Assert.Equal(1L, await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.inbox_unprepared"));
        Assert.Equal(3L, await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.inbox"));
    }

    [Fact]
    public async Task Prepared_day_is_isolated_like_every_table_and_preparing_it_again_changes_nothing()
    {
        await Rows_that_came_before_their_day_was_prepared_move_into_it();
        await PrepareAsync(Day.AddDays(-1), Day.AddDays(1));

        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_database.Admin) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        Assert.Equal([], await Catalog.FindingsAsync(connection));
    }

    private async Task PrepareAsync(DateOnly first, DateOnly last)
    {
        await using var command = _database.SystemSource.CreateCommand("select fleet.prepare_inbox($1, $2)");
        command.Parameters.AddRange((NpgsqlParameter[])[P.Day(first), P.Day(last)]);
        await command.ExecuteNonQueryAsync();
    }
}
