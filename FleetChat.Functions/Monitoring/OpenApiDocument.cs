using System.Net;
using System.Text;
using FleetChat.Core.Data;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Monitoring;

/// <summary>The description of this API: <c>docs/openapi.json</c>, which FleetChat.Core carries for both hosts, and a page made of it.</summary>
public sealed class OpenApiDocument
{
    private static readonly byte[] Document = Read();
    private static readonly Lazy<byte[]> s_page = new(() => Encoding.UTF8.GetBytes(ApiPage.Of(Document)));

    /// <summary>This document.</summary>
    [Function(nameof(GetOpenApi))]
    [AnswersWith("application/json", "OpenAPI 3.1.")]
    public Task<HttpResponseData> GetOpenApi(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/openapi.json")] HttpRequestData request)
        => new ApiAnswer(HttpStatusCode.OK, Document).WriteAsync(request);

    /// <summary>The same as a page to read.</summary>
    [Function(nameof(GetApiPage))]
    [AnswersWith("text/html", "The page.")]
    public async Task<HttpResponseData> GetApiPage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/docs")] HttpRequestData request)
    {
        var page = await new ApiAnswer(HttpStatusCode.OK, s_page.Value) { ContentType = "text/html; charset=utf-8" }.WriteAsync(request);
        page.Headers.Add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        page.Headers.Add("Referrer-Policy", "no-referrer");
        return page;
    }

    private static byte[] Read()
    {
        using var stream = typeof(TenantDbs).Assembly.GetManifestResourceStream("openapi.json")
            ?? throw new InvalidOperationException("FleetChat.Core was built without docs/openapi.json");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
