using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>Reads bodies within limits.</summary>
public static class RequestBody
{
    public const int MaxBytes = 1024 * 1024;

    /// <returns>The bytes as they came; none if the request has no body.</returns>
    /// <exception cref="RequestRefusedException">413 over the limit; 411 for a chunked body, which the host delivers empty.</exception>
    public static async Task<byte[]> ReadAsync(HttpRequestData request, int maxBytes = MaxBytes)
    {
        if (DeclaredLength(request) is null && request.Header("Transfer-Encoding") is not null) throw new RequestRefusedException(Problem.LengthRequired);
        if (DeclaredLength(request) > maxBytes) throw new RequestRefusedException(Problem.TooLarge(maxBytes));
        using var copy = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.Cancellation())) > 0)
        {
            if (copy.Length + read > maxBytes) throw new RequestRefusedException(Problem.TooLarge(maxBytes));
            copy.Write(buffer, 0, read);
        }
        return copy.ToArray();
    }

    /// <exception cref="RequestRefusedException">411, 413, 415, or 400 with the path of what is wrong.</exception>
    public static async Task<(T Value, byte[] Bytes)> ReadJsonAsync<T>(HttpRequestData request)
        where T : class
    {
        var bytes = await ReadAsync(request);
        if (bytes.Length == 0 && DeclaredLength(request) is null) throw new RequestRefusedException(Problem.LengthRequired);
        if (!IsJson(request.Header("Content-Type"))) throw new RequestRefusedException(Problem.UnsupportedMediaType);
        return (Parse<T>(bytes), bytes);
    }

    /// <summary>For a body that may be left out.</summary>
    /// <exception cref="RequestRefusedException">As <see cref="ReadJsonAsync"/>, if there is a body.</exception>
    public static async Task<(T? Value, byte[] Bytes)> ReadOptionalJsonAsync<T>(HttpRequestData request)
        where T : class
    {
        var bytes = await ReadAsync(request);
        if (bytes.Length == 0) return (null, bytes);
        if (!IsJson(request.Header("Content-Type"))) throw new RequestRefusedException(Problem.UnsupportedMediaType);
        return (Parse<T>(bytes), bytes);
    }

    private static long? DeclaredLength(HttpRequestData request)
        => long.TryParse(request.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    private static bool IsJson(string? contentType)
        => MediaTypeHeaderValue.TryParse(contentType, out var type)
            && string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
            && (type.CharSet is null || string.Equals(type.CharSet.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase));

    private static T Parse<T>(byte[] bytes)
        where T : class
    {
        if (FindNul(bytes) is { } path) throw new RequestRefusedException(Problem.Nul(path));
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, ApiJson.Options) ?? throw Wrong("$");
        }
        catch (JsonException exception)
        {
            throw Wrong(exception.Path ?? "$");
        }
    }

    // In JSON it can only stand escaped.
    private static string? FindNul(byte[] bytes)
    {
        if (bytes.AsSpan().IndexOf(@"\u0000"u8) < 0) return null;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return FindNul(document.RootElement, "$");
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // Whoever reads it says where.
            return null;
        }
    }

    private static string? FindNul(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!.Contains('\0', StringComparison.Ordinal) ? path : null,
        JsonValueKind.Object => element.EnumerateObject().Select(m => m.Name.Contains('\0', StringComparison.Ordinal) ? path : FindNul(m.Value, $"{path}.{m.Name}")).FirstOrDefault(p => p is not null),
        JsonValueKind.Array => element.EnumerateArray().Select((item, i) => FindNul(item, $"{path}[{i}]")).FirstOrDefault(p => p is not null),
        _ => null,
    };

    private static RequestRefusedException Wrong(string path) => new(Problem.Invalid(
        "request.json_invalid", "Send JSON as /api/openapi.json describes it; at this path it is broken, of another type, or holds a field that does not exist.", path));
}
