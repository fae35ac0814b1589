using System.Text.RegularExpressions;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.Azure;

/// <summary>Who may what: identities that Bicep makes, the logins that they are, and what migrations grant to those logins' roles.</summary>
public sealed partial class IdentityTests
{
    private const string Matrix = "FleetChat.Tests/Azure/rights.txt";

    /// <summary>Identity, right, and where: in Azure, in one region.</summary>
    private static readonly string[] s_rightsInAzure =
    [
        "deployer | Storage Blob Data Contributor | packages",
        "host | Durable Task Data Contributor | task hub",
        "host | Key Vault Secrets Officer | vault of keys",
        "host | Key Vault Secrets User | vault of settings",
        "host | Monitoring Metrics Publisher | telemetry",
        "host | Storage Blob Data Contributor | data/audit-anchors",
        "host | Storage Blob Data Contributor | data/media",
        "host | Storage Blob Data Contributor | packages/deployments",
        "host | Storage Blob Data Owner | host",
        "host | Storage Blob Data Reader | packages/migrations",
        "host | Storage Queue Data Contributor | host",
        "host | Storage Table Data Contributor | host",
        "owner | Storage Blob Data Reader | packages/migrations",
    ];

    private static readonly Dictionary<string, string> s_roleNames = new()
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Storage Blob Data Owner",
        ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"] = "Storage Blob Data Contributor",
        ["2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"] = "Storage Blob Data Reader",
        ["974c5e8b-45b9-4653-ba55-5f855dd0fb88"] = "Storage Queue Data Contributor",
        ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"] = "Storage Table Data Contributor",
        ["b86a8fe4-44ce-4948-aee5-eccb2c155cd7"] = "Key Vault Secrets Officer",
        ["4633458b-17de-408a-b874-0445c86b69e6"] = "Key Vault Secrets User",
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Monitoring Metrics Publisher",
        ["0ad04412-c4d5-4796-b79c-f76d14c8d402"] = "Durable Task Data Contributor",
    };

    [Fact]
    public void Each_region_has_an_identity_for_the_host_and_for_each_role_of_the_database()
        => Assert.All(
            Bicep.Production.OfType("Microsoft.ManagedIdentity/userAssignedIdentities").GroupBy(identity => identity.Id.Split('/')[4]),
            region => Assert.Equal(["app", "host", "owner", "system"], region.Select(identity => Short(identity.Name)).Order()));

    [Fact]
    public void The_app_has_no_way_to_the_owner_and_who_migrates_is_nobody_else()
    {
        Assert.All(Bicep.All.SelectMany(snapshot => snapshot.OfType("Microsoft.Web/sites")), app => Assert.Equal(["app", "host", "system"], app.Identities.Select(Short).Order()));
        Assert.All(Bicep.All.SelectMany(snapshot => snapshot.JobsThat("migrate")), job => Assert.Equal(["owner"], job.Identities.Select(Short)));
        Assert.All(Bicep.All.SelectMany(snapshot => snapshot.JobsThat("restore")), job => Assert.Equal(["app", "host", "system"], job.Identities.Select(Short).Order()));
        Assert.All(Bicep.All, snapshot => Assert.Equal(snapshot.OfType("Microsoft.App/jobs").Count(), snapshot.JobsThat("migrate").Count() + snapshot.JobsThat("restore").Count()));
    }

    [Fact]
    public void The_owner_is_each_servers_only_administrator()
        => Assert.All(Bicep.All, snapshot =>
        {
            var administrators = snapshot.OfType("Microsoft.DBforPostgreSQL/flexibleServers/administrators").ToList();

            Assert.Equal(snapshot.OfType("Microsoft.DBforPostgreSQL/flexibleServers").Count(), administrators.Count);
            Assert.All(administrators, administrator => Assert.Equal("owner", Short(administrator.Properties["principalName"]!.GetValue<string>())));
            Assert.All(administrators, administrator => Assert.EndsWith("-owner", IdentityIn(administrator.Name), StringComparison.Ordinal));
        });

    [Fact]
    public void The_app_signs_in_as_the_logins_that_the_job_makes_of_their_identities()
        => Assert.All(Bicep.All.SelectMany(snapshot => snapshot.AppSettings.Zip(snapshot.JobSettings)), region =>
        {
            var (app, job) = region;
            foreach (var role in new[] { "App", "System" })
            {
                var login = job[$"FleetChat__Migration__{role}"];
                Assert.EndsWith($"-{role.ToLowerInvariant()}", login, StringComparison.Ordinal);
                Assert.Contains($"'{login}')]", app[$"FleetChat__Postgres__{role}"], StringComparison.Ordinal);
                Assert.Equal(login, IdentityIn(app[$"FleetChat__Postgres__{role}Identity"]));
                Assert.Contains(".clientId", app[$"FleetChat__Postgres__{role}Identity"], StringComparison.Ordinal);
                Assert.Equal(login, IdentityIn(job[$"FleetChat__Migration__{role}Principal"]));
                Assert.Contains(".principalId", job[$"FleetChat__Migration__{role}Principal"], StringComparison.Ordinal);
            }
        });

    [Fact]
    public void Identities_have_these_rights_in_Azure_and_no_other()
        => Assert.All(
            Bicep.Production.OfType("Microsoft.Authorization/roleAssignments").GroupBy(assignment => Scope().Match(assignment.Id).Groups["group"].Value),
            region => Assert.Equal(s_rightsInAzure, region.Select(Right).Order(StringComparer.Ordinal)));

    // Azure refuses a right that is given to a person and says that he is none. It is said of identities that the same deployment makes, which may not be found yet.
    [Fact]
    public void Of_who_deploys_nothing_is_said_so_that_it_may_be_a_person_or_a_workflow()
        => Assert.All(
            Bicep.All.SelectMany(snapshot => snapshot.OfType("Microsoft.Authorization/roleAssignments")),
            assignment => Assert.Equal(
                assignment.Properties["principalId"]!.GetValue<string>().StartsWith('[') ? "ServicePrincipal" : null,
                assignment.Properties["principalType"]?.GetValue<string>()));

    [Fact]
    public async Task Roles_have_these_rights_in_the_database_and_no_other()
    {
        await using var database = await TestDatabase.CreateAsync("rights");
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Admin) { Pooling = false });
        await using var reader = await source.CreateCommand(ListRights).ExecuteReaderAsync();
        var present = new List<string>();
        while (await reader.ReadAsync()) present.Add(reader.GetString(0));
        var written = Sources.Read(Matrix).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')).ToList();

        Findings.AssertNone(present.Except(written).Select(line => $"not in {Matrix}: {line}").Concat(written.Except(present).Select(line => $"in {Matrix} and not granted: {line}")));
    }

    // Of everybody but who owns the thing. A partition has what its table has, which nobody is given apart.
    private const string ListRights = """
        with things as (
            select c.oid, n.nspname || '.' || c.relname as name, c.relowner as owner, c.relacl as acl
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('directory', 'fleet', 'migration') and c.relkind in ('r', 'p', 'v', 'm')),
        rights as (
            select t.name, t.owner, a.grantee, lower(a.privilege_type) as said
            from things t cross join aclexplode(t.acl) a
            union all
            select t.name, t.owner, a.grantee, lower(a.privilege_type) || ' (' || string_agg(c.attname::text, ' ' order by c.attname) || ')'
            from things t
            join pg_attribute c on c.attrelid = t.oid
            cross join aclexplode(c.attacl) a
            group by t.name, t.owner, a.grantee, a.privilege_type
            union all
            select n.nspname || '.' || p.proname || '()', p.proowner, a.grantee, lower(a.privilege_type)
            from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
            cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
            where n.nspname in ('directory', 'fleet', 'migration') and p.prosecdef)
        select name || ' | ' || coalesce(r.rolname, 'everybody') || ' | ' || string_agg(said, ', ' order by said collate "C")
        from rights
        left join pg_roles r on r.oid = grantee
        where grantee <> owner
        group by name, r.rolname
        order by 1
        """;

    private static string Right(Resource assignment)
    {
        var principal = assignment.Properties["principalId"]!.GetValue<string>();
        var role = s_roleNames[assignment.Properties["roleDefinitionId"]!.GetValue<string>().Split('/')[^1]];
        return $"{(principal.StartsWith('[') ? Short(IdentityIn(principal)) : "deployer")} | {role} | {Place(Scope().Match(assignment.Id).Groups["scope"].Value)}";
    }

    private static string Place(string scope) => scope.Split('/') switch
    {
        ["Microsoft.Insights", "components", _] => "telemetry",
        ["Microsoft.DurableTask", "schedulers", _, "taskHubs", _] => "task hub",
        ["Microsoft.KeyVault", "vaults", var vault] => vault[^6] == 'k' ? "vault of keys" : "vault of settings",
        ["Microsoft.Storage", "storageAccounts", var account] => Account(account),
        ["Microsoft.Storage", "storageAccounts", var account, "blobServices", "default", "containers", var container] => $"{Account(account)}/{container}",
        _ => scope,
    };

    // The letter before what the subscription adds.
    private static string Account(string name) => name[^6] switch { 'h' => "host", 'd' => "data", 'p' => "packages", _ => name };

    private static string Short(string identity) => identity.Split('-')[^1];

    private static string IdentityIn(string expression) => Identity().Match(expression).Groups["name"].Value;

    [GeneratedRegex("userAssignedIdentities/(?<name>[a-z0-9-]+)'")]
    private static partial Regex Identity();

    [GeneratedRegex("resourceGroups/(?<group>[^/]+)/providers/(?<scope>.+?)('|/providers/Microsoft.Authorization)")]
    private static partial Regex Scope();
}
