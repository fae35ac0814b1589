namespace FleetChat.LocalHost.Demo;

internal sealed record ApiMessage(
    Guid Id, Guid ConversationId, Guid? DriverId, Guid? StopId, string Direction, string Kind, string Text, string? Template, string? Language,
    string Status, string Reason, int Attempts, string? WhatsappMessageId, Guid? TransportId = null, Guid? ReplyTo = null, string? HeldBecause = null)
{
    public bool IsOutbound => Direction == "outbound";

    /// <summary>WhatsApp has taken it, as far as the API knows.</summary>
    public bool IsTaken => IsOutbound && Statuses.Rank(Status) >= Statuses.Rank("accepted");
}

/// <summary>What led to a message.</summary>
internal sealed record ApiExplanation(string Conclusion, IReadOnlyList<ApiWhyEntry> Timeline);

internal sealed record ApiWhyEntry(DateTimeOffset At, string What, string Detail, Guid? MessageId);

internal sealed record ApiEvent(Guid Id, string Source, string Kind, string ExternalId, string Status, string? Outcome);

internal sealed record ApiDriver(Guid Id, string SamsaraDriverId, string Name, string? WhatsappNumber, string ConsentStatus, string? Language);

internal sealed record ApiInvitation(Guid Id, string Code, Uri Link, IReadOnlyDictionary<string, string> Text, string QrPng);

internal sealed record ApiConsent(string State, IReadOnlyList<ApiConsentEntry> History);

internal sealed record ApiConsentEntry(
    Guid Id, string State, DateTimeOffset At, DateTimeOffset RecordedAt, string By, string Method, string? Text, string? TextVersion, string? Language, string? TextHash,
    string? Evidence, string? EvidenceHash, Guid? MessageId, Guid? QuestionId);

internal sealed record ApiAlert(Guid Id, string Code, string Subject, DateTimeOffset? ClosedAt);

internal sealed record ApiTemplates(IReadOnlyList<ApiTemplate> Items);

/// <param name="Template">Its name.</param>
/// <param name="IsLive">Messages go out with it.</param>
internal sealed record ApiTemplate(string Template, string Language, string Status, string Category, bool IsLive);

internal sealed record ApiRule(string Id, IReadOnlyList<string> Recipients, string Template, bool IsOn);

internal sealed record ApiRules(IReadOnlyList<ApiRule> Data);

internal sealed record ApiConversation(Guid Id, string? WhatsappNumber, DateTimeOffset? StoppedAt, IReadOnlyList<ApiEntry> Entries);

internal sealed record ApiEntry(Guid Id, string Reason, Guid? DriverId, ApiMessage Message);

internal sealed record ApiTransport(
    Guid Id, string SamsaraRouteId, string Status, Guid? DriverId = null, Guid? CoDriverId = null, IReadOnlyList<ApiStop>? Stops = null, IReadOnlyList<ApiTimelineEntry>? Timeline = null);

internal sealed record ApiStop(Guid Id, string SamsaraStopId, string State);

internal sealed record ApiTimelineEntry(Guid Id, string Type, string? What, Guid? StopId);

/// <summary>A message's statuses in the order that they may be in.</summary>
internal static class Statuses
{
    private static readonly string[] Order = ["queued", "accepted", "sent", "failed", "delivered", "read"];

    /// <returns>-1 for what is no way station of a sent message.</returns>
    public static int Rank(string status) => Array.IndexOf(Order, status);
}
