using DbUp;
using DbUp.Engine;
using DbUp.Postgresql;
using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>Runs the migrations that a database lacks, each in a transaction of its own.</summary>
internal static class Migrator
{
    // A migration may rewrite a large table.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    private const string Prepare = """
        create schema if not exists migration;
        grant usage on schema migration to fleetchat_app, fleetchat_system;
        alter default privileges in schema migration grant select on tables to fleetchat_app, fleetchat_system;
        """;

    private const string Lock = "select pg_advisory_lock(hashtext('fleetchat.migrate'))";

    /// <exception cref="DatabaseRefusedException">A script failed; those before it have taken effect.</exception>
    public static async Task RunAsync(string ownerConnectionString, IReadOnlyList<Migration> migrations, CancellationToken ct)
    {
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false });
        await RunAsync(owner, migrations, ct);
    }

    /// <param name="owner">Whose connections act as <c>fleetchat_owner</c> from their first statement on, and are not pooled.</param>
    /// <inheritdoc cref="RunAsync(string, IReadOnlyList{Migration}, CancellationToken)"/>
    public static async Task RunAsync(NpgsqlDataSource owner, IReadOnlyList<Migration> migrations, CancellationToken ct)
    {
        // Two installations at once: the second waits here and then finds nothing left to do.
        await using var session = await owner.OpenConnectionAsync(ct);
        await using (var takeLock = new NpgsqlCommand(Lock, session) { CommandTimeout = (int)Longest.TotalSeconds })
        {
            await takeLock.ExecuteNonQueryAsync(ct);
        }

        await using (var prepare = new NpgsqlCommand(Prepare, session))
        {
            await prepare.ExecuteNonQueryAsync(ct);
        }

        var engine = DeployChanges.To.PostgresqlDatabase(new WholeScriptConnectionManager(owner))
            .JournalToPostgresqlTable("migration", "journal")
            .WithScripts(migrations.Select(migration => new SqlScript(migration.Name, migration.Sql)))
            .WithTransactionPerScript()
            .WithExecutionTimeout(Longest)
            .WithVariablesDisabled()
            .LogToNowhere()
            .Build();
        var result = await Task.Run(engine.PerformUpgrade, ct);
        if (!result.Successful)
        {
            throw new DatabaseRefusedException($"Migration {result.ErrorScript?.Name} failed: {result.Error.Message}", result.Error);
        }
    }

    /// <summary>DbUp would cut a script at lines that it takes for a statement's end; Npgsql knows better where statements end.</summary>
    private sealed class WholeScriptConnectionManager(NpgsqlDataSource owner) : PostgresqlConnectionManager(owner)
    {
        public override IEnumerable<string> SplitScriptIntoCommands(string scriptContents) => [scriptContents];
    }
}
