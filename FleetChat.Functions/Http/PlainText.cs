using System.Net;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>An answer for other machines' webhooks, and for people whom a link led here.</summary>
internal static class PlainText
{
    public static async Task<HttpResponseData> AnswerAsync(HttpRequestData request, HttpStatusCode status, string text)
    {
        var response = request.CreateResponse(status);
        response.Headers.Add("Content-Type", "text/plain; charset=utf-8");
        response.Headers.Add("X-Content-Type-Options", "nosniff");
        response.Headers.Add("Cache-Control", "no-store");
        await response.WriteStringAsync(text);
        return response;
    }
}
