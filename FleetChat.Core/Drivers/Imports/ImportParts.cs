using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>What was handed in, encrypted, part by part.</summary>
internal static class ImportParts
{
    public const int Most = 64;

    public const int LongestPart = 1024 * 1024;

    private const string Insert = """
        insert into fleet.import_parts (tenant_id, import_id, number, content, sha256, length)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant_id, import_id, number) do nothing
        """;

    /// <returns>False if there is one of this number.</returns>
    public static async Task<bool> TryAddAsync(TenantDb db, DataKey key, Guid import, int number, byte[] content, byte[] sha256, CancellationToken ct)
        => await db.ExecuteAsync(Insert, ct, P.Uuid(import), P.Number(number), P.Bytes(key.Encrypt(EncryptedColumns.ImportPart, RowOf(import, number), content)), P.Bytes(sha256), P.Number(content.Length)) == 1;

    private const string FindHash = """
        select sha256
        from fleet.import_parts
        where tenant_id = $1
          and import_id = $2
          and number = $3
        """;

    public static Task<byte[]?> FindHashAsync(TenantDb db, Guid import, int number, CancellationToken ct) => db.FindAsync(FindHash, row => row.Bytes(0), ct, P.Uuid(import), P.Number(number));

    private const string FindContent = """
        select content
        from fleet.import_parts
        where tenant_id = $1
          and import_id = $2
          and number = $3
        """;

    /// <returns>Null: there is no such part.</returns>
    public static Task<byte[]?> FindAsync(TenantDb db, DataKey key, Guid import, int number, CancellationToken ct)
        => db.FindAsync(FindContent, row => key.Decrypt(EncryptedColumns.ImportPart, RowOf(import, number), row.Bytes(0)), ct, P.Uuid(import), P.Number(number));

    private const string ListNumbers = """
        select number
        from fleet.import_parts
        where tenant_id = $1
          and import_id = $2
        order by number
        """;

    public static Task<List<int>> ListAsync(TenantDb db, Guid import, CancellationToken ct) => db.ListAsync(ListNumbers, row => row.GetInt32(0), ct, P.Uuid(import));

    private const string Delete = """
        delete from fleet.import_parts
        where tenant_id = $1
          and import_id = $2
        """;

    /// <summary>All rows have their result: what they came from is nobody's business any more.</summary>
    public static Task DeleteAsync(TenantDb db, Guid import, CancellationToken ct) => db.ExecuteAsync(Delete, ct, P.Uuid(import));

    private static string RowOf(Guid import, int number) => $"{import:N}:{number}";
}

/// <summary>The parts one after the other, one of them in memory at a time.</summary>
internal sealed class PartStream(Func<int, CancellationToken, Task<byte[]?>> find) : ReadOnlyStream
{
    private byte[]? _part = [];
    private int _number;
    private int _at;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
    {
        while (_part is not null && _at == _part.Length) (_part, _at) = (await find(++_number, ct), 0);
        if (_part is null) return 0;
        var read = Math.Min(buffer.Length, _part.Length - _at);
        _part.AsMemory(_at, read).CopyTo(buffer);
        _at += read;
        return read;
    }
}
