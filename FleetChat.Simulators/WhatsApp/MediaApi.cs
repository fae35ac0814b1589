using System.Globalization;
using System.Security.Cryptography;
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

    public static void Map(IEndpointRouteBuilder app, GraphRest rest, WhatsAppState state)
    {
        app.MapGet(GraphRest.Version + "/{id}", rest.Handle(call => GetObject(call, state)));
        app.MapPost(GraphRest.Version + "/{id}/media", rest.HandleAsync(call => UploadAsync(call, state)));
        app.MapDelete(GraphRest.Version + "/{id}", rest.Handle(call => Delete(call, state)));
        app.MapGet(DownloadPath + "{secret}", rest.Handle(call => Download(call, state)));
    }

    private static IResult GetObject(GraphCall call, WhatsAppState state)
    {
        var id = call.Route("id");
        if (Find(call, state) is { } media)
            return Link(call, state, media);
        if (state.Numbers.Exists(number => number.Id == id))
            return GraphRest.Json(NumbersApi.Json(call.Number(state, "id")));
        if (state.Wabas.Exists(waba => waba.Id == id))
            return GraphRest.Json(SimulatorJson.Object(("id", id), ("name", call.Waba(state, "id").Name)));
        return GraphRest.Json(TemplatesApi.Json(TemplatesApi.Find(call, state).Template));
    }

    private static Media? Find(GraphCall call, WhatsAppState state)
        => state.Media.GetValueOrDefault(call.Route("id")) is { } media && (call.Token.WabaIds is null || call.Token.WabaIds.Contains(media.WabaId)) ? media : null;

    private static IResult Delete(GraphCall call, WhatsAppState state)
    {
        state.Media.Remove((Find(call, state) ?? throw GraphErrorException.NoObject(call.Route("id"))).Id);
        return GraphRest.Success();
    }

    private static IResult Link(GraphCall call, WhatsAppState state, Media media)
    {
        if (call.Query("phone_number_id") is { } numberId && !state.Numbers.Exists(number => number.Id == numberId && call.Sees(number.Waba)))
            throw GraphErrorException.NoObject(numberId);
        var secret = Unique.Letters(40);
        state.MediaLinks[secret] = (media, call.Now + LinkLife);
        return GraphRest.Json(SimulatorJson.Object(
            ("messaging_product", "whatsapp"),
            ("url", $"{call.Request.Scheme}://{call.Request.Host}{DownloadPath}{secret}"),
            ("mime_type", media.MimeType),
            ("sha256", media.Sha256),
            // A string in Meta's own example.
            ("file_size", media.Content.Length.ToString(CultureInfo.InvariantCulture)),
            ("id", media.Id)));
    }

    private static IResult Download(GraphCall call, WhatsAppState state)
        => state.MediaLinks.TryGetValue(call.Route("secret"), out var link) && call.Now < link.Until ? Results.Bytes(link.Media.Content, link.Media.MimeType) : Results.NotFound();

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
            var media = new Media(Unique.Digits(16), form["type"] is [{ Length: > 0 } type] ? type : file.ContentType, bytes, Convert.ToBase64String(SHA256.HashData(bytes))) { WabaId = number.Waba.Id };
            state.Media[media.Id] = media;
            return GraphRest.Json(SimulatorJson.Object(("id", media.Id)));
        }
    }
}
