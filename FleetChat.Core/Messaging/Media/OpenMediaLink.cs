using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Messaging.Media;

/// <summary>A medium's bytes, to be written once.</summary>
/// <param name="FileName">As its sender called it; null if he did not.</param>
public sealed record OpenedMedia(Guid Id, string MimeType, string? FileName, Func<Stream, CancellationToken, Task> WriteAsync);

/// <summary>Gives a medium to whoever has a link to it.</summary>
public sealed class OpenMediaLink(SignedLinks links, IMediaStore store, TenantDbs dbs, DataKeys keys)
{
    /// <returns>Null for a link that is wrong, over, or leads nowhere any more: nobody is told which.</returns>
    public async Task<OpenedMedia?> HandleAsync(string token, CancellationToken ct)
    {
        if (await links.TryReadAsync(MediaLinks.Purpose, token, ct) is not var (tenant, id)) return null;
        var key = await keys.GetAsync(tenant, ct);
        if (await MediaSql.FindAsync(dbs.For(tenant), new(key), id, ct) is not { State: MediaState.Fetched, MimeType: { } type } media) return null;
        return await store.OpenAsync(MediaSql.NameOf(tenant, id), ct) is { } content
            ? new(id, type, media.Content?.Media?.FileName, WriteAsync)
            : null;

        async Task WriteAsync(Stream plain, CancellationToken token)
        {
            await using (content) await MediaCipher.OpenAsync(key, id, content, plain, token);
        }
    }
}
