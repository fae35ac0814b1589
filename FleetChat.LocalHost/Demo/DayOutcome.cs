using System.Text.Json;

namespace FleetChat.LocalHost.Demo;

/// <summary>How the day ended.</summary>
public sealed record DayOutcome(IReadOnlyList<CompanyDay> Companies, IReadOnlyList<ExpectationResult> Results)
{
    public IReadOnlyList<string> Failed => [.. Results.Where(result => result.Fault is not null).Select(result => result.Expectation)];

    internal DaySummary ToSummary() => new(Companies, new(Results.Count - Failed.Count, Failed.Count, [.. Results.Select(result => result.Expectation)]));
}

/// <param name="Events">That FleetChat acknowledged, each counted once.</param>
/// <param name="Messages">That WhatsApp took from the company.</param>
/// <param name="Lost">Acknowledged events without effect, and messages that the API believes sent and WhatsApp never got.</param>
public sealed record CompanyDay(string TenantId, int Events, int Messages, int Lost, int DuplicatesSent);

/// <param name="Expectation">Its name.</param>
/// <param name="Fault">What was found instead; null: it holds.</param>
public sealed record ExpectationResult(string Expectation, string? Fault);

/// <summary>The line of <c>--json</c>.</summary>
internal sealed record DaySummary(IReadOnlyList<CompanyDay> Companies, DaySummary.Counts Expectations)
{
    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="Names">Of all of them.</param>
    internal sealed record Counts(int Passed, int Failed, IReadOnlyList<string> Names);
}
