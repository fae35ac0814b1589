using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Media: a link that lives five minutes, a download that needs the token too, and uploads. Also answers <c>GET /{id}</c> for every other kind of object.</summary>
internal static class MediaApi
{
    private const string DownloadPath = "/whatsapp_business/attachments/";

    private static readonly TimeSpan LinkLife = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan UploadedLife = TimeSpan.FromDays(30);

    public static void Map(IEndpointRouteBuilder app, GraphRest rest, WhatsAppState state)
    {
        app.MapGet(GraphRest.Version + "/{id}", rest.Handle(call => GetObject(call, state)));
        app.MapPost(GraphRest.Version + "/{id}/media", rest.HandleAsync(call => UploadAsync(call, state)));
        app.MapDelete(GraphRest.Version + "/{id}", rest.Handle(call => Delete(call, state)));
        app.MapGet(GraphRest.Version + "/debug_token", rest.Handle(call => TokenInfo(call, state)));
        app.MapGet(DownloadPath + "{secret}", rest.Handle(call => Download(call, state)));
    }

    private static IResult TokenInfo(GraphCall call, WhatsAppState state)
    {
        var token = state.Tokens.GetValueOrDefault(call.Query("input_token") ?? throw GraphErrorException.Missing("input_token is required"));
        var scopes = new JsonArray("whatsapp_business_management", "whatsapp_business_messaging");
        return GraphRest.Json(SimulatorJson.Object(("data", token is null
            ? SimulatorJson.Object(("is_valid", false), ("scopes", new JsonArray()))
            : SimulatorJson.Object(
                ("expires_at", token.ExpiresAt?.ToUnixTimeSeconds() ?? 0),
                ("granular_scopes", SimulatorJson.Array(scopes.Select(scope => SimulatorJson.Object(
                    ("scope", scope!.DeepClone()), ("target_ids", token.WabaIds is { } ids ? new JsonArray([.. ids.Select(id => (JsonNode)id)]) : null))))),
                ("is_valid", !(token.ExpiresAt <= call.Now)),
                ("scopes", scopes)))));
    }

    public static bool IsDownload(PathString path) => path.StartsWithSegments(DownloadPath.TrimEnd('/'), StringComparison.Ordinal);

    private static IResult GetObject(GraphCall call, WhatsAppState state)
    {
        var id = call.Route("id");
        if (Find(call, state) is { } media)
            return Link(call, state, media);
        if (state.Numbers.Exists(number => number.Id == id))
            return GraphRest.Json(NumbersApi.Json(call.Number(state, "id"), state.Settings));
        if (state.Wabas.Exists(waba => waba.Id == id))
            return GraphRest.Json(SimulatorJson.Object(("id", id), ("name", call.Waba(state, "id").Name)));
        return GraphRest.Json(TemplatesApi.Json(TemplatesApi.Find(call, state).Template));
    }

    private static Media? Find(GraphCall call, WhatsAppState state)
        => state.FindMedia(call.Route("id"), call.Now) is { } media && (call.Token.WabaIds is null || call.Token.WabaIds.Contains(media.WabaId)) ? media : null;

    private static IResult Delete(GraphCall call, WhatsAppState state)
    {
        state.Media.Remove((Find(call, state) ?? throw GraphErrorException.NoObject(call.Route("id"))).Id);
        return GraphRest.Success();
    }

    private static IResult Link(GraphCall call, WhatsAppState state, Media media)
    {
        if (call.Query("phone_number_id") is { } numberId && !state.Numbers.Exists(number => number.Id == numberId && call.Sees(number.Waba)))
            throw GraphErrorException.NoObject(numberId);
        return GraphRest.Json(SimulatorJson.Object(
            ("messaging_product", "whatsapp"),
            ("url", NewLink(state, media, call.Now, new($"{call.Request.Scheme}://{call.Request.Host}"))),
            ("mime_type", media.MimeType),
            ("sha256", media.Sha256),
            // A string in Meta's own example.
            ("file_size", media.Content.Length.ToString(CultureInfo.InvariantCulture)),
            ("id", media.Id)));
    }

    public static string NewLink(WhatsAppState state, Media media, DateTimeOffset now, Uri address)
    {
        var secret = Unique.Letters(40);
        state.MediaLinks[secret] = (media, now + LinkLife);
        return new Uri(address, DownloadPath + secret).ToString();
    }

    // The token has to be one that may read this business's media.
    private static IResult Download(GraphCall call, WhatsAppState state)
        => state.MediaLinks.TryGetValue(call.Route("secret"), out var link) && call.Now < link.Until && call.Token.WabaIds?.Contains(link.Media.WabaId) != false ? Results.Bytes(link.Media.Content, link.Media.MimeType) : Results.NotFound();

    private static async Task<IResult> UploadAsync(GraphCall call, WhatsAppState state)
    {
        if (!call.Request.HasFormContentType)
            throw GraphErrorException.Invalid("media is uploaded as multipart/form-data");
        var form = await call.Request.ReadFormAsync(call.Request.HttpContext.RequestAborted);
        if (form["messaging_product"] != "whatsapp")
            throw GraphErrorException.Missing("messaging_product is required");
        var file = form.Files.GetFile("file") ?? throw GraphErrorException.Missing("file is required");
        using var content = new MemoryStream();
        await file.CopyToAsync(content, call.Request.HttpContext.RequestAborted);
        var bytes = content.ToArray();
        lock (state.Gate)
        {
            var number = call.Number(state, "id");
            var type = form["type"] is [{ Length: > 0 } told] ? told : file.ContentType;
            MediaLimits.CheckUpload(type, bytes.LongLength);
            var media = new Media(Unique.Digits(16), type, bytes, Convert.ToBase64String(SHA256.HashData(bytes)), call.Now + UploadedLife) { WabaId = number.Waba.Id };
            state.Media[media.Id] = media;
            return GraphRest.Json(SimulatorJson.Object(("id", media.Id)));
        }
    }
}
