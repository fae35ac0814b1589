using System.Globalization;
using System.Text;
using Azure.Core.Serialization;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Net.Http.Headers;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SameSite = Microsoft.Azure.Functions.Worker.Http.SameSite;
using SameSiteMode = Microsoft.AspNetCore.Http.SameSiteMode;

namespace FleetChat.LocalRuntime.Http;

/// <summary>What the real host sends for what a function left behind.</summary>
internal sealed record HttpAnswer(int Status, byte[] Body)
{
    private const string PlainText = "text/plain; charset=utf-8";
    private const string Json = "application/json; charset=utf-8";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public IReadOnlyList<IHttpCookie> Cookies { get; init; } = [];

    private static readonly HttpAnswer NoContent = new(StatusCodes.Status204NoContent, []);

    public static async ValueTask<HttpAnswer> OfAsync(FunctionBindings bindings, ObjectSerializer serializer)
    {
        foreach (var output in bindings.Function.Outputs)
            if (output.Queue is null && bindings.OutputOf(output) is { } value) return await OfOutputAsync(value, serializer);
        return bindings.InvocationResult is { } result ? await OfResultAsync(result, serializer) : NoContent;
    }

    public async Task WriteAsync(HttpContext http)
    {
        var response = http.Response;
        response.StatusCode = Status;
        foreach (var (name, value) in Headers)
        {
            if (name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase)
                || name.Equals(HeaderNames.TransferEncoding, StringComparison.OrdinalIgnoreCase))
                throw new InvalidOperationException($"The header {name} belongs to the host.");
            response.Headers[name] = value;
        }
        foreach (var cookie in Cookies) response.Cookies.Append(cookie.Name, cookie.Value, OptionsOf(cookie));
        if (Status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified or < 200) return;
        response.ContentLength = Body.Length;
        if (Body.Length > 0) await response.Body.WriteAsync(Body);
    }

    private static async ValueTask<HttpAnswer> OfOutputAsync(object value, ObjectSerializer serializer)
    {
        if (value is HttpResponseData response) return await OfResponseAsync(response);
        return HostText.Received(value, serializer) switch
        {
            byte[] bytes => new(StatusCodes.Status200OK, bytes),
            string text => OfContent(HostText.ParseOrText(text)),
            var other => OfContent(other),
        };
    }

    /// <summary>A result that no binding takes: the host writes it as it would any object.</summary>
    private static async ValueTask<HttpAnswer> OfResultAsync(object result, ObjectSerializer serializer)
    {
        if (result is HttpResponseData response) return OfJson(await DescribeAsync(response));
        return HostText.Received(result, serializer) switch
        {
            string text => OfText(text),
            JObject token => OfContent(token),
            var other => OfJson(other),
        };
    }

    private static async ValueTask<HttpAnswer> OfResponseAsync(HttpResponseData response) => new((int)response.StatusCode, await ReadAsync(response.Body))
    {
        Headers = [.. response.Headers.Select(h => KeyValuePair.Create(h.Key, string.Join(",", h.Value)))],
        Cookies = response is LocalHttpResponseData local ? local.AppendedCookies : [],
    };

    /// <summary>JSON with a member "body" is taken for a whole answer, with its status and headers.</summary>
    private static HttpAnswer OfContent(object? content)
    {
        if (content is not JObject described || !described.TryGetValue("body", StringComparison.OrdinalIgnoreCase, out var body))
            return OfText(HostText.Of(content));
        var headers = described.TryGetValue("headers", StringComparison.OrdinalIgnoreCase, out var given) && given is JObject named
            ? named.Properties().Select(p => KeyValuePair.Create(p.Name, HostText.Of(p.Value))).ToList()
            : [];
        if (!headers.Exists(h => h.Key.Equals(HeaderNames.ContentType, StringComparison.OrdinalIgnoreCase)))
            headers.Add(KeyValuePair.Create(HeaderNames.ContentType, PlainText));
        var text = body is JContainer container ? container.ToString(Formatting.None) : HostText.Of(body);
        return new(StatusOf(described), Encoding.UTF8.GetBytes(text)) { Headers = headers };
    }

    private static int StatusOf(JObject described)
        => (described.TryGetValue("statusCode", StringComparison.OrdinalIgnoreCase, out var status)
                || described.TryGetValue("status", StringComparison.OrdinalIgnoreCase, out status))
            && int.TryParse(HostText.Of(status), NumberStyles.Integer, CultureInfo.InvariantCulture, out var code)
                ? code
                : StatusCodes.Status200OK;

    /// <summary>What the caller gets of a middleware that set the result of a function with further outputs: the response, described.</summary>
    private static async ValueTask<JObject> DescribeAsync(HttpResponseData response) => new()
    {
        ["method"] = "",
        ["query"] = new JObject(),
        ["statusCode"] = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture),
        ["headers"] = new JObject(response.Headers.Select(h => new JProperty(h.Key, string.Join(",", h.Value)))),
        ["enableContentNegotiation"] = false,
        ["cookies"] = new JArray(),
        ["body"] = Convert.ToBase64String(await ReadAsync(response.Body)),
    };

    private static HttpAnswer OfText(string text) => new(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(text)) { Headers = ContentTypeOf(PlainText) };

    private static HttpAnswer OfJson(object? value)
        => new(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(JsonConvert.SerializeObject(value))) { Headers = ContentTypeOf(Json) };

    private static KeyValuePair<string, string>[] ContentTypeOf(string type) => [KeyValuePair.Create(HeaderNames.ContentType, type)];

    private static async ValueTask<byte[]> ReadAsync(Stream body)
    {
        if (body is MemoryStream memory) return memory.ToArray();
        if (!body.CanRead) return [];
        if (body.CanSeek) body.Position = 0;
        using var copy = new MemoryStream();
        await body.CopyToAsync(copy);
        return copy.ToArray();
    }

    private static CookieOptions OptionsOf(IHttpCookie cookie) => new()
    {
        Domain = cookie.Domain,
        Path = cookie.Path ?? "/",
        Expires = cookie.Expires,
        MaxAge = cookie.MaxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Secure = cookie.Secure ?? false,
        HttpOnly = cookie.HttpOnly ?? false,
        SameSite = cookie.SameSite switch
        {
            SameSite.Lax => SameSiteMode.Lax,
            SameSite.Strict => SameSiteMode.Strict,
            SameSite.ExplicitNone => SameSiteMode.None,
            _ => SameSiteMode.Unspecified,
        },
    };
}
