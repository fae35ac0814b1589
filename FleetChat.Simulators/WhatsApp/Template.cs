using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

internal sealed record TemplateButton(string Type, string Text, string? Url);

/// <summary>One language version of a template in one WABA, read from Meta's components.</summary>
internal sealed partial class Template
{
    private const int LongestName = 512;
    private const int LongestBody = 1024;
    private const int LongestFooter = 60;
    private const int LongestHeader = 60;
    private const int LongestButton = 25;
    private const int MostButtons = 10;

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Language { get; init; }

    public required string Category { get; set; }

    public bool Named { get; init; }

    public string Status { get; set; } = "PENDING";

    public string? RejectedReason { get; set; }

    /// <summary>A message that is not delivered within it never is.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromDays(30);

    /// <summary>While PENDING: when the review ends.</summary>
    public DateTimeOffset? ReviewedAt { get; set; }

    public JsonArray Components { get; private set; } = [];

    /// <summary>TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION; null without a header.</summary>
    public string? HeaderFormat { get; private set; }

    public string HeaderText { get; private set; } = "";

    public string Body { get; private set; } = "";

    public string? Footer { get; private set; }

    public IReadOnlyList<TemplateButton> Buttons { get; private set; } = [];

    public static Template Read(Fields request, string id)
    {
        var name = request.Text("name", LongestName);
        if (!NamePattern().IsMatch(name))
            throw GraphErrorException.Invalid("name may hold lower-case letters, digits and underscores only");
        var template = new Template
        {
            Id = id,
            Name = name,
            Language = request.Text("language", 10),
            Category = request.OneOf("category", "UTILITY", "MARKETING", "AUTHENTICATION"),
            Named = request.OptionalOneOf("parameter_format", "POSITIONAL", "NAMED") == "NAMED",
            TimeToLive = Life(request),
        };
        template.ReadComponents(request.Objects("components"));
        return template;
    }

    private static TimeSpan Life(Fields request) => request.OptionalNumber("message_send_ttl_seconds") switch
    {
        null or -1 => TimeSpan.FromDays(30),
        >= 30 and <= 43_200 and { } seconds => TimeSpan.FromSeconds(seconds),
        _ => throw request.Bad("message_send_ttl_seconds", "must be -1 or lie between 30 and 43200"),
    };

    public void ReadComponents(IReadOnlyList<Fields> components)
    {
        var (headerFormat, headerText, body, footer) = ((string?)null, "", "", (string?)null);
        List<TemplateButton> buttons = [];
        foreach (var component in components)
        {
            switch (component.Text("type", 20).ToUpperInvariant())
            {
                case "HEADER":
                    headerFormat = component.Text("format", 20).ToUpperInvariant();
                    headerText = headerFormat == "TEXT" ? component.Text("text", LongestHeader) : "";
                    RequireExample(component, Variables(headerText).Count, "header_text");
                    break;
                case "BODY":
                    body = component.Text("text", LongestBody);
                    CheckBody(component, body);
                    break;
                case "FOOTER":
                    footer = component.Text("text", LongestFooter);
                    break;
                case "BUTTONS":
                    buttons = [.. component.Objects("buttons").Select(button => new TemplateButton(button.Text("type", 30).ToUpperInvariant(), button.Text("text", LongestButton), button.OptionalText("url", 2000)))];
                    break;
                default:
                    throw GraphErrorException.Invalid($"component type {component.Text("type", 20)} is unknown");
            }
        }
        if (body.Length == 0)
            throw GraphErrorException.Invalid("a template has a BODY");
        if (buttons.Count > MostButtons)
            throw GraphErrorException.Invalid($"a template has at most {MostButtons} buttons");
        (HeaderFormat, HeaderText, Body, Footer, Buttons) = (headerFormat, headerText, body, footer, buttons);
        Components = SimulatorJson.Array(components.Select(component => JsonNode.Parse(component.Element.GetRawText())!));
    }

    /// <summary>The names in a text's <c>{{…}}</c>, each once, in order.</summary>
    public static IReadOnlyList<string> Variables(string text) => [.. VariablePattern().Matches(text).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal)];

    public static string Fill(string text, IReadOnlyDictionary<string, string> values) => VariablePattern().Replace(text, match => values[match.Groups[1].Value]);

    private void CheckBody(Fields component, string body)
    {
        var variables = Variables(body);
        if (AdjacentPattern().IsMatch(body))
            throw GraphErrorException.Invalid("variables placed next to each other are refused (INVALID_FORMAT)");
        if (EdgePattern().IsMatch(body))
            throw GraphErrorException.Invalid("a body may not begin or end with a variable");
        if (!Named && !variables.Order(StringComparer.Ordinal).SequenceEqual(Enumerable.Range(1, variables.Count).Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal)))
            throw GraphErrorException.Invalid("positional variables are {{1}}, {{2}} and so on, without a gap");
        RequireExample(component, variables.Count, Named ? "body_text_named_params" : "body_text");
    }

    private static void RequireExample(Fields component, int variables, string member)
    {
        if (variables == 0)
            return;
        var examples = component.OptionalObject("example")?.OptionalArray(member) ?? throw GraphErrorException.Invalid($"a text with variables needs example.{member}");
        var given = examples is [{ ValueKind: JsonValueKind.Array } first] ? first.GetArrayLength() : examples.Count;
        if (given != variables)
            throw GraphErrorException.Invalid($"example.{member} has {given} values for {variables} variables");
    }

    [GeneratedRegex("^[a-z0-9_]+$")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")]
    private static partial Regex VariablePattern();

    [GeneratedRegex(@"\}\}\s*\{\{")]
    private static partial Regex AdjacentPattern();

    [GeneratedRegex(@"^\s*\{\{|\}\}\s*$")]
    private static partial Regex EdgePattern();
}
