using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.LocalHost;

/// <summary>Somebody who looks sees what the parts themselves see, and changes nothing.</summary>
public sealed class DatabaseViewsTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private TestDatabase Database => fixture.Fleet.Database;

    [Fact]
    public async Task A_superuser_looks_in_the_roles_of_the_parts()
    {
        await using var views = new DatabaseViews(Database.Admin, Database.Name);

        await AssertViewsAsync(views);
    }

    // As with many a managed server.
    [Fact]
    public async Task An_administrator_who_is_no_superuser_looks_too_and_is_no_member_afterwards()
    {
        await using var admin = await ScratchRole.CreateAsync(Database, "createrole createdb");
        await using var views = new DatabaseViews(admin.Login, Database.Name);

        await AssertViewsAsync(views);

        Assert.False(await Database.ScalarAsAdminAsync<bool>("select pg_has_role($1, 'fleetchat_system', 'member')", P.Text(admin.Name)));
    }

    [Fact]
    public async Task Nothing_can_be_written()
    {
        await using var views = new DatabaseViews(Database.Admin, Database.Name);

        foreach (var view in new[] { views.Admin, views.System, views.App })
        {
            await using var command = view.CreateCommand("create table localhost.never (id int)");
            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Contains(refused.SqlState, new[] { PostgresErrorCodes.ReadOnlySqlTransaction, PostgresErrorCodes.InsufficientPrivilege });
        }
    }

    private async Task AssertViewsAsync(DatabaseViews views)
    {
        var company = await fixture.Fleet.AddCompanyAsync();
        Assert.Equal("fleetchat_system", await UserAsync(views.System));
        Assert.Equal(TestPostgres.Logins.LocalRuntime.Name, await UserAsync(views.LocalRuntime));
        Assert.Contains(company.Id.Value, await new SystemDb(views.System).ListAsync("select tenant_id from directory.tenants", row => row.GetString(0), default));
        // Row-level security holds for him as for the host.
        Assert.Equal(1, await new TenantDbs(views.App).For(company.Id).FindAsync("select count(*)::int from fleet.tenants where $1 <> ''", row => row.GetInt32(0), default));
    }

    private static async Task<string> UserAsync(NpgsqlDataSource view)
    {
        await using var command = view.CreateCommand("select current_user::text");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
