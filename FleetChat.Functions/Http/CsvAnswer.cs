using System.Net;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>A file that a browser saves.</summary>
internal static class CsvAnswer
{
    public static async Task<HttpResponseData> WriteAsync(HttpRequestData request, string name, byte[] content)
    {
        var response = await new ApiAnswer(HttpStatusCode.OK, content) { ContentType = "text/csv; charset=utf-8" }.WriteAsync(request);
        response.Headers.Add("Content-Disposition", $"attachment; filename=\"{name}\"");
        return response;
    }

    /// <summary>Piece by piece, so that no more than one is made at a time.</summary>
    public static async Task<HttpResponseData> WriteAsync(HttpRequestData request, string name, IAsyncEnumerable<byte[]> pieces)
    {
        var response = await WriteAsync(request, name, content: []);
        await foreach (var piece in pieces) await response.Body.WriteAsync(piece, request.Cancellation());
        return response;
    }
}
