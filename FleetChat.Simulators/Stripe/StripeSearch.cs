using System.Text.RegularExpressions;

namespace FleetChat.Simulators.Stripe;

/// <summary>Stripe's search language, as far as <c>field:'value'</c> and <c>metadata['key']:'value'</c> joined by AND.</summary>
internal static partial class StripeSearch
{
    /// <param name="field">The value of a field that is no metadata; null: it can't be searched for.</param>
    public static Func<T, bool> Parse<T>(StripeForm form, Func<T, IReadOnlyDictionary<string, string>> metadata, Func<T, string, string?> field)
    {
        var query = form.Text("query");
        var clauses = query.Split(" AND ").Select(text => Clause().Match(text.Trim())).ToList();
        if (clauses.Exists(clause => !clause.Success))
            throw StripeErrorException.Invalid("query", $"We were unable to parse your search query: {query}");
        return item => clauses.TrueForAll(clause => Matches(item, clause));

        bool Matches(T item, Match clause)
        {
            var value = clause.Groups["value"].Value;
            return clause.Groups["key"] is { Success: true, Value: var key } ? metadata(item).GetValueOrDefault(key) == value : field(item, clause.Groups["field"].Value) == value;
        }
    }

    [GeneratedRegex("""^(?:metadata\[["'](?<key>[^"']+)["']\]|(?<field>\w+)):["'](?<value>[^"']*)["']$""")]
    private static partial Regex Clause();
}
