using System.Net;
using FleetChat.Core.Data;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Monitoring;

/// <summary>The description of this API: <c>docs/openapi.json</c>, which FleetChat.Core carries for both hosts.</summary>
public sealed class OpenApiDocument
{
    private static readonly byte[] Document = Read();

    [Function(nameof(GetOpenApi))]
    public Task<HttpResponseData> GetOpenApi(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/openapi.json")] HttpRequestData request)
        => new ApiAnswer(HttpStatusCode.OK, Document).WriteAsync(request);

    private static byte[] Read()
    {
        using var stream = typeof(TenantDbs).Assembly.GetManifestResourceStream("openapi.json")
            ?? throw new InvalidOperationException("FleetChat.Core was built without docs/openapi.json");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
