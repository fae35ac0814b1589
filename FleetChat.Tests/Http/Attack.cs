namespace FleetChat.Tests.Http;

/// <summary>
/// Whose ids an attack carries. <see cref="Attack.Children"/> are those of the company that most attackers are of, and the others strangers to it; the child's admin
/// among the attackers is of another company, whose parent and sibling are here.
/// </summary>
internal enum Kin
{
    Own,
    Sibling,
    Parent,
    Child,
    Suspended,
    Terminated,

    /// <summary>A company that does not exist, an id that nobody has, a cursor that nobody gave.</summary>
    Missing,
}

/// <summary>What carries the other company's id, or an id of something of its own.</summary>
internal enum Carrier
{
    PathTenant,
    PathId,
    QueryTenant,
    QueryId,
    BodyTenant,
    BodyId,
    HeaderTenant,
    Cursor,

    /// <summary>A cursor that the parent's people were given in the list of a child.</summary>
    CursorOfChild,
    IdempotencyKey,
    IfMatch,
}

/// <param name="Who">A letter of <see cref="AccessTests.Table"/>, or <see cref="ChildsAdmin"/>.</param>
/// <param name="Name">Of the parameter or field that carries it, where the carrier may be one of several.</param>
internal sealed record Attack(Route Route, char Who, Carrier Carrier, string Name, Kin Kin)
{
    /// <summary>A tenant_admin of a company that has a parent and a sibling.</summary>
    public const char ChildsAdmin = 'a';

    public static readonly IReadOnlyList<Kin> Children = [Kin.Child, Kin.Suspended, Kin.Terminated];

    /// <summary>Who of <see cref="AccessTests.Table"/> the attacker is at home.</summary>
    public char Role => Who == ChildsAdmin ? 'A' : Who;

    /// <summary>Asks to be in that company.</summary>
    public bool NamesTenant => Carrier is Carrier.PathTenant or Carrier.QueryTenant or Carrier.BodyTenant or Carrier.HeaderTenant;

    public bool IsOfKey => Who is 'R' or 'W';

    /// <summary>FleetChat's own people at their own work: whatever they name there is no attack.</summary>
    public bool IsWorkOfPlatform => AccessTests.IsOfPlatform(Route) && IsInTable;

    public bool IsInTable => AccessTests.Table[Route.Function].Contains(Role, StringComparison.Ordinal);

    /// <summary>The address names a child.</summary>
    public bool IsOfChild => AttackTable.ToParents.ContainsKey(Route.Function);

    /// <summary>Of those who may see children, one whose company has some.</summary>
    public bool IsOfParent => Who != ChildsAdmin && IsInTable;

    /// <summary>Asks for a child whose parent the attacker's company is.</summary>
    public bool IsLookAtChild => IsOfChild && IsOfParent && Carrier == Carrier.PathId && Children.Contains(Kin);

    /// <summary>Gets what it names, and so cannot get what one gets who names what is not there.</summary>
    public bool IsOfShown => Carrier is Carrier.PathId or Carrier.QueryId && Shown.Contains(Kin);

    /// <summary>Whose names and rows the answer may hold.</summary>
    public IReadOnlyList<Kin> Shown
        => Route.Function == "GetChildren" && IsOfParent ? Children
        : Route.Function is "GetCorporateUsage" or "GetCorporateUsageCsv" && IsOfParent ? [Kin.Child, Kin.Suspended]
        : IsLookAtChild ? [Kin]
        : IsOfChild && IsOfParent && Carrier != Carrier.PathId ? [Kin.Child]
        : [];

    public override string ToString() => $"{Route} {Who} {Carrier} {Name} {Kin}";
}

/// <summary>All attacks that there are, from the table of routes.</summary>
internal static class Attacks
{
    /// <summary>Support without a grant is support that names a company other than its own.</summary>
    public const string Attackers = "ADVCSORWNa";

    /// <summary>Path parameters that name nothing of a company's.</summary>
    public static readonly HashSet<string> NamesOfOurs = ["PatchRule", "PostPoolNumberCode"];

