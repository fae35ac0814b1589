using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Data;

/// <param name="Limit">1 to 200.</param>
/// <param name="Cursor">Where to go on: <c>next_cursor</c> of the page before; null for the first page.</param>
public sealed record PageRequest(int Limit, string? Cursor)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;
}

/// <param name="NextCursor">Null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor);

/// <summary>A row's place in a list that is ordered by a time and an id.</summary>
public readonly record struct Position(DateTimeOffset Time, Guid Id)
{
    /// <summary>Before all rows of a list that begins with the oldest.</summary>
    public static readonly Position BeforeOldest = new(DateTimeOffset.MinValue, Guid.Empty);

    /// <summary>Before all rows of a list that begins with the newest.</summary>
    public static readonly Position BeforeNewest = new(DateTimeOffset.MaxValue, Guid.AllBitsSet);
}

/// <summary>
/// Pages by cursor. A cursor is a position with an HMAC of the tenant's own key over it, the list and its filters:
/// altered, or taken to another list, filter or tenant, it is refused.
/// </summary>
public sealed class Pages(DataKeys keys)
{
    public static readonly Error CursorInvalid = Error.Invalid(
        "request.cursor_invalid", "Give next_cursor of the page before, with the same filters, or leave the cursor out to begin anew.", "cursor");

    /// <param name="list">The list with its filters, as one text.</param>
    /// <param name="first">Where the list begins: <see cref="Position.BeforeNewest"/> or <see cref="Position.BeforeOldest"/>.</param>
    public async Task<Result<PageWindow>> OpenAsync(TenantId tenant, string list, Position first, PageRequest page, CancellationToken ct)
        => Open(await keys.GetAsync(tenant, ct), list, first, page);

    /// <summary>As <see cref="OpenAsync"/>, of what is FleetChat's own.</summary>
    public async Task<Result<PageWindow>> OpenForPlatformAsync(string list, Position first, PageRequest page, CancellationToken ct)
        => Open(await keys.GetPlatformAsync(ct), list, first, page);

    private static Result<PageWindow> Open(DataKey key, string list, Position first, PageRequest page)
    {
        if (page.Cursor is null) return new PageWindow(key, list, page.Limit, first);
        return PageWindow.TryOpen(key, list, page.Cursor) is { } after ? new PageWindow(key, list, page.Limit, after) : CursorInvalid;
    }
}

/// <summary>The part of a list that was asked for.</summary>
public sealed class PageWindow
{
    private const int TimeLength = 8;
    private const int PositionLength = TimeLength + 16;
    private const int CodeLength = 16;

    private readonly string _list;
    private readonly int _limit;

    internal PageWindow(DataKey key, string list, int limit, Position after) => (Key, _list, _limit, After) = (key, list, limit, after);

    /// <summary>The tenant's key, for what the rows hold encrypted.</summary>
    public DataKey Key { get; }

    public Position After { get; }

    /// <summary>How many rows to read: one more than wanted tells whether there is a next page.</summary>
    public NpgsqlParameter Rows => P.Number(_limit + 1);

    public Page<T> Page<T>(List<T> rows, Func<T, Position> position)
    {
        if (rows.Count <= _limit) return new(rows, null);
        rows.RemoveRange(_limit, rows.Count - _limit);
        return new(rows, Seal(position(rows[^1])));
    }

    internal static Position? TryOpen(DataKey key, string list, string cursor)
    {
        Span<byte> bytes = stackalloc byte[PositionLength + CodeLength];
        if (cursor.Length != Base64Url.GetEncodedLength(bytes.Length)) return null;
        if (!Base64Url.IsValid(cursor) || !Base64Url.TryDecodeFromChars(cursor, bytes, out var length) || length != bytes.Length) return null;
        var position = bytes[..PositionLength];
        if (!CryptographicOperations.FixedTimeEquals(bytes[PositionLength..], Code(key, list, position))) return null;
        return new(new(BinaryPrimitives.ReadInt64BigEndian(position), TimeSpan.Zero), new(position[TimeLength..], bigEndian: true));
    }

    private string Seal(Position position)
    {
        Span<byte> bytes = stackalloc byte[PositionLength + CodeLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, position.Time.UtcTicks);
        position.Id.TryWriteBytes(bytes[TimeLength..], bigEndian: true, out _);
        Code(Key, _list, bytes[..PositionLength]).CopyTo(bytes[PositionLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    private static ReadOnlySpan<byte> Code(DataKey key, string list, ReadOnlySpan<byte> position)
        => key.BlindIndex("cursor", $"{list}\0{Convert.ToHexString(position)}").AsSpan(0, CodeLength);
}
