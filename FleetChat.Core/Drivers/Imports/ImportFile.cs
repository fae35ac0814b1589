using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>Rows of what was handed in, read part by part: no more than one is in memory.</summary>
internal static class ImportFile
{
    /// <summary>Parts have room for millions of rows that say nothing.</summary>
    public const int MostRows = 200_000;

    /// <summary>Bytes of UTF-8. Somebody's open quotation mark must not take the whole file into memory as one cell.</summary>
    public const int LongestRow = 64 * 1024;

    /// <exception cref="FileMalformedException">From there on it can't be read.</exception>
    public static IAsyncEnumerable<FileRow> ReadAsync(TenantDb db, DataKey key, Import import, CancellationToken ct)
    {
        var parts = new PartStream((number, token) => number <= import.Parts ? ImportParts.FindAsync(db, key, import.Id, number, token) : Task.FromResult<byte[]?>(null));
        return import.Settings.Source == ImportSettings.Csv ? CsvRows.ReadAsync(parts, import.Reading!, ct) : JsonRows.ReadAsync(parts, import.Reading?.Encoding, import.Settings, ct);
    }

    /// <exception cref="FileMalformedException">It can't be read to its end, or has too many rows.</exception>
    public static async Task<int> CountAsync(TenantDb db, DataKey key, Import import, CancellationToken ct)
    {
        var rows = 0;
        await foreach (var row in ReadAsync(db, key, import, ct))
        {
            if (++rows > MostRows) throw new FileMalformedException(row.Line, ImportErrors.TooManyRows);
        }
        return rows;
    }
}
