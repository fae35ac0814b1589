using System.Text.Json;

namespace FleetChat.Simulators.Hosting;

internal enum FieldProblem
{
    Missing,
    WrongType,
    BadValue,
}

/// <summary>A request body that the real API would refuse. Each simulator turns it into its API's own error body.</summary>
internal sealed class InvalidFieldException(string path, FieldProblem problem, string message) : Exception(message)
{
    public string Path { get; } = path;

    public FieldProblem Problem { get; } = problem;
}

/// <summary>A JSON object of a request, read strictly: what is there must have the right type and size. JSON's null counts as absent.</summary>
internal readonly struct Fields
{
    private readonly JsonElement element;
    private readonly string path;

    private Fields(JsonElement element, string path)
    {
        this.element = element;
        this.path = path;
    }

    public static Fields Of(JsonElement element, string path)
        => element.ValueKind == JsonValueKind.Object ? new(element, path) : throw new InvalidFieldException(path, FieldProblem.WrongType, $"{Shown(path)} must be an object");

    public JsonElement Element => element;

    public bool Has(string name) => Find(name) is not null;

    public string At(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public string Text(string name, int max, bool allowEmpty = false) => OptionalText(name, max, allowEmpty) ?? throw Missing(name);

    public string? OptionalText(string name, int max, bool allowEmpty = false)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw WrongType(name, "a string");
        var text = value.GetString()!;
        if (text.Length > max)
            throw Bad(name, $"must be at most {max} characters long and has {text.Length}");
        if (text.Length == 0 && !allowEmpty)
            throw Bad(name, "must not be empty");
        return text;
    }

    public double Number(string name)
        => Find(name) is not { } value ? throw Missing(name) : value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw WrongType(name, "a number");

    public double? OptionalNumber(string name) => Has(name) ? Number(name) : null;

    public bool? OptionalFlag(string name)
        => Find(name) is not { } value ? null : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw WrongType(name, "true or false");

    public DateTimeOffset? OptionalTime(string name)
    {
        if (OptionalText(name, 40) is not { } text)
            return null;
        return WireTime.TryParse(text, out var time) ? time : throw Bad(name, "must be an RFC 3339 time");
    }

    public Fields Object(string name) => OptionalObject(name) ?? throw Missing(name);

    public Fields? OptionalObject(string name) => Find(name) is { } value ? Of(value, At(name)) : null;

    public IReadOnlyList<JsonElement> Array(string name) => OptionalArray(name) ?? throw Missing(name);

    public IReadOnlyList<JsonElement>? OptionalArray(string name)
    {
        if (Find(name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw WrongType(name, "an array");
    }

    public IReadOnlyList<Fields> Objects(string name) => OptionalObjects(name) ?? throw Missing(name);

    public IReadOnlyList<Fields>? OptionalObjects(string name)
    {
        var at = At(name);
        return OptionalArray(name)?.Select((item, index) => Of(item, $"{at}[{index}]")).ToList();
    }

    public IReadOnlyList<string>? OptionalTexts(string name, int max)
    {
        var self = this;
        return OptionalArray(name)?.Select(item => item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } text && text.Length <= max
            ? text
            : throw self.WrongType(name, $"an array of strings of at most {max} characters")).ToList();
    }

    public Dictionary<string, string>? OptionalMap(string name)
    {
        if (OptionalObject(name) is not { } map)
            return null;
        var self = this;
        return map.element.EnumerateObject().ToDictionary(
            member => member.Name,
            member => member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : throw self.WrongType(name, "an object of strings"));
    }

    public string OneOf(string name, params string[] allowed) => OptionalOneOf(name, allowed) ?? throw Missing(name);

    public string? OptionalOneOf(string name, params string[] allowed)
        => OptionalText(name, 200) is not { } text ? null : allowed.Contains(text, StringComparer.Ordinal) ? text : throw Bad(name, $"must be one of {string.Join(", ", allowed)}");

    public void RefuseOthers(params string[] known)
    {
        foreach (var member in element.EnumerateObject())
        {
            if (!known.Contains(member.Name, StringComparer.Ordinal))
                throw Bad(member.Name, "is not a known parameter");
        }
    }

    public InvalidFieldException Missing(string name) => new(At(name), FieldProblem.Missing, $"{At(name)} is required");

    public InvalidFieldException Bad(string name, string why) => new(At(name), FieldProblem.BadValue, $"{At(name)} {why}");

    private InvalidFieldException WrongType(string name, string expected) => new(At(name), FieldProblem.WrongType, $"{At(name)} must be {expected}");

    private JsonElement? Find(string name)
        => element.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    private static string Shown(string path) => path.Length == 0 ? "the request body" : path;
}
