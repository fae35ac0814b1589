using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace FleetChat.Core.Tenants;

/// <summary>
/// A tenant's id, readable: lower case, digits and <c>_</c>, 3 to 63 characters, such as <c>abc_trucking_001</c>. Never reused.
/// </summary>
[JsonConverter(typeof(TenantIdJson))]
public readonly partial record struct TenantId
{
    private readonly string? _value;

    private TenantId(string value) => _value = value;

    public string Value => _value ?? throw new InvalidOperationException("a tenant id that was never set");

    /// <exception cref="FormatException">The text is no tenant id.</exception>
    public static TenantId Parse(string text)
        => TryParse(text, out var id) ? id : throw new FormatException("a tenant id has 3 to 63 lower-case letters, digits or '_', and does not begin with '_'");

    public static bool TryParse([NotNullWhen(true)] string? text, out TenantId id)
    {
        var fits = text is not null && Pattern().IsMatch(text);
        id = fits ? new(text!) : default;
        return fits;
    }

    public override string ToString() => Value;

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_]{2,62}\z")]
    private static partial Regex Pattern();

    private sealed class TenantIdJson : JsonConverter<TenantId>
    {
        public override TenantId Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
            => TryParse(reader.GetString(), out var id) ? id : throw new JsonException("not a tenant id");

        public override void Write(Utf8JsonWriter writer, TenantId value, JsonSerializerOptions options)
            => writer.WriteStringValue(value.Value);
    }
}
