using System.Globalization;
using System.Text.RegularExpressions;

namespace FleetChat.Simulators.Stripe;

/// <summary>The parameters of a call, of a form or a query, in brackets where they are nested: <c>metadata[invoice]</c>, <c>created[gte]</c>, <c>payment_method_types[0]</c>.</summary>
internal sealed partial class StripeForm(IReadOnlyList<KeyValuePair<string, string>> entries)
{
    private const int LongestMetadata = 500;
    private const int MostMetadata = 50;

    private readonly HashSet<string> read = [];

    /// <summary>The same for the same parameters, in whatever order they came.</summary>
    public string Fingerprint => string.Join(
        '&', entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{Uri.EscapeDataString(entry.Key)}={Uri.EscapeDataString(entry.Value)}"));

    public IReadOnlyList<KeyValuePair<string, string>> Entries => entries;

    /// <summary>Null also where it is empty: Stripe takes an empty value for the wish to unset.</summary>
    public string? OptionalText(string name)
    {
        read.Add(name);
        var text = entries.LastOrDefault(entry => entry.Key == name).Value;
        return string.IsNullOrEmpty(text) ? null : text;
    }

    public string Text(string name) => OptionalText(name) ?? throw StripeErrorException.Missing(name);

    public bool Has(string name) => entries.Any(entry => entry.Key == name);

    public long? OptionalNumber(string name)
    {
        if (OptionalText(name) is not { } text)
            return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw StripeErrorException.Invalid(name, $"Invalid integer: {text}", "parameter_invalid_integer");
    }

    public long Number(string name) => OptionalNumber(name) ?? throw StripeErrorException.Missing(name);

    public bool Flag(string name) => OptionalText(name) switch
    {
        null or "false" => false,
        "true" => true,
        var text => throw StripeErrorException.Invalid(name, $"Invalid boolean: {text}"),
    };

    public string? OptionalOneOf(string name, params string[] allowed)
    {
        var text = OptionalText(name);
        return text is null || allowed.Contains(text) ? text : throw StripeErrorException.Invalid(name, $"Invalid {name}: must be one of {string.Join(", ", allowed)}");
    }

    public IReadOnlyList<string> List(string name)
    {
        var items = entries.Where(entry => ListItem().Match(entry.Key) is { Success: true } match && match.Groups[1].Value == name).ToList();
        read.UnionWith(items.Select(item => item.Key));
        return [.. items.Select(item => item.Value)];
    }

    public Dictionary<string, string> Metadata(string name = "metadata")
    {
        var items = entries.Where(entry => entry.Key.StartsWith($"{name}[", StringComparison.Ordinal) && entry.Key.EndsWith(']')).ToList();
        read.UnionWith(items.Select(item => item.Key));
        if (items.Count > MostMetadata)
            throw StripeErrorException.Invalid(name, "You can specify up to 50 keys.");
        if (items.Find(item => item.Value.Length > LongestMetadata) is { Key: { } tooLong })
            throw StripeErrorException.Invalid(tooLong, "Metadata values can have up to 500 characters.");
        return items.ToDictionary(item => item.Key[(name.Length + 1)..^1], item => item.Value);
    }

    public void RefuseOthers()
    {
        if (entries.FirstOrDefault(entry => !read.Contains(entry.Key)) is { Key: { } unknown })
            throw StripeErrorException.Unknown(unknown);
    }

    [GeneratedRegex(@"^(.+)\[\d*\]$")]
    private static partial Regex ListItem();
}
