using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace FleetChat.LocalHost.Hosting;

/// <summary>FleetChat's API as a company's own program would call it, or somebody who has signed in: over HTTP, with a bearer, and with shapes of its own.</summary>
/// <param name="bearer">Asked with each request; null: the caller shows none.</param>
internal sealed class FleetApi(Uri host, Func<CancellationToken, Task<string>>? bearer) : IDisposable
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = host };

    /// <param name="key">A company's.</param>
    public FleetApi(Uri host, string key)
        : this(host, _ => Task.FromResult(key))
    {
    }

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
        return status == HttpStatusCode.OK ? Read<T>(path, body) : throw Refused(path, status, body);
    }

    public Task<(HttpStatusCode Status, string Body)> PostAsync(string path, object body, CancellationToken ct) => AskAsync(HttpMethod.Post, path, body, ct);

    /// <exception cref="HttpRequestException">It was refused.</exception>
    public async Task<T> PostAsync<T>(string path, object body, CancellationToken ct)
    {
        var (status, text) = await PostAsync(path, body, ct);
        return status is HttpStatusCode.OK or HttpStatusCode.Created ? Read<T>(path, text) : throw Refused(path, status, text);
    }

    /// <summary>Changes the company's own settings, as they are now.</summary>
    public async Task ChangeCompanyAsync(object body, CancellationToken ct)
    {
        using var seen = await SendAsync(() => new(HttpMethod.Get, "api/tenant"), ct);
        var tag = seen.Headers.ETag ?? throw Refused("api/tenant", seen.StatusCode, "");
        using var response = await SendAsync(() => new(HttpMethod.Patch, "api/tenant") { Content = Content(body), Headers = { IfMatch = { tag } } }, ct);
        if (response.StatusCode != HttpStatusCode.OK) throw Refused("api/tenant", response.StatusCode, await response.Content.ReadAsStringAsync(ct));
    }

    public async Task ChangeAsync(string path, object body, CancellationToken ct)
    {
        var (status, text) = await AskAsync(HttpMethod.Patch, path, body, ct);
        if (status != HttpStatusCode.OK) throw Refused(path, status, text);
    }

    /// <summary>Whatever the answer is.</summary>
    public async Task<(HttpStatusCode Status, string Body)> AskAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        using var response = await SendAsync(() => new(method, path) { Content = body is null ? null : Content(body) }, ct);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(ct));
    }

    public void Dispose() => _http.Dispose();

    /// <summary>An answer that asks to wait is waited for: many lists in a row are more than a company's share of a second.</summary>
    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, CancellationToken ct)
    {
        while (true)
        {
            using var request = make();
            if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await bearer(ct));
            var response = await _http.SendAsync(request, ct);
            if (response.StatusCode != HttpStatusCode.TooManyRequests) return response;
            using (response) await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), ct);
        }
    }

    private static T Read<T>(string path, string body) => JsonSerializer.Deserialize<T>(body, Json) ?? throw new JsonException($"{path} answered null");

    private static HttpRequestException Refused(string path, HttpStatusCode status, string body) => new($"{path} answered {(int)status}: {body}");

    // Not chunked: the real host wants to know the length.
    private static StringContent Content(object body) => new(JsonSerializer.Serialize(body, Json), System.Text.Encoding.UTF8, "application/json");

    private sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor);
}
