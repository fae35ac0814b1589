using System.Net;
using System.Text.Json;

namespace FleetChat.Tests.Security;

public static class HttpAssert
{
    /// <summary>A problem document with this status and code, and all that every problem has.</summary>
    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal($"urn:fleetchat:problem:{code}", problem.GetProperty("type").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        return problem;
    }

    /// <summary>Not this answer's alone, as its date and its name are.</summary>
    public static bool IsComparable(KeyValuePair<string, IEnumerable<string>> header) => header.Key is not ("Date" or "X-Correlation-Id");

    /// <summary>The whole answer but for what is its own, to be held against another one.</summary>
    public static async Task<string> WholeAsync(Task<HttpResponseMessage> asked)
    {
        using var response = await asked;
        var headers = response.Headers.Concat(response.Content.Headers).Where(IsComparable).Select(header => $"{header.Key}: {string.Join(',', header.Value)}");
        return $"{(int)response.StatusCode}\n{string.Join('\n', headers)}\n\n{await response.Content.ReadAsStringAsync()}";
    }

    /// <summary>The JSON of an answer that is no problem.</summary>
    public static async Task<JsonElement> JsonAsync(Task<HttpResponseMessage> asked)
    {
        using var response = await asked;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public static string? Field(JsonElement problem) => problem.TryGetProperty("field", out var field) ? field.GetString() : null;
}
