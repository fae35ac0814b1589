using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.LocalRuntime;

namespace FleetChat.LocalHost.Doctor;

/// <summary>FleetChat's database: there, up to date, and isolating its tenants.</summary>
internal static class DatabaseChecks
{
    private const int DaysAhead = 1;

    public static IReadOnlyList<Check> All { get; } =
    [
        new("database.exists", Need.Server, ExistsAsync),
        new("database.encoding", Need.Database, EncodingAsync),
        new("database.migrations", Need.Database, MigrationsAsync),
        new("database.local_schema", Need.Database, LocalSchemaAsync),
        new("database.row_security", Need.Fleet, RowSecurityAsync),
        new("database.owner", Need.Fleet, OwnerAsync),
        new("database.inbox_days", Need.Fleet, InboxDaysAsync),
    ];

    private static Task<Finding> ExistsAsync(Examined examined, CancellationToken ct)
    {
        var installation = examined.Installation;
        return Task.FromResult(examined.Reach.Database
            ? Finding.Fine(installation.Database)
            : Finding.Problem($"the database {installation.Database} can't be opened: {examined.Reach.Failure}", "There is nothing to work with.", $"Make it by starting FleetChat: {installation.HowToStart}"));
    }

    private const string Encoding = """
        select pg_encoding_to_char(encoding)::text
        from pg_catalog.pg_database
        where datname = current_database()
        """;

    private static async Task<Finding> EncodingAsync(Examined examined, CancellationToken ct)
    {
        var encoding = await examined.Views!.Admin.FindAsync(Encoding, row => row.GetString(0), ct);
        return encoding == "UTF8"
            ? Finding.Fine(encoding)
            : Finding.Problem(encoding, "Names and places in other scripts are refused or garbled.", "Make the database anew: create database ... encoding 'UTF8' template template0, and restore into it.");
    }

    private static async Task<Finding> MigrationsAsync(Examined examined, CancellationToken ct)
    {
        var (missing, newer) = await MigrationState.ReadAsync(examined.Views!.System, ct);
        if (missing.Count > 0)
            return Finding.Problem($"not applied: {string.Join(", ", missing)}", "This build does not start on such a database.", $"Start it with an administrator, which applies them: {examined.Installation.HowToStart}");
        return newer.Count == 0
            ? Finding.Fine("all applied")
            : Finding.Warning($"applied and unknown to this build: {string.Join(", ", newer)}", "A newer FleetChat has been here; an old one beside it is meant for the time of a roll-out.", "Use the newer build.");
    }

    private static async Task<Finding> LocalSchemaAsync(Examined examined, CancellationToken ct)
    {
        var missing = examined.Reach.Runtime ? await new RuntimeInspector(examined.Views!.LocalRuntime).ListMissingScriptsAsync(ct) : ["all of it"];
        return missing.Count == 0
            ? Finding.Fine("all applied")
            : Finding.Problem($"not applied to schema localhost: {string.Join(", ", missing)}", "No host of this build has started here: queues, timers and orchestrations don't work yet.", $"Start one, which applies them: {examined.Installation.HowToStart}");
    }

    private const string NotIsolated = """
        select format('%I.%I', n.nspname, c.relname)
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
        where n.nspname = 'fleet'
          and c.relkind in ('r', 'p')
          and not (c.relrowsecurity and c.relforcerowsecurity)
        order by 1
        """;

    private static async Task<Finding> RowSecurityAsync(Examined examined, CancellationToken ct)
    {
        var open = await examined.Views!.Admin.ListAsync(NotIsolated, row => row.GetString(0), ct);
        return open.Count == 0
            ? Finding.Fine("forced on every tenant's table")
            : Finding.Problem($"not forced on {string.Join(", ", open)}", "One company's request can reach another's rows there.", $"Stop FleetChat, then: alter table {open[0]} enable row level security, force row level security");
    }

    private const string WronglyOwned = """
        select format('%I.%I of %I', n.nspname, c.relname, pg_get_userbyid(c.relowner))
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('fleet', 'directory')
          and c.relkind in ('r', 'p', 'v', 'm')
          and pg_get_userbyid(c.relowner) <> 'fleetchat_owner'
        order by 1
        """;

    private static async Task<Finding> OwnerAsync(Examined examined, CancellationToken ct)
    {
        var others = await examined.Views!.Admin.ListAsync(WronglyOwned, row => row.GetString(0), ct);
        return others.Count == 0
            ? Finding.Fine("fleetchat_owner")
            : Finding.Problem($"owned by somebody else: {string.Join(", ", others)}", "An owner can take a table's protection away, and migrations fail on it.", "alter table ... owner to fleetchat_owner");
    }

    private static async Task<Finding> InboxDaysAsync(Examined examined, CancellationToken ct)
    {
        var today = DateOnly.FromDateTime((await ClockChecks.BusinessNowAsync(examined, ct)).UtcDateTime);
        var missing = await new FindStuckWork(new SystemDb(examined.Views!.System)).ListUnpreparedDaysAsync(today, today.AddDays(DaysAhead), ct);
        return missing.Count == 0
            ? Finding.Fine("made ahead")
            : Finding.Warning($"no table for {string.Join(", ", missing.Select(day => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)))}", "Events of such a day are kept, but slow down what else is stored.", "The function KeepInbox makes them every hour: see the host's log for why it did not.");
    }
}
