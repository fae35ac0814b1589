using System.Text.Json.Nodes;

namespace FleetChat.Tests;

/// <summary>Webhook bodies in the senders' shapes, made for our tests.</summary>
public static class Payloads
{
    public static string StopArrival(
        TestCompany company, string driver, string route = "6001", string stop = "7002", string? eventId = null, DateTimeOffset? at = null, string? orgId = null, string? webhookId = null)
    {
        var time = (at ?? new DateTimeOffset(2026, 3, 2, 14, 59, 0, TimeSpan.Zero)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["data"] = new JsonObject
            {
                ["driver"] = new JsonObject { ["id"] = driver, ["name"] = "as Samsara has it" },
                ["operation"] = "stop departed",
                ["route"] = new JsonObject
                {
                    ["id"] = route,
                    ["name"] = $"Load {route}",
                    ["stops"] = new JsonArray(
                        new JsonObject { ["id"] = $"{route}1", ["name"] = "Yard", ["state"] = "departed", ["actualDepartureTime"] = "2026-03-02T12:00:00Z" },
                        new JsonObject { ["id"] = stop, ["name"] = "Dock\n\t4", ["state"] = "arrived", ["scheduledArrivalTime"] = "2026-03-02T15:00:00Z" },
                        new JsonObject { ["id"] = $"{route}9", ["name"] = "Mill", ["state"] = "scheduled", ["eta"] = "" }),
                },
                ["routeStopDetails"] = new JsonObject { ["id"] = stop, ["state"] = "arrived", ["actualArrivalTime"] = time },
                ["time"] = time,
                ["type"] = "route tracking",
            },
            ["orgId"] = long.Parse(orgId ?? company.OrgId, System.Globalization.CultureInfo.InvariantCulture),
            ["webhookId"] = webhookId ?? company.WebhookId,
            ["eventType"] = "RouteStopArrival",
            ["eventId"] = eventId ?? $"event-{route}-{stop}",
            ["eventTime"] = "1970-01-20T06:39:05.683Z",
        }.ToJsonString();
    }

    public static JsonObject Text(string from, string text, string wamid, long timestamp = 1772463500, string? replyTo = null) => Message(from, wamid, timestamp, replyTo, new()
    {
        ["type"] = "text",
        ["text"] = new JsonObject { ["body"] = text },
    });

    /// <param name="content">The member that bears the type's name.</param>
    public static JsonObject Special(string from, string wamid, string type, JsonObject content, long timestamp = 1772463500, string? replyTo = null)
        => Message(from, wamid, timestamp, replyTo, new() { ["type"] = type, [type] = content });

    public static JsonObject Tap(string from, string payload, string title, string wamid, string? replyTo, long timestamp = 1772463900) => Message(from, wamid, timestamp, replyTo, new()
    {
        ["type"] = "button",
        ["button"] = new JsonObject { ["payload"] = payload, ["text"] = title },
    });

    public static JsonObject Status(string wamid, string status, string? opaque = null, int? errorCode = null, long timestamp = 1772463700)
    {
        var body = new JsonObject { ["id"] = wamid, ["status"] = status, ["timestamp"] = $"{timestamp}", ["recipient_id"] = "15550001111" };
        if (opaque is not null) body["biz_opaque_callback_data"] = opaque;
        if (errorCode is { } code) body["errors"] = new JsonArray(new JsonObject { ["code"] = code, ["title"] = "as Meta words it" });
        return body;
    }

    /// <summary>One POST for one number.</summary>
    public static string WhatsApp(TestCompany company, JsonObject[]? messages = null, JsonObject[]? statuses = null) => Post(Change(company, messages, statuses));

    public static string Post(params JsonObject[] changes) => new JsonObject
    {
        ["object"] = "whatsapp_business_account",
        ["entry"] = new JsonArray([.. changes.Select(c => new JsonObject { ["id"] = c["account"]!.DeepClone(), ["changes"] = new JsonArray(c["change"]!.DeepClone()) })]),
    }.ToJsonString();

    public static JsonObject Change(TestCompany company, JsonObject[]? messages = null, JsonObject[]? statuses = null)
    {
        var value = new JsonObject
        {
            ["messaging_product"] = "whatsapp",
            ["metadata"] = new JsonObject { ["display_phone_number"] = "15550100000", ["phone_number_id"] = company.PhoneNumberId },
        };
        if (messages is not null) value["messages"] = new JsonArray([.. messages]);
        if (statuses is not null) value["statuses"] = new JsonArray([.. statuses]);
        return new() { ["account"] = company.AccountId, ["change"] = new JsonObject { ["field"] = "messages", ["value"] = value } };
    }

    /// <summary>An update of the account, which carries no number.</summary>
    public static string AccountUpdate(TestCompany company, string field, JsonObject value)
        => Post(new JsonObject { ["account"] = company.AccountId, ["change"] = new JsonObject { ["field"] = field, ["value"] = value } });

    private static JsonObject Message(string from, string wamid, long timestamp, string? replyTo, JsonObject body)
    {
        body["from"] = from;
        body["id"] = wamid;
        body["timestamp"] = $"{timestamp}";
        if (replyTo is not null) body["context"] = new JsonObject { ["from"] = "15550100000", ["id"] = replyTo };
        return body;
    }
}
