using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Media;

/// <summary>What came with a message is fetched at once: WhatsApp keeps it for seven days, and its links for five minutes.</summary>
public static class InboundMedia
{
    /// <summary>In the transaction that logs the message.</summary>
    /// <returns>The medium's id; null if the message has none.</returns>
    public static async Task<Guid?> TryAddAsync(Processing processing, InboundMessage inbound, Guid message, CancellationToken ct)
    {
        if (inbound.Content.Media is not { } media || !MediaKinds.IsKind(inbound.Type)) return null;
        if (await MessageSql.IsRevokedAsync(processing.Db, processing.Key, inbound.Wamid, ct)) return null;
        var id = processing.Time.NewId();
        await MediaSql.InsertAsync(processing.Db, id, message, inbound.Type, processing.Time.GetUtcNow(), ct);
        var order = new MediaOrder(id, media.Id, inbound.Type, media.MimeType, media.Sha256);
        await processing.TryAddCallAsync(new(CallLanes.Media, FetchMedia.Kind, $"media:{id:N}:fetch", JsonSerializer.SerializeToElement(order)), ct);
        return id;
    }

    /// <summary>The message was taken back: what came with it goes too, also if it is only now being fetched.</summary>
    public static async Task EraseAsync(Processing processing, Guid message, CancellationToken ct)
    {
        if (await MediaSql.SetErasedAsync(processing.Db, message, processing.Settings.TimeZone, processing.Time.GetUtcNow(), ct) is { } id) await OrderErasureAsync(processing, id, "revoked", ct);
    }

    internal static Task OrderErasureAsync(Processing processing, Guid id, string cause, CancellationToken ct)
        => processing.TryAddCallAsync(new(CallLanes.Media, EraseMedia.Kind, $"media:{id:N}:erase:{cause}", JsonSerializer.SerializeToElement(id)), ct);
}

/// <summary>A medium to be fetched, with what the webhook says of it.</summary>
/// <param name="Media">Our id of it.</param>
/// <param name="WhatsAppId">Meta's.</param>
internal sealed record MediaOrder(Guid Media, string WhatsAppId, string Kind, string MimeType, string? Sha256);
