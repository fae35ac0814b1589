using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FleetChat.Core.Security;

/// <summary>
/// Encrypts one tenant's columns with AES-256-GCM. The associated data names tenant, table, column and row,
/// so that a value copied to another place does not open there.
/// </summary>
/// <remarks>Layout: format (1 byte, 1), key version (2, big endian), nonce (12), tag (16), ciphertext.</remarks>
public sealed class DataKey
{
    private const byte Format = 1;
    private const int HeaderLength = 3;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly string _owner;
    private readonly IReadOnlyDictionary<ushort, byte[]> _keys;
    private readonly ushort _newest;
    private readonly byte[] _indexKey;

    /// <param name="owner">Whose key it is: the tenant's id, or a name for the platform itself.</param>
    /// <param name="keys">32 bytes each, by version; the newest one encrypts.</param>
    /// <param name="indexKey">32 bytes; outlives rotation, because an index that changed would find nothing.</param>
    internal DataKey(string owner, IReadOnlyDictionary<ushort, byte[]> keys, byte[] indexKey)
        => (_owner, _keys, _newest, _indexKey) = (owner, keys, keys.Keys.Max(), indexKey);

    public byte[] Encrypt(Column column, Guid row, string text) => Encrypt(column, row.ToString("N"), Encoding.UTF8.GetBytes(text));

    public byte[] Encrypt(Column column, string row, ReadOnlySpan<byte> plain)
    {
        var sealedValue = new byte[HeaderLength + NonceLength + TagLength + plain.Length];
        sealedValue[0] = Format;
        BinaryPrimitives.WriteUInt16BigEndian(sealedValue.AsSpan(1), _newest);
        var nonce = sealedValue.AsSpan(HeaderLength, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_keys[_newest], TagLength);
        aes.Encrypt(nonce, plain, sealedValue.AsSpan(HeaderLength + NonceLength + TagLength), sealedValue.AsSpan(HeaderLength + NonceLength, TagLength), Context(column, row));
        return sealedValue;
    }

    public string Decrypt(Column column, Guid row, byte[] sealedValue) => Encoding.UTF8.GetString(Decrypt(column, row.ToString("N"), sealedValue));

    /// <exception cref="CryptographicException">Changed, of another place, or of a key that is gone.</exception>
    public byte[] Decrypt(Column column, string row, ReadOnlySpan<byte> sealedValue)
    {
        if (sealedValue.Length < HeaderLength + NonceLength + TagLength || sealedValue[0] != Format)
            throw new CryptographicException($"{column} holds no encrypted value");
        if (!_keys.TryGetValue(BinaryPrimitives.ReadUInt16BigEndian(sealedValue[1..]), out var key))
            throw new CryptographicException($"{column} is encrypted with a key version that is gone");
        var plain = new byte[sealedValue.Length - HeaderLength - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(sealedValue.Slice(HeaderLength, NonceLength), sealedValue[(HeaderLength + NonceLength + TagLength)..],
            sealedValue.Slice(HeaderLength + NonceLength, TagLength), plain, Context(column, row));
        return plain;
    }

    /// <summary>Finds an encrypted value without opening any: HMAC-SHA256 of kind and value, 32 bytes, other for each tenant.</summary>
    public byte[] BlindIndex(string kind, string value) => HMACSHA256.HashData(_indexKey, Encoding.UTF8.GetBytes($"{kind}\0{value}"));

    /// <summary>Finds a message by WhatsApp's id of it, which holds the user's phone number and is written nowhere in clear.</summary>
    public byte[] WamidIndex(string wamid) => BlindIndex("wamid", wamid);

    private byte[] Context(Column column, string row) => Encoding.UTF8.GetBytes($"fleetchat\0{_owner}\0{column.Table}\0{column.Name}\0{row}");
}

/// <summary>The place an encrypted value belongs to.</summary>
public readonly record struct Column(string Table, string Name)
{
    public override string ToString() => $"{Table}.{Name}";
}