    /// <summary>A path parameter that counts, and names nobody's.</summary>
    public const string Ordinal = "number";

    public static IReadOnlyList<Attack> All { get; } =
    [
        .. from route in AccessTests.Guarded
           where ApiDocument.Operations.ContainsKey(route.Function) && AccessTests.Table.ContainsKey(route.Function)
           from carrier in CarriersOf(route)
           from who in Attackers
           from kin in Enum.GetValues<Kin>()
           let attack = new Attack(route, who, carrier.Carrier, carrier.Name, kin)
           where Makes(attack)
           select attack,
    ];

    /// <summary>What a route lacks, so that the matrix cannot try it.</summary>
    public static IEnumerable<string> Lacks(Route route)
    {
        if (!ApiDocument.Operations.TryGetValue(route.Function, out var operation)) return [$"{route.Function}: describe it in docs/openapi.json; the attack matrix reads its parameters and its body there."];
        var lacks = new List<string>();
        if (operation.BodySchema is not null && operation.BodyExample is null)
            lacks.Add($"{route.Function}: give its request body an example in docs/openapi.json (beside schema); the attack matrix sends it.");
        foreach (var name in PathParameters(route).Where(name => name is not ("tenantId" or Ordinal) && !AccessTests.IsOfPlatform(route) && !NamesOfOurs.Contains(route.Function) && !AttackWorld.Ids.ContainsKey(route.Function)))
        {
            if (operation.Parameters.FirstOrDefault(parameter => parameter.Name == name) is not { } parameter) lacks.Add($"{route.Function}: describe the parameter {name} in docs/openapi.json.");
            else if (!parameter.IsId)
                lacks.Add($"{route.Function}: say in AttackWorld.Ids what another company's {name} is; or if it names nothing of a company's, in Attacks.NamesOfOurs. (What is called a uuid in docs/openapi.json needs neither.)");
        }
        return lacks;
    }

    public static IEnumerable<string> PathParameters(Route route) => route.Path.Split('/').Where(segment => segment is ['{', .., '}']).Select(segment => segment[1..^1]);

    private static IEnumerable<(Carrier Carrier, string Name)> CarriersOf(Route route)
    {
        var operation = ApiDocument.Operations[route.Function];
        var namesTenant = PathParameters(route).Contains("tenantId");
        yield return (Carrier.HeaderTenant, "X-Tenant-Id");
        if (namesTenant) yield return (Carrier.PathTenant, "tenantId");
        // The address goes before query and body: where it names a company, those are not looked at.
        if (!namesTenant) yield return (Carrier.QueryTenant, "tenantId");
        if (!namesTenant && route.Method is "post" or "patch" or "put") yield return (Carrier.BodyTenant, "tenantId");
        if (!NamesOfOurs.Contains(route.Function))
            foreach (var name in PathParameters(route).Where(name => name is not ("tenantId" or Ordinal))) yield return (Carrier.PathId, name);
        foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "query" && parameter.IsId)) yield return (Carrier.QueryId, parameter.Name);
        foreach (var name in operation.BodyIds) yield return (Carrier.BodyId, name);
        if (operation.HasParameter("cursor"))
        {
            yield return (Carrier.Cursor, "cursor");
            yield return (Carrier.CursorOfChild, "cursor");
        }
        if (route.Method == "post") yield return (Carrier.IdempotencyKey, "Idempotency-Key");
        if (route.Method is "patch" or "put" or "delete") yield return (Carrier.IfMatch, "If-Match");
    }

    // What would change something of one's own, and is tried by the tests of the route.
    private static bool Makes(Attack attack)
    {
        if (attack.IsWorkOfPlatform && attack.Carrier is not (Carrier.HeaderTenant or Carrier.QueryTenant)) return false;
        if (attack.Carrier == Carrier.CursorOfChild) return Attack.Children.Contains(attack.Kin);
        if (attack.Kin != Kin.Own) return true;
        return attack.Carrier switch
        {
            Carrier.PathId => attack.Route.Method == "get" || !attack.IsInTable,
            Carrier.BodyId => !attack.IsInTable,
            _ => true,
        };
    }
}
