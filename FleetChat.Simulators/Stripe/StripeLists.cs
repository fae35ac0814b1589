using System.Text.Json.Nodes;

namespace FleetChat.Simulators.Stripe;

/// <summary>Lists, the newest first, by cursor.</summary>
internal static class StripeLists
{
    private const int UsualLimit = 10;
    private const int MostPerPage = 100;

    /// <param name="items">In the order in which they were made.</param>
    public static JsonObject Page<T>(StripeCall call, string kind, IReadOnlyList<T> items, Func<T, bool>? fits = null)
        where T : IStripeObject
    {
        var form = call.Form;
        var (limit, after, before) = (Limit(form), form.OptionalText("starting_after"), form.OptionalText("ending_before"));
        var created = Created(form);
        form.RefuseOthers();
        var newestFirst = items.Reverse().Where(item => created(item.Created) && fits?.Invoke(item) != false).ToList();
        var (from, to) = (0, newestFirst.Count);
        if (after is not null) from = IndexOf(newestFirst, after, kind, "starting_after") + 1;
        // The page that ends just before the cursor.
        if (before is not null) to = IndexOf(newestFirst, before, kind, "ending_before");
        if (before is not null) from = Math.Max(from, to - limit);
        var page = newestFirst[from..Math.Min(to, from + limit)];
        var hasMore = before is null ? from + page.Count < newestFirst.Count : from > 0;
        return new()
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. page.Select(item => (JsonNode)item.ToJson())]),
            ["has_more"] = hasMore,
            ["url"] = call.Request.Path.ToString(),
        };
    }

    /// <summary>By page number, as searches have it.</summary>
    public static JsonObject Found<T>(StripeCall call, IReadOnlyList<T> items, Func<StripeForm, Func<T, bool>> query)
        where T : IStripeObject
    {
        var form = call.Form;
        var (fits, limit, skip) = (query(form), Limit(form), (int)(form.OptionalNumber("page") ?? 0));
        form.RefuseOthers();
        var found = items.Reverse().Where(fits).ToList();
        var page = found.Skip(skip).Take(limit).ToList();
        var hasMore = skip + page.Count < found.Count;
        return new()
        {
            ["object"] = "search_result",
            ["data"] = new JsonArray([.. page.Select(item => (JsonNode)item.ToJson())]),
            ["has_more"] = hasMore,
            ["next_page"] = hasMore ? (skip + page.Count).ToString(System.Globalization.CultureInfo.InvariantCulture) : null,
            ["url"] = call.Request.Path.ToString(),
        };
    }

    private static int Limit(StripeForm form) => form.OptionalNumber("limit") switch
    {
        null => UsualLimit,
        >= 1 and <= MostPerPage and var limit => (int)limit,
        _ => throw StripeErrorException.Invalid("limit", "This value must be between 1 and 100."),
    };

    private static Func<DateTimeOffset, bool> Created(StripeForm form)
    {
        var (from, above, to, below) = (form.OptionalNumber("created[gte]"), form.OptionalNumber("created[gt]"), form.OptionalNumber("created[lte]"), form.OptionalNumber("created[lt]"));
        return time =>
        {
            var seconds = time.ToUnixTimeSeconds();
            return !(seconds < from) && !(seconds <= above) && !(seconds > to) && !(seconds >= below);
        };
    }

    private static int IndexOf<T>(List<T> items, string id, string kind, string param)
        where T : IStripeObject
    {
        var index = items.FindIndex(item => item.Id == id);
        return index >= 0 ? index : throw StripeErrorException.NoObject(kind, id, param);
    }
}
