using System.Net;
using System.Text.Json;
using System.Text;
using FleetChat.Tests.Http;

namespace FleetChat.Tests.Scenarios;

/// <summary>FleetChat's API as the company's dispatchers use it: over HTTP, with the company's key.</summary>
internal sealed class ScenarioApi(Uri host, string key) : IDisposable
{
    private readonly HttpClient _http = new DescribedClient { BaseAddress = host, DefaultRequestHeaders = { Authorization = new("Bearer", key) } };

    public Task<JsonElement> GetAsync(string path) => AskAsync(HttpMethod.Get, path, null);

    public Task<JsonElement> PostAsync(string path, object body) => AskAsync(HttpMethod.Post, path, body);

    public Task<JsonElement> PatchAsync(string path, object body) => AskAsync(HttpMethod.Patch, path, body);

    /// <summary>Changes the company's own settings, as they are now.</summary>
    public async Task ChangeCompanyAsync(object body)
    {
        using var seen = await _http.GetAsync(new Uri("api/tenant", UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Patch, "api/tenant") { Content = Json(body), Headers = { IfMatch = { seen.Headers.ETag! } } };
        using var response = await _http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Whatever is no JSON.</summary>
    public async Task<(string? Type, byte[] Content)> ReadAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.True(response.IsSuccessStatusCode, $"{path} answered {(int)response.StatusCode}");
        return (response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsByteArrayAsync());
    }

    public async Task<HttpStatusCode> TryAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        if (method != HttpMethod.Get) request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>A list that fits on a page.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string path)
    {
        var page = await GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=200");
        Assert.Equal(JsonValueKind.Null, page.GetProperty("next_cursor").ValueKind);
        return [.. page.GetProperty("data").EnumerateArray()];
    }

    public void Dispose() => _http.Dispose();

    private static StringContent Json(object body) => new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    private async Task<JsonElement> AskAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = Json(body);
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path} answered {(int)response.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
