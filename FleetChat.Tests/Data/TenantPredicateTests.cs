using FleetChat.Tests.Conventions;
using FleetChat.Tests.Guards;
using Xunit.Abstractions;

namespace FleetChat.Tests.Data;

/// <summary>Two databases for these tests.</summary>
public sealed class NeighboursFixture : IAsyncLifetime
{
    internal TenantNeighbours Neighbours { get; private set; } = null!;

    public async Task InitializeAsync() => Neighbours = await TenantNeighbours.CreateAsync();

    public Task DisposeAsync() => Neighbours.DisposeAsync().AsTask();
}

/// <summary><c>where tenant_id = $1</c> alone: no statement needs row-level security to stay with its tenant.</summary>
public sealed class TenantPredicateTests(NeighboursFixture fixture, ITestOutputHelper output) : IClassFixture<NeighboursFixture>
{
    private const string OfServer = "of the server and its roles";
    private const string OfPlatform = "of what belongs to no tenant";
    private const string OfRouting = "finds out which tenant it is, in the system's role";
    private const string OfSweep = "which tenants have work, in the system's role, which sees no contents";
    private const string OfBooks = "which companies' months have ended, in the system's role, which sees no more of their books";
    private const string OfFamily = "which companies are a parent's children and whether their months are closed, in the system's role; each is read as its own tenant";
    private const string OfPool = "of the platform's numbers, in the system's role: who holds which is its own knowledge";
    private const string OwnClaim = "calls a function that refuses any tenant but that of the transaction";
    private const string OneHolder = "what it names may be one tenant's alone: another's is refused, by a key";

