using System.Text.Json;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Journal;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Demo;

/// <summary>What the simulators accepted and sent.</summary>
internal sealed record Journals
{
    /// <summary>Each webhook of Samsara's, with the best answer that it got.</summary>
    public required IReadOnlyList<SamsaraWebhook> Samsara { get; init; }

    /// <summary>Each update that WhatsApp told of, once for each POST that carried it.</summary>
    public required IReadOnlyList<WhatsAppUpdate> Updates { get; init; }

    /// <summary>Each message that WhatsApp took to deliver.</summary>
    public required IReadOnlyList<TakenMessage> Taken { get; init; }

    public required IReadOnlyList<RefusedMessage> Refused { get; init; }

    /// <summary>Each call of Samsara's REST API, with its answer.</summary>
    public required IReadOnlyList<SamsaraCall> Calls { get; init; }

    /// <summary>Each call of WhatsApp's API, with its answer.</summary>
    public IReadOnlyList<GraphCall> GraphCalls { get; init; } = [];

    /// <summary>When people wrote, in the journal's order, by wamid.</summary>
    public required IReadOnlyDictionary<string, long> Sent { get; init; }

    public IReadOnlyList<Said> Said { get; init; } = [];

    public static async Task<Journals> ReadAsync(SamsaraControl samsara, WhatsAppControl whatsApp, CancellationToken ct)
    {
        var (fromSamsara, fromWhatsApp) = (await samsara.JournalAsync(ct: ct), await whatsApp.JournalAsync(ct: ct));
        return new()
        {
            Samsara = [.. ReadAll<SamsaraWebhook>(fromSamsara, "webhook.attempt").GroupBy(w => w.DeliveryId).Select(Best)],
            Updates = [.. ReadAll<WhatsAppPost>(fromWhatsApp, "webhook.attempt").GroupBy(p => p.DeliveryId).SelectMany(UpdatesOf)],
            Taken = [.. fromWhatsApp.Where(e => e.Kind == "send.accepted").Select(ReadTaken)],
            Calls = [.. fromSamsara.Where(e => e.Kind == "rest.request").Select(e => e.Data.Deserialize<SamsaraCall>(FleetApi.Json)! with { At = e.At })],
            GraphCalls = [.. ReadAll<GraphCall>(fromWhatsApp, "rest.request")],
            Sent = fromWhatsApp.Where(e => e.Kind == "user.sent").ToDictionary(e => e.Data.GetProperty("wamid").GetString()!, e => e.Seq),
            Said = [.. fromWhatsApp.Where(e => e.Kind == "user.sent").Select(e => e.Data.Deserialize<Said>(FleetApi.Json)! with { At = e.At })],
            Refused = [.. ReadAll<RefusedMessage>(fromWhatsApp, "send.refused")],
        };
    }

    private static TakenMessage ReadTaken(JournalEntry entry)
    {
        var taken = entry.Data.Deserialize<TakenMessage>(FleetApi.Json)!;
        return taken with { Seq = entry.Seq, At = entry.At, To = taken.WaId ?? taken.To };
    }

    private static SamsaraWebhook Best(IEnumerable<SamsaraWebhook> attempts) => attempts.OrderByDescending(a => a.Acknowledged).First();

    private static IEnumerable<WhatsAppUpdate> UpdatesOf(IEnumerable<WhatsAppPost> attempts)
    {
        var best = attempts.OrderByDescending(a => a.Acknowledged).First();
        return best.Updates.Select(update => update with { Forged = best.Forged == true, Acknowledged = best.Acknowledged, HttpStatus = best.Status, DeliveryId = best.DeliveryId });
    }

    private static IEnumerable<T> ReadAll<T>(IEnumerable<JournalEntry> journal, string kind)
        => journal.Where(entry => entry.Kind == kind).Select(entry => entry.Data.Deserialize<T>(FleetApi.Json)!);

    private sealed record WhatsAppPost(string DeliveryId, IReadOnlyList<WhatsAppUpdate> Updates, bool Acknowledged, int? Status, bool? Forged = null);
}

/// <param name="BodyOrgId">The org that the body names, where it is not the webhook's own.</param>
/// <param name="Forgery">What is wrong with the signature; null: nothing.</param>
/// <param name="Status">The HTTP answer; null: none came.</param>
internal sealed record SamsaraWebhook(
    string DeliveryId, string EventId, string EventType, long OrgId, bool Acknowledged, int? Status = null,
    long? BodyOrgId = null, string? BodyWebhookId = null, string? Forgery = null, string? StopId = null, string? WebhookId = null, string? RouteId = null, string? DriverId = null)
{
    public bool IsGenuine => Forgery is null && BodyOrgId is null && BodyWebhookId is null;
}

/// <param name="Status">Of a status update.</param>
internal sealed record WhatsAppUpdate(string Kind, string? PhoneNumberId = null, string? Wamid = null, string? Status = null, string? User = null)
{
    public string DeliveryId { get; init; } = "";

    public bool Forged { get; init; }

    public bool Acknowledged { get; init; }

    public int? HttpStatus { get; init; }
}

/// <param name="User">Digits.</param>
internal sealed record Said(string Wamid, string PhoneNumberId, string User)
{
    /// <summary>Business time.</summary>
    public DateTimeOffset At { get; init; }
}

/// <param name="WaId">Of who got it.</param>
/// <param name="To">Digits, also where WhatsApp was given a user's id.</param>
internal sealed record TakenMessage(string Wamid, string PhoneNumberId, string To, string Type, string Text, string? Template = null, string? Language = null, string? WaId = null)
{
    /// <summary>In the journal's order.</summary>
    public long Seq { get; init; }

    /// <summary>Business time.</summary>
    public DateTimeOffset At { get; init; }
}

/// <param name="Status">What Samsara answered.</param>
internal sealed record SamsaraCall(string Method, string Path, int Status, long? OrgId = null, JsonElement? Body = null)
{
    /// <summary>Business time.</summary>
    public DateTimeOffset At { get; init; }
}

/// <param name="Status">What WhatsApp answered.</param>
internal sealed record GraphCall(string Method, string Path, int Status, JsonElement? Body = null);

/// <param name="Simulated">The refusal was ordered.</param>
internal sealed record RefusedMessage(string PhoneNumberId, int ErrorCode, string? Details = null, bool? Simulated = null);
