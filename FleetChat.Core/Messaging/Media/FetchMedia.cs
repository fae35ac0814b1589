using System.Security.Cryptography;
using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Media;

/// <summary>Fetches a medium from Meta and keeps it encrypted. What can't be had is put before a dispatcher, who asks for it again.</summary>
public sealed class FetchMedia(IWhatsAppMedia outside, IMediaStore store, TenantDbs dbs, DataKeys keys, TimeProvider time) : ICallHandler
{
    public const string Kind = "media.fetch";

    private const string FetchedOutcome = "fetched";

    /// <summary>A medium that is not there may be there in a moment; after so many looks it won't.</summary>
    private const int LooksForMissing = 5;

    /// <summary>Before the calls' own count of attempts ends: an outage of a day must not cost a photo that Meta keeps for seven.</summary>
    private const int AttemptsInARow = 10;

    private static readonly TimeSpan KeptByMeta = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongDelay = TimeSpan.FromMinutes(30);

    public bool Handles(string kind) => kind == Kind;

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var order = call.Content.Deserialize<MediaOrder>()!;
        var key = await keys.GetAsync(tenant.Tenant, ct);
        var result = await MediaSql.FindAsync(dbs.For(tenant.Tenant), new(key), order.Media, ct) is { State: MediaState.Waiting }
            ? await TryAsync(call, order, tenant, key, ct)
            : CallResult.Done("not wanted any more");
        // An earlier attempt may have died between its last byte and its end.
        if (result is { Ending: CallEnding.Done, Outcome: not FetchedOutcome }) await store.DeleteAsync(MediaSql.NameOf(tenant.Tenant, order.Media), ct);
        return result;
    }

    private async Task<CallResult> TryAsync(Call call, MediaOrder order, TenantSettings tenant, DataKey key, CancellationToken ct)
    {
        if (MediaKinds.FindType(order.Kind, order.MimeType) is not { } type) return Failed(order, "type_not_allowed");
        try
        {
            var fetched = await FetchAsync(order, type, tenant, key, ct);
            return CallResult.Done(FetchedOutcome, (processing, token) => KeepAsync(processing, call, order, type, fetched, token));
        }
        catch (MediaException failure)
        {
            return ResultOf(failure, call, order);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            return ResultOf(new(MediaFailure.Transient, "broken_off", inner: failure), call, order);
        }
    }

    private async Task<Fetched> FetchAsync(MediaOrder order, string type, TenantSettings tenant, DataKey key, CancellationToken ct)
    {
        if (tenant is not { WhatsAppAccessToken: { } token, PhoneNumberId: { } number }) throw new MediaException(MediaFailure.Transient, "no_number");
        var link = await outside.FindAsync(token, number, order.WhatsAppId, ct);
        Stream bytes;
        try
        {
            bytes = await outside.OpenAsync(token, link.Url, ct);
        }
        catch (MediaException gone) when (gone.Failure == MediaFailure.Gone)
        {
            // The link ran out meanwhile, as Meta says that they do: there is a new one for the asking.
            link = await outside.FindAsync(token, number, order.WhatsAppId, ct);
            bytes = await outside.OpenAsync(token, link.Url, ct);
        }
        await using var source = bytes;
        await using var plain = new CheckedStream(source, type, MediaKinds.LongestOf(order.Kind), ReadHash(order.Sha256) ?? ReadHash(link.Sha256));
        await using var sealedStream = MediaCipher.Seal(key, order.Media, plain);
        await store.WriteAsync(MediaSql.NameOf(tenant.Tenant, order.Media), sealedStream, ct);
        return new(plain.Size, key.BlindIndex("media_sha256", Convert.ToHexStringLower(plain.Sha256!)));
    }

    // Base64 in webhooks, as hex digits too in Meta's answers.
    private static byte[]? ReadHash(string? said)
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        if (said is null) return null;
        if (said.Length == 2 * bytes.Length) return Convert.FromHexString(said, bytes, out _, out _) == System.Buffers.OperationStatus.Done ? bytes : null;
        return Convert.TryFromBase64String(said, bytes, out var length) && length == bytes.Length ? bytes : null;
    }

    private CallResult ResultOf(MediaException failure, Call call, MediaOrder order) => failure.Failure switch
    {
        MediaFailure.Refused => Failed(order, failure.Reason),
        MediaFailure.Gone when call.Attempts >= LooksForMissing => Failed(order, failure.Reason),
        MediaFailure.TooMany => CallResult.TooMany(time.GetUtcNow() + (failure.RetryAfter ?? TimeSpan.FromMinutes(1))),
        MediaFailure.Transient when time.GetUtcNow() - call.CreatedAt > KeptByMeta => Failed(order, failure.Reason),
        MediaFailure.Transient when call.Attempts >= AttemptsInARow => CallResult.Repeat(failure.Reason, time.GetUtcNow() + LongDelay),
        _ => CallResult.Retry(failure.Reason),
    };

    // Taken back while it was being fetched: the bytes that are there by now go again.
    private static async Task KeepAsync(Processing processing, Call call, MediaOrder order, string type, Fetched fetched, CancellationToken ct)
    {
        if (!await MediaSql.TrySetFetchedAsync(processing.Db, order.Media, type, fetched.Size, fetched.Sha256Index, processing.Settings.TimeZone, processing.Time.GetUtcNow(), ct))
            await InboundMedia.OrderErasureAsync(processing, order.Media, $"late:{call.Attempts}", ct);
    }

    private static CallResult Failed(MediaOrder order, string reason) => CallResult.Done($"failed: {reason}", async (processing, ct) =>
    {
        if (await MediaSql.SetFailedAsync(processing.Db, order.Media, reason, ct) is { } about)
            await MessageSql.AddEntryAsync(processing.Db, processing.Time, about.Conversation, about.Message, about.Driver, DispatcherReasons.MediaFailed, about.At, ct);
    });

    private sealed record Fetched(long Size, byte[] Sha256Index);
}

/// <summary>Deletes a medium's bytes.</summary>
public sealed class EraseMedia(IMediaStore store) : ICallHandler
{
    public const string Kind = "media.erase";

    public bool Handles(string kind) => kind == Kind;

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        await store.DeleteAsync(MediaSql.NameOf(tenant.Tenant, call.Content.GetGuid()), ct);
        return CallResult.Done("erased");
    }
}