    /// <summary>Statements that are of no tenant, and why.</summary>
    private static readonly Dictionary<string, string> s_ofNoTenant = new()
    {
        ["AdministratorConnection.Format"] = OfServer,
        ["DatabaseInstaller.HasDatabase"] = OfServer,
        ["MigrateDatabase.CreatePrincipal"] = OfServer,
        ["DatabaseInstaller.HasRole"] = OfServer,
        ["FlowReader.ReadMark"] = OfServer,
        ["Alerts.RaiseForPlatform"] = OfPlatform,
        ["BillingRuns.Count"] = OfBooks,
        ["BillingRuns.ListPeriods"] = OfBooks,
        ["BillingRuns.ListTenants"] = OfBooks,
        ["HearPayments.FindMark"] = OfPlatform,
        ["HearPayments.SaveMark"] = OfPlatform,
        ["LostPayments.FindRestored"] = OfPlatform,
        ["BeginRestore.Begin"] = OfPlatform,
        ["BeginRestore.LeaveNumbers"] = OfPlatform,
        ["EndRestore.End"] = OfPlatform,
        ["GetRestore.ListGaps"] = OfPlatform,
        ["GetRestore.NoteLookedThrough"] = OfPlatform,
        ["RestoreSql.FindNewest"] = OfPlatform,
        ["CorporateMonth.FindClosedThrough"] = OfBooks,
        ["CorporateLinks.ListChildren"] = OfFamily,
        ["CorporateMonth.FindUnbilled"] = OfFamily,
        ["CorporateMonth.ListAwaited"] = OfFamily,
        ["CorporateMonth.ListEverPaidFor"] = OfFamily,
        ["CorporateMonth.ListOpenStatements"] = OfFamily,
        ["MetaRates.FindNewest"] = OfPlatform,
        ["MetaRates.Insert"] = OfPlatform,
        ["MetaRates.List"] = OfPlatform,
        ["RateCards.FindNewest"] = OfPlatform,
        ["RateCards.FindOfMonth"] = OfPlatform,
        ["RateCards.Insert"] = OfPlatform,
        ["RateCards.List"] = OfPlatform,
        ["SetAside.InsertUnrouted"] = OfPlatform,
        ["PlatformPauses.End"] = OfPlatform,
        ["PlatformPauses.Find"] = OfPlatform,
        ["PlatformPauses.FindRestore"] = OfPlatform,
        ["PlatformPauses.Insert"] = OfPlatform,
        ["PlatformPauses.List"] = OfPlatform,
        ["PlatformPauses.ListOpen"] = OfPlatform,
        ["PlatformTrail.Insert"] = OfPlatform,
        ["PlatformTrail.Lock"] = OfPlatform,
        ["PlatformTrail.Move"] = OfPlatform,
        ["ReadAudit.ListOfPlatform"] = OfPlatform,
        ["AnchorChains.ListHeads"] = "where all chains end, in the system's role: numbers and codes",
        ["AuditKey.FindChain"] = "whether there is any chain at all, in the system's role",
        ["VerifyAudit.FindHeadOfPlatform"] = OfPlatform,
        ["AllTenants.List"] = OfSweep,
        ["AuthenticateApiKey.FindPointer"] = OfRouting,
        ["NumberPool.Cool"] = OfPool,
        ["NumberPool.Find"] = OfPool,
        ["NumberPool.FindByPhone"] = OfPool,
        ["NumberPool.FindOfTenant"] = OfPool,
        ["NumberPool.Insert"] = OfPool,
        ["NumberPool.List"] = OfPool,
        ["NumberPool.NoteAssigned"] = OfPool,
        ["NumberPool.NoteCodeSent"] = OfPool,
        ["NumberPool.NoteToken"] = OfPool,
        ["NumberPool.NoteVerified"] = OfPool,
        ["NumberPool.Release"] = OfPool,
        ["NumberPool.Take"] = OfPool,
        ["NumberPool.TakeLast"] = OfPool,
        ["NumberDirectory.FindAccount"] = OfRouting,
        ["UserTenants.List"] = OfRouting,
        ["ListChildren.List"] = OfFamily,
        ["NumberDirectory.FindNumber"] = OfRouting,
        ["NumberAssignments.FindHolder"] = OfRouting,
        ["MetaQuotas.List"] = "the system role's: how many people the companies of each portfolio have reached, as a number",
        ["Portfolios.ListMembers"] = "the system role's: how many people each company of a portfolio has reached, as numbers",
        ["FindNextDue.Next"] = OfSweep,
        ["FindStuckWork.ForgottenLanes"] = OfSweep,
        ["FindStuckWork.LateEvents"] = OfSweep,
        ["FindStuckWork.LateMessages"] = OfSweep,
        ["FindStuckWork.Parked"] = OfSweep,
        ["CheckReadiness.Look"] = "whether the system's role may read at all: no row of it",
        ["MasterKeyAtStart.ListCompanies"] = OfSweep,
        ["WatchKeys.ListAlerted"] = OfSweep,
        ["WatchKeys.ListDue"] = OfSweep,
        ["KeepInbox.ListOver"] = OfSweep,
        ["KeepPolls.ListUnpolled"] = OfSweep,
        ["KeepUsage.ListTenants"] = OfSweep,
        ["Sweep.Raise"] = OfSweep,
        ["WatchPlatform.Numbers"] = OfSweep,
        ["WatchPlatform.Oldest"] = OfSweep,
        ["ApiKeySql.InsertPointer"] = OneHolder,
        ["CorporateLinks.Set"] = "a parent is another tenant: a key sees that it is there, and no child",
        ["NumberAssignments.InsertAccount"] = OneHolder,
        ["NumberAssignments.InsertNumber"] = OneHolder,
        ["SamsaraClaims.Leave"] = OwnClaim,
        ["SamsaraClaims.Take"] = OwnClaim,
        ["TenantRegister.Find"] = OfPlatform,
        ["TenantRegister.Take"] = OfPlatform,
        ["ListTenants.List"] = OfPlatform,
        ["KeepRetention.ListTenants"] = OfSweep,
    };

    private const string Time = "timestamp with time zone";
    private const string Times = "timestamp with time zone[]";

