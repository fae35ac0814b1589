using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Data;

public sealed class CatalogTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task Every_table_is_isolated_by_tenant()
    {
        await using var connection = await OpenAsync();

        Assert.Equal([], await Catalog.FindingsAsync(connection));
    }

    [Theory]
    [InlineData("drop policy tenant on fleet.drivers", "fleet.drivers: no policy for fleetchat_app")]
    [InlineData("drop policy tenant on fleet.inbox_keys_3", "fleet.inbox_keys_3: no policy for fleetchat_app")]
    [InlineData("alter table fleet.drivers disable row level security", "fleet.drivers: row-level security is not enabled")]
    [InlineData("alter table fleet.drivers no force row level security", "fleet.drivers: row-level security is not forced")]
    [InlineData("alter policy tenant on fleet.drivers with check (true)", "fleet.drivers: policy tenant has WITH CHECK true")]
    [InlineData("alter policy tenant on fleet.drivers using (true)", "fleet.drivers: policy tenant has USING true")]
    [InlineData(
        """
        drop policy tenant on fleet.drivers;
        create policy tenant on fleet.drivers to fleetchat_app using (tenant_id = (select current_setting('app.tenant_id', true)))
        """,
        "fleet.drivers: policy tenant has WITH CHECK nothing")]
    [InlineData("create policy more on fleet.drivers to fleetchat_app using (true)", "fleet.drivers: policy more has USING true")]
    [InlineData("create policy more on fleet.drivers using (true)", "fleet.drivers: policy more has USING true")]
    [InlineData("alter table fleet.drivers alter column tenant_id drop not null", "fleet.drivers: tenant_id may be null", "alter table fleet.drivers drop constraint drivers_pkey cascade")]
    [InlineData("create unique index by_samsara_id on fleet.drivers (samsara_driver_id)", "fleet.by_samsara_id: is an index that does not begin with tenant_id")]
    [InlineData("alter table fleet.drivers add unique (samsara_driver_id, tenant_id)", "fleet.drivers_samsara_driver_id_tenant_id_key: is an index that does not begin with tenant_id")]
    [InlineData(
        "alter table fleet.transports add foreign key (driver_id) references fleet.drivers (id)",
        "fleet.transports: foreign key transports_driver_id_fkey does not begin with tenant_id",
        "alter table fleet.drivers add unique (id)")]
    [InlineData(
        "alter table fleet.tenants add foreign key (tenant_id) references directory.tenants (tenant_id)",
        "fleet.tenants: foreign key tenants_tenant_id_fkey crosses from one schema to the other")]
    [InlineData("create table fleet.notes (id uuid primary key)", "fleet.notes: has no tenant_id")]
    [InlineData("create table public.notes (tenant_name text)", "notes: has no tenant_id")]
    [InlineData("create table fleet.notes (tenant_id text not null primary key)", "fleet.notes: does not refer to a tenant")]
    [InlineData("alter table fleet.drivers owner to fleetchat_app", "fleet.drivers: belongs to fleetchat_app")]
    [InlineData("grant truncate on fleet.drivers to fleetchat_app", "fleet.drivers: fleetchat_app has TRUNCATE")]
    [InlineData("grant select on fleet.drivers to public", "fleet.drivers: PUBLIC has SELECT")]
    [InlineData("grant select on fleet.unrouted to fleetchat_app", "fleet.unrouted: fleetchat_app has SELECT")]
    [InlineData("create view fleet.everything as select * from fleet.drivers", "fleet.everything: is a view that sees with its owner's eyes")]
    [InlineData("grant execute on function fleet.isolate(regclass) to public", "fleet.isolate(regclass): everybody may run it")]
    [InlineData("alter function fleet.isolate(regclass) security definer", "fleet.isolate(regclass): runs with its owner's rights")]
    [InlineData("grant select (name) on fleet.drivers to fleetchat_system", "the system role's grant fleet.drivers.name select is on no list")]
    [InlineData("create policy system on fleet.drivers for select to fleetchat_system using (true)", "the system role's policy fleet.drivers select is on no list")]
    [InlineData("revoke delete on fleet.inbox_keys from fleetchat_system", "the system role's grant fleet.inbox_keys delete is missing")]
    [InlineData("alter table fleet.drivers add nickname text", "fleet.drivers.nickname: is it personal? PersonalDataColumns does not say")]
    [InlineData("alter table fleet.drivers add tags text[]", "fleet.drivers.tags: is it personal? PersonalDataColumns does not say")]
    [InlineData("alter table fleet.drivers add notes jsonb", "fleet.drivers.notes: is it personal? PersonalDataColumns does not say")]
    [InlineData("alter table fleet.drivers alter column name type text using ''", "fleet.drivers.name: encrypted, but its type is not bytea")]
    [InlineData("alter table fleet.stops drop column name", "fleet.stops.name: in PersonalDataColumns, but not in the database")]
    public async Task Catalog_that_was_changed_is_found_out(string change, string finding, string? first = null)
    {
        // Rolled back, so that the class' one database serves every mutant.
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var mutate = new NpgsqlCommand(first is null ? change : $"{first}; {change}", connection, transaction))
        {
            await mutate.ExecuteNonQueryAsync();
        }

        Assert.Contains(finding, await Catalog.FindingsAsync(connection));
    }

    // Roles are the server's: never committed, so that no other test ever meets them.
    [Theory]
    [InlineData("alter role fleetchat_app bypassrls", "fleetchat_app: bypasses row-level security")]
    [InlineData("alter role fleetchat_app superuser", "fleetchat_app: is a superuser")]
    [InlineData("alter role fleetchat_system login", "fleetchat_system: may log in")]
    [InlineData("grant fleetchat_owner to fleetchat_app", "fleetchat_app: is a member of another role")]
    public Task Role_that_was_given_more_is_found_out(string change, string finding) => Catalog_that_was_changed_is_found_out(change, finding);

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(fixture.Database.Admin) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
