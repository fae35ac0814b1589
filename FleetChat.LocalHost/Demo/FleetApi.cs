using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace FleetChat.LocalHost.Demo;

/// <summary>FleetChat's API as a company's own program would call it: over HTTP, with a key, and with shapes of its own.</summary>
internal sealed class FleetApi(Uri host, string? key) : IDisposable
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = host,
        DefaultRequestHeaders = { Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key) },
    };

    /// <summary>Every answer to a question, as it came, from now on; null: nobody listens.</summary>
    public ICollection<string>? Transcript { get; set; }

    /// <summary>The whole list, page by page.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(string path, CancellationToken ct)
    {
        var all = new List<T>();
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await GetAsync<Page<T>>($"{path}{separator}limit=200{(cursor.Length > 0 ? $"&cursor={Uri.EscapeDataString(cursor)}" : "")}", ct);
            all.AddRange(page.Data);
            cursor = page.NextCursor;
        }
        return all;
    }

    public async Task<T> GetAsync<T>(string path, CancellationToken ct)
    {
        var (status, body) = await AskAsync(HttpMethod.Get, path, null, ct);
        Transcript?.Add(body);
        return status == HttpStatusCode.OK
            ? JsonSerializer.Deserialize<T>(body, Json) ?? throw new JsonException($"{path} answered null")
            : throw new HttpRequestException($"{path} answered {(int)status}: {body}");
    }

    public Task<(HttpStatusCode Status, string Body)> PostAsync(string path, object body, CancellationToken ct) => AskAsync(HttpMethod.Post, path, body, ct);

    /// <summary>Changes the company's own settings, as they are now.</summary>
    public async Task ChangeCompanyAsync(object body, CancellationToken ct)
    {
        using var seen = await _http.GetAsync(new Uri("api/tenant", UriKind.Relative), ct);
        using var request = new HttpRequestMessage(HttpMethod.Patch, "api/tenant") { Content = Content(body), Headers = { IfMatch = { seen.Headers.ETag ?? throw new HttpRequestException($"api/tenant answered {(int)seen.StatusCode}") } } };
        using var response = await _http.SendAsync(request, ct);
        if (response.StatusCode != HttpStatusCode.OK) throw new HttpRequestException($"api/tenant answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
    }

    public async Task ChangeAsync(string path, object body, CancellationToken ct)
    {
        var (status, text) = await AskAsync(HttpMethod.Patch, path, body, ct);
        if (status != HttpStatusCode.OK) throw new HttpRequestException($"{path} answered {(int)status}: {text}");
    }

    /// <summary>Whatever the answer is. One that asks to wait is waited for: many lists in a row are more than a company's share of a second.</summary>
    public async Task<(HttpStatusCode Status, string Body)> AskAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = Content(body);
            using var response = await _http.SendAsync(request, ct);
            if (response.StatusCode != HttpStatusCode.TooManyRequests) return (response.StatusCode, await response.Content.ReadAsStringAsync(ct));
            await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), ct);
        }
    }

    public void Dispose() => _http.Dispose();

    // Not chunked: the real host wants to know the length.
    private static StringContent Content(object body) => new(JsonSerializer.Serialize(body, Json), System.Text.Encoding.UTF8, "application/json");

    private sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor);
}

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
