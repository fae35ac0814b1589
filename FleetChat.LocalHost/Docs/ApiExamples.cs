using System.Text.Json.Nodes;

namespace FleetChat.LocalHost.Docs;

/// <summary>An example for each answer, made of its schema: the same one each time.</summary>
internal sealed class ApiExamples(JsonObject schemas)
{
    private const string Id = "0199b0a0-7d3f-7c41-9b52-1f0e6a2d4c11";
    private const string Moment = "2026-03-02T14:05:00Z";

    // What a text of this name looks like; others are called by their name.
    private static readonly Dictionary<string, string> s_texts = new()
    {
        ["tenant_id"] = "abc_trucking_001",
        ["company_name"] = "ABC Trucking",
        ["name"] = "Ana Ruiz",
        ["driver_name"] = "Ana Ruiz",
        ["samsara_driver_id"] = "281474",
        ["email"] = "ana@abc-trucking.example",
        ["phone"] = "+15558231000",
        ["phone_number"] = "+15558231000",
        ["whatsapp_number"] = "+15558231000",
        ["country"] = "US",
        ["currency"] = "USD",
        ["time_zone"] = "America/Chicago",
        ["language"] = "en",
        ["default_language"] = "en",
        ["text"] = "Your next stop is Austin yard at 2:30 PM.",
        ["actor"] = "user:0199b0a0-7d3f-7c41-9b52-1f0e6a2d4c11",
        ["billing_period"] = "2026-03",
        ["url"] = "https://abc-trucking.example/fleetchat",
        ["webhook_url"] = "https://fleetchat.example/api/samsara/webhook/abc_trucking_001",
        ["phone_number_id"] = "106540352242922",
        ["business_account_id"] = "102290129340398",
        ["sha256"] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    };

    public JsonNode? Of(JsonNode schema) => Of("", schema.AsObject());

    private JsonNode? Of(string name, JsonObject schema)
    {
        if (schema["$ref"] is { } reference) return Of(name, schemas[reference.GetValue<string>().Split('/')[^1]]!.AsObject());
        if (schema["oneOf"] is JsonArray choices) return Of(name, choices[0]!.AsObject());
        if (schema["enum"] is JsonArray words) return words[0]!.DeepClone();
        return TypeOf(schema) switch
        {
            "object" => OfObject(schema),
            "array" => new JsonArray(schema["items"] is JsonObject items ? [Of(name, items)] : []),
            "boolean" => false,
            "integer" => schema["minimum"]?.DeepClone() ?? 3,
            "number" => 30.27,
            "string" => OfText(name, schema),
            _ => new JsonObject(),
        };
    }

    private JsonObject OfObject(JsonObject schema)
    {
        if (schema["properties"] is JsonObject properties)
            return new(properties.Select(property => KeyValuePair.Create(property.Key, property.Key == "next_cursor" ? null : Of(property.Key, property.Value!.AsObject()))));
        return schema["additionalProperties"] is JsonObject values ? new() { ["first"] = Of("first", values) } : [];
    }

    private static JsonValue OfText(string name, JsonObject schema) => JsonValue.Create((string?)schema["format"] switch
    {
        "uuid" => Id,
        "date-time" => Moment,
        "date" => "2026-03-31",
        "time" => "06:00:00",
        "uri" => "https://abc-trucking.example/",
        _ => s_texts.GetValueOrDefault(name, name.Length == 0 ? "text" : name),
    });

    private static string? TypeOf(JsonObject schema) => schema["type"] is JsonArray types ? types[0]!.GetValue<string>() : schema["type"]?.GetValue<string>();
}
