using System.Buffers.Binary;
using System.Security.Cryptography;
using FleetChat.Core.Security;

namespace FleetChat.Core.Messaging.Media;

/// <summary>
/// Encrypts media in pieces, so that a hundred megabytes need the memory of one. Each piece is bound to tenant, medium and
/// position, the last one to being the last: cut, swapped or copied to another place, nothing opens.
/// </summary>
/// <remarks>Layout: format (1 byte, 1), then for each piece its length (4, big endian) and <see cref="DataKey"/>'s sealed value.</remarks>
public static class MediaCipher
{
    public const int PieceLength = 64 * 1024;

    private const byte Format = 1;
    private const int LongestSealed = PieceLength + 100;

    /// <summary>The encrypted form of what is read from a stream. A failure to read that one is a failure to read this one.</summary>
    public static Stream Seal(DataKey key, Guid media, Stream plain) => new SealingStream(key, media, plain);

    /// <exception cref="CryptographicException">Changed, cut, of another medium, or of a key that is gone. Pieces that are right may have been written before.</exception>
    public static async Task OpenAsync(DataKey key, Guid media, Stream content, Stream plain, CancellationToken ct)
    {
        var prefix = new byte[4];
        if (await content.ReadAtLeastAsync(prefix.AsMemory(0, 1), 1, throwOnEndOfStream: false, ct) == 0 || prefix[0] != Format)
            throw new CryptographicException("this is no encrypted medium");
        var piece = await ReadPieceAsync(content, prefix, ct) ?? throw new CryptographicException("the medium has no end");
        for (var position = 0; ; position++)
        {
            var next = await ReadPieceAsync(content, prefix, ct);
            await plain.WriteAsync(key.Decrypt(EncryptedColumns.MediaContent, Row(media, position, isLast: next is null), piece), ct);
            if (next is null) return;
            piece = next;
        }
    }

    private static async Task<byte[]?> ReadPieceAsync(Stream content, byte[] prefix, CancellationToken ct)
    {
        var read = await content.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, ct);
        if (read == 0) return null;
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (read < prefix.Length || length is < 0 or > LongestSealed) throw new CryptographicException("the medium is cut");
        var piece = new byte[length];
        if (await content.ReadAtLeastAsync(piece, length, throwOnEndOfStream: false, ct) < length) throw new CryptographicException("the medium is cut");
        return piece;
    }

    private static string Row(Guid media, int position, bool isLast) => $"{media:N}:{position}{(isLast ? ":end" : "")}";

    private sealed class SealingStream(DataKey key, Guid media, Stream plain) : ReadOnlyStream
    {
        private byte[] _ready = [Format];
        private int _given;
        private byte[] _piece = new byte[PieceLength];
        private byte[] _ahead = new byte[PieceLength];
        private int _aheadLength = -1;
        private int _position;
        private bool _isOver;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
        {
            if (buffer.Length == 0) return 0;
            if (_given == _ready.Length && !await TryPrepareAsync(ct)) return 0;
            var count = Math.Min(buffer.Length, _ready.Length - _given);
            _ready.AsMemory(_given, count).CopyTo(buffer);
            _given += count;
            return count;
        }

        // Whether a piece is the last one, only the next one tells.
        private async Task<bool> TryPrepareAsync(CancellationToken ct)
        {
            if (_isOver) return false;
            if (_aheadLength < 0) _aheadLength = await plain.ReadAtLeastAsync(_ahead, PieceLength, throwOnEndOfStream: false, ct);
            (_piece, _ahead) = (_ahead, _piece);
            var length = _aheadLength;
            _aheadLength = length < PieceLength ? 0 : await plain.ReadAtLeastAsync(_ahead, PieceLength, throwOnEndOfStream: false, ct);
            _isOver = _aheadLength == 0;
            var sealedPiece = key.Encrypt(EncryptedColumns.MediaContent, Row(media, _position++, _isOver), _piece.AsSpan(0, length));
            _ready = new byte[4 + sealedPiece.Length];
            BinaryPrimitives.WriteInt32BigEndian(_ready, sealedPiece.Length);
            sealedPiece.CopyTo(_ready, 4);
            _given = 0;
            return true;
        }
    }
}
