using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging.Media;

/// <summary>A medium, and where its bytes can be had for a while.</summary>
/// <param name="MimeType">What the bytes are; null until they are here.</param>
/// <param name="Url">Null unless <paramref name="State"/> is <c>fetched</c>.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Reason">Why it failed.</param>
public sealed record MediaDetail(
    Guid Id,
    Guid MessageId,
    [OneOf("image", "video", "audio", "document", "sticker")] string Kind,
    string? MimeType,
    string? FileName,
    long? Size,
    [OneOf(typeof(MediaState))] string State,
    string? Reason,
    DateTimeOffset? StoredAt,
    Uri? Url,
    DateTimeOffset? UrlExpiresAt);

/// <summary>One medium of the tenant, with a link that lives for five minutes.</summary>
public sealed class GetMedia(TenantDbs dbs, DataKeys keys, SignedLinks links)
{
    public static readonly Error NotFound = Error.NotFound("media.not_found", "There is no such medium. GET /api/messages shows those there are, with their messages.");

    public async Task<Result<MediaDetail>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        var key = await keys.GetAsync(tenant, ct);
        if (await MediaSql.FindAsync(dbs.For(tenant), new(key), id, ct) is not { } media) return NotFound;
        (Uri? Url, DateTimeOffset? ExpiresAt) link = media.State == MediaState.Fetched ? await links.MakeAsync(MediaLinks.Purpose, tenant, id, ct) : (null, null);
        return new MediaDetail(
            media.Id, media.Message, media.Kind, media.MimeType, media.Content?.Media?.FileName, media.Size, media.State, media.Reason, media.StoredAt,
            link.Url, link.ExpiresAt);
    }
}
