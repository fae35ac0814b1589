using System.Text.Json;

namespace FleetChat.Tests.Http;

/// <summary>What each attack gets, as it is meant.</summary>
internal static class AttackTable
{
    private const string LetIn = "let in";
    private const string Empty = "200 with no rows";
    private const string Refused = "400, 404, 409 or 412";
    private const string OtherListsCursor = "400 request.cursor_invalid";

    /// <summary>Of those whom <see cref="AccessTests.Table"/> lets in: with what is their own, and with anybody else's.</summary>
    private static readonly Dictionary<Carrier, (string Own, string Others)> Answers = new()
    {
        [Carrier.HeaderTenant] = (LetIn, "403 access.denied"),
        [Carrier.PathTenant] = (LetIn, "403 access.denied"),
        [Carrier.QueryTenant] = (LetIn, "403 access.denied"),
        [Carrier.BodyTenant] = (LetIn, "403 access.denied"),
        [Carrier.PathId] = (LetIn, "404"),
        [Carrier.QueryId] = (LetIn, Empty),
        [Carrier.BodyId] = (LetIn, Refused),
        [Carrier.Cursor] = ("200", OtherListsCursor),
        [Carrier.CursorOfChild] = (OtherListsCursor, OtherListsCursor),
        [Carrier.IdempotencyKey] = (LetIn, LetIn),
        [Carrier.IfMatch] = (LetIn, LetIn),
    };

    /// <summary>Of an operator in a company, by the few routes that he needs there without its grant.</summary>
    private static readonly Dictionary<Kin, string> ToOperators = new()
    {
        [Kin.Own] = LetIn,
        [Kin.Sibling] = LetIn,
        [Kin.Parent] = LetIn,
        [Kin.Child] = LetIn,
        [Kin.Suspended] = "403 tenants.suspended",
        [Kin.Terminated] = "403 tenants.not_in_service",
        [Kin.Missing] = "403 access.denied",
    };

    /// <summary>Of the parent's people, by the company that the address names as their child. To everybody else nobody is one.</summary>
    public static readonly Dictionary<string, Dictionary<Kin, string>> ToParents = new()
    {
        ["GetChildById"] = new()
        {
            [Kin.Own] = "404",
            [Kin.Sibling] = "404",
            [Kin.Parent] = "404",
            [Kin.Child] = "200",
            [Kin.Suspended] = "200",
            [Kin.Terminated] = "200",
            [Kin.Missing] = "404",
        },
        ["GetChildDrivers"] = new()
        {
            [Kin.Own] = "404",
            [Kin.Sibling] = "404",
            [Kin.Parent] = "404",
            [Kin.Child] = "200",
            [Kin.Suspended] = "200",
            [Kin.Terminated] = "403 tenants.not_in_service",
            [Kin.Missing] = "404",
        },
        ["GetChildTransports"] = new()
        {
            [Kin.Own] = "404",
            [Kin.Sibling] = "404",
            [Kin.Parent] = "404",
            [Kin.Child] = "200",
            [Kin.Suspended] = "200",
            [Kin.Terminated] = "403 tenants.not_in_service",
            [Kin.Missing] = "404",
        },
    };

    /// <returns>Null if it is as it is meant.</returns>
    public static string? Find(Attack attack, int status, string body)
    {
        if (status >= 500) return $"{attack}: {status} {body}";
        var expected = Expected(attack);
        return expected.Any(answer => Fits(answer, status, body)) ? null : $"{attack}: {status} {body} instead of {string.Join(" or ", expected)}";
    }

    /// <summary>Whether another company's has to be answered as one that there is not, byte for byte.</summary>
    public static bool IsAsMissing(Attack attack, int status)
        => attack.Kin != Kin.Own && !attack.IsOfShown && !IsOperatorAtWork(attack) && !attack.IsWorkOfPlatform && (status >= 400 || attack.Carrier == Carrier.QueryId);

    private static string[] Expected(Attack attack)
    {
        if (attack.NamesTenant && attack.Kin != Kin.Own && !IsBlindToTenant(attack)) return [IsOperatorAtWork(attack) ? ToOperators[attack.Kin] : "403 access.denied"];
        if (!attack.IsInTable) return [.. AccessTests.Refusals[attack.Role].Append("access.denied").Select(code => $"403 {code}")];
        if (attack.NamesTenant && IsBlindToTenant(attack)) return [LetIn];
        if (attack.IsOfChild && !attack.NamesTenant) return [attack.IsOfParent ? OfChild(attack) : "404"];
        var (own, others) = Answers[attack.Carrier];
        return [attack.Kin == Kin.Own ? own : others];
    }

    // Whatever else than the address carries something is sent to the list of Kin.Child.
    private static string OfChild(Attack attack) => attack.Carrier switch
    {
        Carrier.PathId => ToParents[attack.Route.Function][attack.Kin],
        Carrier.QueryId => attack.Kin == Kin.Child ? "200" : Empty,
        Carrier.Cursor => OtherListsCursor,
        Carrier.CursorOfChild => attack.Kin == Kin.Child ? "200" : OtherListsCursor,
        _ => throw new ArgumentOutOfRangeException(nameof(attack), attack.Carrier, "is carried to no child"),
    };

    /// <summary>A person at what touches no company is not asked in which he is.</summary>
    private static bool IsBlindToTenant(Attack attack) => !attack.IsOfKey && !AccessTests.IsOfTenant(attack.Route);

    private static bool IsOperatorAtWork(Attack attack) => attack is { Who: 'O', NamesTenant: true, IsInTable: true } && AccessTests.IsOfTenant(attack.Route);

    private static bool Fits(string answer, int status, string body) => answer switch
    {
        LetIn => status is not (401 or 403),
        Refused => status is 400 or 404 or 409 or 412,
        Empty => status == 200 && JsonDocument.Parse(body).RootElement.GetProperty("data").GetArrayLength() == 0,
        _ when answer.Split(' ') is [var number, var code] => $"{status}" == number && body.Contains($"\"code\":\"{code}\"", StringComparison.Ordinal),
        _ => $"{status}" == answer,
    };
}
