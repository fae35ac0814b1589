using System.Globalization;
using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>
/// The query of a list. A parameter that the list does not know is refused: a mistyped filter would show everything.
/// </summary>
public sealed class QueryParameters
{
    private static readonly Problem LimitOutOfRange = Problem.Invalid("request.parameter_invalid", "Give a number from 1 to 200.", "limit");

    private readonly HttpRequestData _request;

    /// <param name="filters">The parameters that the list knows beside cursor and limit.</param>
    /// <exception cref="RequestRefusedException">The query holds another one.</exception>
    public QueryParameters(HttpRequestData request, params string[] filters)
    {
        _request = request;
        foreach (var name in request.Query.AllKeys)
        {
            if (name is "cursor" or "limit" || filters.Contains(name)) continue;
            throw new RequestRefusedException(Unknown(name ?? "", [.. filters, "cursor", "limit"]));
        }
    }

    /// <exception cref="RequestRefusedException">The limit is no number from 1 to 200.</exception>
    public PageRequest Page() => new(Limit(), Text("cursor"));

    /// <exception cref="RequestRefusedException">It is another word.</exception>
    public string? OneOf(string name, IReadOnlyList<string> words)
    {
        var word = Text(name);
        if (word is null || words.Contains(word)) return word;
        throw new RequestRefusedException(NotOneOf(name, words));
    }

    /// <exception cref="RequestRefusedException">It is no UUID.</exception>
    public Guid? Id(string name)
    {
        if (Text(name) is not { } text) return null;
        return Guid.TryParse(text, out var id) ? id : throw new RequestRefusedException(NotAnId(name));
    }

    /// <returns>The month's first day; null: none is named.</returns>
    /// <exception cref="RequestRefusedException">It is no month.</exception>
    public DateOnly? Month(string name)
    {
        if (Text(name) is not { } text) return null;
        return BillingPeriod.TryParse(text, out var period) ? period : throw new RequestRefusedException(NoMonth(name));
    }

    /// <returns>Null: none is named.</returns>
    /// <exception cref="RequestRefusedException">It is no day.</exception>
    public DateOnly? Day(string name)
    {
        if (Text(name) is not { } text) return null;
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : throw new RequestRefusedException(NoDay(name));
    }

    private int Limit()
    {
        if (Text("limit") is not { } text) return PageRequest.DefaultLimit;
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit);
        return isNumber && limit is >= 1 and <= PageRequest.MaxLimit ? limit : throw new RequestRefusedException(LimitOutOfRange);
    }

    private string? Text(string name) => _request.Query[name] is { Length: > 0 } text ? text : null;

    private static Problem Unknown(string name, IEnumerable<string> known) => Problem.Invalid(
        "request.parameter_unknown", $"Leave this parameter out. Known are: {string.Join(", ", known)}.", name);

    private static Problem NotOneOf(string name, IEnumerable<string> words) => Problem.Invalid("request.parameter_invalid", $"Give one of: {string.Join(", ", words)}.", name);

    private static Problem NoMonth(string name) => Problem.Invalid("request.parameter_invalid", "Give a month such as 2026-03.", name);

    private static Problem NoDay(string name) => Problem.Invalid("request.parameter_invalid", "Give a day such as 2026-03-31.", name);

    private static Problem NotAnId(string name) => Problem.Invalid("request.parameter_invalid", "Give an id as the API shows it: a UUID.", name);
}
