using FleetChat.Core.Data;
using FleetChat.LocalHost.Doctor;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>A database that is incomplete, or does not keep its tenants apart.</summary>
public sealed class DatabaseDoctorTests : IAsyncLifetime
{
    private Patient _patient = null!;

    public async Task InitializeAsync() => _patient = await Patient.WithDatabaseAsync();

    public Task DisposeAsync() => _patient.DisposeAsync().AsTask();

    [Fact]
    public async Task Absent_database_is_found()
    {
        await _patient.AssertFineAsync("database.exists");

        await _patient.AssertProblemAsync("database.exists", "the database absent can't be opened", e => e with { Installation = e.Installation with { Database = "absent" } });
    }

    // As with many a managed server.
    [Theory]
    [InlineData("database.exists")]
    [InlineData("database.migrations")]
    [InlineData("database.row_security")]
    [InlineData("database.inbox_days")]
    [InlineData("inbox.late")]
    public async Task Administrator_who_is_no_superuser_is_told_the_same(string check)
    {
        await using var admin = await ScratchRole.CreateAsync(_patient.Database, "createrole createdb");

        await _patient.AssertFineAsync(check, e => e with { Installation = e.Installation with { Admin = admin.Login } });
    }

    [Fact]
    public async Task Another_encoding_is_found()
    {
        var name = TestPostgres.NewName("latin");
        await using var admin = await AdministratorConnection.OpenAsync(await TestPostgres.AdminConnectionStringAsync(), database: null, default);
        await admin.ExecuteAsync("create database %I encoding 'SQL_ASCII' locale 'C' template template0", default, name);
        try
        {
            await _patient.AssertProblemAsync("database.encoding", "SQL_ASCII", e => e with { Installation = e.Installation with { Database = name } });
        }
        finally
        {
            await DatabaseInstaller.DropDatabaseAsync(admin, name, default);
        }
    }

    [Fact]
    public async Task Migration_that_was_not_applied_is_found()
    {
        await _patient.AssertFineAsync("database.migrations");

        await _patient.ExecuteAsync("delete from migration.journal where scriptname = '0024_number_history.sql'");

        await _patient.AssertProblemAsync("database.migrations", "not applied: 0024_number_history.sql");
    }

    [Fact]
    public async Task Migration_of_a_newer_build_is_found()
    {
        await _patient.ExecuteAsync("insert into migration.journal (scriptname, applied) values ('9999_later.sql', now())");

        await _patient.AssertWarningAsync("database.migrations", "9999_later.sql");
    }

    [Fact]
    public Task Schema_of_the_runtime_that_was_never_made_is_found() => _patient.AssertProblemAsync("database.local_schema", "all of it");

    [Fact]
    public async Task Table_that_does_not_keep_tenants_apart_is_found()
    {
        await _patient.AssertFineAsync("database.row_security");

        await _patient.ExecuteAsync("alter table fleet.drivers no force row level security");

        await _patient.AssertProblemAsync("database.row_security", "fleet.drivers");
    }

    [Fact]
    public async Task Table_of_another_owner_is_found()
    {
        await _patient.AssertFineAsync("database.owner");

        await _patient.ExecuteAsync("alter table fleet.drivers owner to current_user");

        await _patient.AssertProblemAsync("database.owner", "fleet.drivers of ");
    }

    [Fact]
    public async Task Day_without_a_table_is_found()
    {
        await _patient.AssertFineAsync("database.inbox_days");

        await _patient.ExecuteAsync("select fleet.drop_inbox_day(current_date + 1)");

        await _patient.AssertWarningAsync("database.inbox_days", "no table for");
    }

    [Theory]
    [InlineData("roles.superuser", "superuser in role fleetchat_app", "a superuser: ")]
    [InlineData("roles.bypassrls", "bypassrls in role fleetchat_app", "bypassing row-level security: ")]
    [InlineData("roles.createrole", "createrole in role fleetchat_app", "allowed to create roles: ")]
    [InlineData("roles.membership", "in role fleetchat_app, fleetchat_system", "(fleetchat_app, fleetchat_system)")]
    public async Task Login_that_may_more_than_it_should_is_found(string check, string attributes, string found)
    {
        await _patient.AssertFineAsync(check);
        await using var role = await ScratchRole.CreateAsync(_patient.Database, attributes);

        await _patient.AssertProblemAsync(check, found);

        Assert.Contains(role.Name, (await _patient.LookAsync(check)).Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_that_was_not_let_in_is_found()
    {
        await _patient.AssertFineAsync("roles.present");

        await _patient.ExecuteAsync($"revoke connect on database {_patient.Database.Name} from {TestPostgres.Logins.App.Name}");

        await _patient.AssertProblemAsync("roles.present", "a login of fleetchat_app that may connect");
    }

    [Fact]
    public async Task Database_open_to_every_login_is_found()
    {
        await _patient.AssertFineAsync("roles.connect");

        await _patient.ExecuteAsync($"grant connect on database {_patient.Database.Name} to public");

        await _patient.AssertWarningAsync("roles.connect", "every login");
    }
}
