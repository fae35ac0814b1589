using System.Net;
using System.Text;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

public sealed class MediaApi(GetMedia get, OpenMediaLink open)
{
    /// <summary>What came with a message, and a link to it that lives for five minutes.</summary>
    [Function(nameof(GetMediaById))]
    [Needs(Permission.ReadMessages)]
    [Answers(typeof(MediaDetail), "Found.")]
    public async Task<HttpResponseData> GetMediaById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/media/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var media)
            ? await get.HandleAsync(request.Tenant(), media, request.Cancellation())
            : GetMedia.NotFound);

    /// <summary>Guarded by the link's own signature.</summary>
    [Function(nameof(GetMediaByLink))]
    public async Task<HttpResponseData> GetMediaByLink(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "media/{token}")] HttpRequestData request, string token)
        => await open.HandleAsync(token, request.Cancellation()) is { } media ? await GiveAsync(request, media) : await PlainText.AnswerAsync(request, HttpStatusCode.Unauthorized, "Unauthorized");

    // Saved, never shown in our own origin: what a driver sends is no page of ours, whatever it holds.
    private static async Task<HttpResponseData> GiveAsync(HttpRequestData request, OpenedMedia media)
    {
        var response = request.CreateResponse(HttpStatusCode.OK);
        response.Headers.Add("Content-Type", media.MimeType);
        response.Headers.Add("Content-Disposition", Disposition(media));
        response.Headers.Add("X-Content-Type-Options", "nosniff");
        response.Headers.Add("Content-Security-Policy", "default-src 'none'; sandbox");
        response.Headers.Add("Referrer-Policy", "no-referrer");
        response.Headers.Add("Cache-Control", "no-store");
        await media.WriteAsync(response.Body, request.Cancellation());
        return response;
    }

    private static string Disposition(OpenedMedia media)
    {
        var extension = media.MimeType.Split('/', '-', '.')[^1];
        var plain = $"attachment; filename=\"{media.Id:N}.{(extension.Length <= 5 ? extension : "bin")}\"";
        return media.FileName is { } name ? $"{plain}; filename*=UTF-8''{Uri.EscapeDataString(Safe(name))}" : plain;
    }

    // No path, nothing that turns the text round, not without end.
    private static string Safe(string name)
    {
        var safe = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            if (safe.Length >= 100) break;
            safe.Append(Rune.IsLetterOrDigit(rune) || rune.Value is ' ' or '.' or '-' or '_' or '(' or ')' ? rune.ToString() : "_");
        }
        return safe.ToString();
    }
}
