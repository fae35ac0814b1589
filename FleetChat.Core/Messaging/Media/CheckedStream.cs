using System.Security.Cryptography;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Media;

/// <summary>Passes a medium's bytes on while it checks them: their beginning before the first is passed on, their number all the time, their hash before the end is told.</summary>
/// <param name="sha256">What the hash has to be; null if nobody said.</param>
internal sealed class CheckedStream(Stream source, string type, long longest, byte[]? sha256) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[]? _beginning;
    private int _given;

    /// <summary>So far.</summary>
    public long Size { get; private set; }

    /// <summary>Null until the end.</summary>
    public byte[]? Sha256 { get; private set; }

    /// <exception cref="MediaException">These are not the bytes that were promised.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
    {
        if (buffer.Length == 0 || Sha256 is not null) return 0;
        _beginning ??= await ReadBeginningAsync(ct);
        var count = await NextAsync(_beginning, buffer, ct);
        Size += count;
        if (Size > longest) throw new MediaException(MediaFailure.Refused, "too_large");
        _hash.AppendData(buffer.Span[..count]);
        if (count == 0) End();
        return count;
    }

    private async Task<byte[]> ReadBeginningAsync(CancellationToken ct)
    {
        var beginning = new byte[MediaKinds.BeginningLength];
        var length = await source.ReadAtLeastAsync(beginning, beginning.Length, throwOnEndOfStream: false, ct);
        if (length == 0) throw new MediaException(MediaFailure.Gone, "empty");
        return MediaKinds.Agrees(type, beginning.AsSpan(0, length)) ? beginning[..length] : throw new MediaException(MediaFailure.Refused, "type_differs");
    }

    private async ValueTask<int> NextAsync(byte[] beginning, Memory<byte> buffer, CancellationToken ct)
    {
        if (_given == beginning.Length) return await source.ReadAsync(buffer, ct);
        var count = Math.Min(buffer.Length, beginning.Length - _given);
        beginning.AsMemory(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }

    // Cut short on the way, or changed there: the next download may be whole.
    private void End()
    {
        Sha256 = _hash.GetHashAndReset();
        if (sha256 is not null && !CryptographicOperations.FixedTimeEquals(sha256, Sha256)) throw new MediaException(MediaFailure.Gone, "hash_differs");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _hash.Dispose();
        base.Dispose(disposing);
    }
}