    /// <summary>Types of parameters that neither the server nor the statement's own method tells, and values where only some can be.</summary>
    private static readonly Dictionary<string, string[]> s_types = new()
    {
        ["Agreements.Insert"] = ["text", "integer", "date", "date", "text = '{}'", "text", Time],
        ["ChangeRule.Save"] = ["text", "text = '{}'", Time],
        ["ChangeStopKinds.Save"] = ["text", "text = '{}'", Time],
        ["Conversations.Find"] = ["text", "text[]", "bytea[]"],
        ["Conversations.Keep"] = ["text", "text[]", "bytea[]"],
        ["HoldSql.NoteLooks"] = ["text", "uuid[]", "text[]", Time],
        ["HoldSql.NoteReasons"] = ["text", "uuid[]", "text[]"],
        ["HoldSql.Release"] = ["text", "uuid[]", "text[]", Time],
        ["GetImport.List"] = ["text", Time, "uuid", "integer"],
        ["InvoiceSql.InsertLines"] = ["text", "uuid", "integer[]", "text[]", "text[]", "date[]", "date[]", "text[] = array['1']", "text[] = array['1']", "text[] = array['1']", "bigint[]", "text[] = array['child_001']", "text[]", "bigint[]", "uuid[]"],
        ["InvoiceSql.InsertTaxes"] = ["text", "uuid", "integer[]", "text[] = array['1']", "boolean[]", "text[]", "bigint[]", "bigint[]"],
        ["ImportRowSql.Insert"] = ["text", "uuid", "integer[]", "integer[]", "text[]", "text[]", "text[]", "bytea[]", "uuid[]", "boolean[]", "text[]", "text[]", "bigint[]", "bigint[]"],
        ["ImportRowSql.List"] = ["text", "uuid", "integer", "text", "integer"],
        ["ImportSql.Advance"] = ["text", "uuid", "integer", "integer", "integer", "integer"],
        ["InboxSql.Finish"] = ["text", "date[]", "uuid[]", "text[]", "text[]", "smallint[]", Times, Time],
        ["ListChildDrivers.List"] = ["text", "uuid", "text", "integer"],
        ["ListDrivers.List"] = ["text", "uuid", "text", "integer"],
        ["ListMessages.List"] = ["text", Time, "uuid", "uuid", "uuid", "uuid", "text", "integer"],
        ["ListTransports.List"] = ["text", "uuid", "text", "uuid", "integer"],
        ["ListWebhookDeliveries.List"] = ["text", "uuid", "text", Time, "uuid", "integer"],
        ["StoreItems.Insert"] = ["text", "uuid[]", "text[]", "text[]", "bytea[]", "bytea[]", "smallint[]", "smallint[]", "bytea[]", "text[]", Times, Time, "date", "date"],
        ["TransportSql.Upsert"] = ["text", "uuid", "text", "text", "text", Time, Time, "boolean", "text", Time, Time, "text", "text", "bytea"],
        ["Reminders.Set"] = ["text", "text", "text[]", "smallint[]", Times, Time, "text"],
        ["Reminders.SetIfOther"] = ["text", "text", "text[]", "smallint[]", Times, Time, "text"],
        ["Reminders.SetIfSooner"] = ["text", "text", "text[]", "smallint[]", Times, Time, "text"],
    };

    private static IEnumerable<Statement> OfTenants => Statements.All.Where(statement => !s_ofNoTenant.ContainsKey(statement.Name));

    [Fact]
    [Catches(Guard.TenantPredicate)]
    public async Task No_statement_reaches_another_tenants_rows_with_row_security_out_of_force()
    {
        var findings = new List<string>();
        foreach (var statement in OfTenants)
        {
            if (await FindAsync(statement) is { } finding) findings.Add($"{statement} {finding}");
        }

        Findings.AssertNone(findings);
        output.WriteLine($"{OfTenants.Count()} statements ran beside another tenant's rows; {s_ofNoTenant.Count} are of no tenant:\n{string.Join('\n', s_ofNoTenant.Select(exception => $"    {exception.Key}: {exception.Value}"))}");
    }

    /// <summary>Else the one above would say nothing of it.</summary>
    [Fact]
    public async Task Statement_that_forgets_its_tenant_is_found_out()
    {
        var forgetful = OfTenants.Where(statement => statement.NamesTenant).ToList();
        var unseen = new List<string>();
        foreach (var statement in forgetful)
        {
            if (await FindAsync(statement.WithoutPredicate) is null) unseen.Add(statement.Name);
        }

        Findings.AssertNone(unseen);
        output.WriteLine($"{forgetful.Count} statements without their tenant were found out");
    }

    [Fact]
    public void Every_exception_is_still_needed()
        => Findings.AssertNone(s_ofNoTenant.Keys.Concat(s_types.Keys).Except(Statements.All.Select(statement => statement.Name)));

    private async Task<string?> FindAsync(Statement statement)
    {
        try
        {
            return await fixture.Neighbours.FindHarmAsync(statement, s_types.GetValueOrDefault(statement.Name));
        }
        catch (InvalidOperationException untold)
        {
            return $"could not be run: {untold.Message}";
        }
    }
}
