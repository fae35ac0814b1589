namespace FleetChat.Tests.Postgres;

/// <summary>One migrated database for a test class: <c>class X(DatabaseFixture fixture) : IClassFixture&lt;DatabaseFixture&gt;</c>.</summary>
public sealed class DatabaseFixture : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public async Task InitializeAsync() => Database = await TestDatabase.CreateAsync("class");

    public async Task DisposeAsync() => await Database.DisposeAsync();
}
