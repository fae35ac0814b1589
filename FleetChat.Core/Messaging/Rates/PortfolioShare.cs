namespace FleetChat.Core.Messaging.Rates;

/// <summary>A company of a portfolio.</summary>
/// <param name="Used">People it reached in the last 24 hours.</param>
/// <param name="Needed">People it reached a week ago in the 24 hours that correspond to the next ones.</param>
public sealed record PortfolioMember(string Tenant, int Used, int Needed);

/// <summary>
/// How the companies of a portfolio share its limit. What all of them need is theirs; if it is too little for all, those that need
/// least get what they need, and the others equal parts of the rest. Nobody's unused part lies idle: a company may take what is left
/// once the others' are put aside.
/// </summary>
public static class PortfolioShare
{
    /// <summary>In percent of the limit, for all companies together: for those of whom no week is known yet.</summary>
    private const int Reserve = 3;

    /// <returns>How many more people the company may reach now.</returns>
    public static int FreeFor(string tenant, int limit, IReadOnlyCollection<PortfolioMember> members)
    {
        var others = members.Where(m => m.Tenant != tenant).ToList();
        var least = others.Count == 0 ? 0 : limit * Reserve / 100 / others.Count;
        var level = LevelFor(limit, [.. others.Select(NeedOf).Order()]);
        var kept = others.Sum(m => Math.Max(0, Math.Min(NeedOf(m), level) - m.Used));
        return Math.Max(0, limit - members.Sum(m => m.Used) - kept);

        int NeedOf(PortfolioMember member) => Math.Max(Math.Max(member.Needed, member.Used), least);
    }

    /// <param name="needs">Of the others, the least first; the one who asks wants all that he can get.</param>
    private static int LevelFor(int limit, int[] needs)
    {
        var left = limit;
        for (var i = 0; i < needs.Length; i++)
        {
            var level = left / (needs.Length - i + 1);
            if (needs[i] > level) return level;
            left -= needs[i];
        }
        return left;
    }
}
