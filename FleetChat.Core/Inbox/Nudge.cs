using System.Text.Json;
using System.Text.Json.Serialization;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Inbox;

/// <summary>"There is work in this lane." Holds nothing else: the work is read from the database.</summary>
public sealed record Nudge([property: JsonPropertyName("tenant_id")] TenantId Tenant, [property: JsonPropertyName("lane")] short Lane)
{
    public string ToJson() => JsonSerializer.Serialize(this);

    /// <exception cref="JsonException">Not a nudge.</exception>
    public static Nudge Parse(string json) => JsonSerializer.Deserialize<Nudge>(json) ?? throw new JsonException("a nudge that is null");
}

/// <summary>Lane counts and names of the stages.</summary>
public static class Lanes
{
    /// <summary>Eight workers at once for one tenant: enough for the largest, and a sweep looks at few rows.</summary>
    public const short PerTenant = 8;

    public const string ProcessStage = "process";
    public const string SendStage = "send";
    public const string CallStage = "call";
    public const string WebhookStage = "webhooks";
    public const string OrchestrateStage = "orchestrate";

    public static short Of(string key) => (short)(Hash(key) % PerTenant);

    /// <summary>FNV-1a: the same on every machine and after every restart.</summary>
    internal static uint Hash(string key)
    {
        var hash = 2166136261u;
        foreach (var character in key) hash = (hash ^ character) * 16777619u;
        return hash;
    }
}
