using System.Runtime.CompilerServices;
using CsvHelper;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>Rows of CSV.</summary>
internal static class CsvRows
{
    public static IReadOnlyList<string> HeadersOf(string begin, string delimiter)
    {
        using var reader = CsvReader.FromText(begin, Options(delimiter[0], _ => { }));
        try
        {
            return reader.Read() ? [.. reader.Current.ToArray().Select(h => h.Trim())] : [];
        }
        catch (CsvFormatException)
        {
            return [];
        }
    }

    /// <exception cref="FileMalformedException">A quotation mark is open, or a row too long.</exception>
    public static async IAsyncEnumerable<FileRow> ReadAsync(Stream bytes, ImportReading reading, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var rows = new Rows(bytes, reading);
        var fields = reading.Columns.Select(c => c.Field is { } name ? ImportFields.FindByName(name) : null).ToArray();
        if (!await rows.NextAsync(ct)) yield break;
        for (var number = 1; await rows.NextAsync(ct); number++) yield return rows.Read(number, fields);
    }

    private static CsvReaderOptions Options(char? delimiter, Action<CsvMalformedRecord> isMalformed) => new()
    {
        Separator = delimiter,
        HasHeader = false,
        TrackLineNumbers = true,
        MaxRecordSize = ImportFile.LongestRow,
        OnMalformedRecord = isMalformed,
    };

    private sealed class Rows : IAsyncDisposable
    {
        private readonly CsvReader _reader;
        private bool _isMalformed;

        public Rows(Stream bytes, ImportReading reading)
            => _reader = CsvReader.Create(bytes, Options(reading.HasHint ? null : reading.Delimiter![0], Note) with { Encoding = FileLook.EncodingOf(reading.Encoding) }, leaveOpen: false);

        /// <summary>Goes to the next row that is not empty: spreadsheets leave such lines behind.</summary>
        public async Task<bool> NextAsync(CancellationToken ct)
        {
            do
            {
                _isMalformed = false;
                if (!await ReadAsync(ct)) return false;
            }
            while (IsEmpty());
            return true;
        }

        public FileRow Read(int number, ImportField?[] fields)
        {
            var row = _reader.Current;
            var cells = new string?[ImportFields.Count];
            for (var at = 0; at < Math.Min(fields.Length, row.FieldCount); at++)
            {
                if (fields[at] is { } field && row.GetString(at).Trim() is { Length: > 0 } cell) cells[(int)field] = cell;
            }
            return new(number, (int)_reader.LineNumber, cells)
            {
                Fault = _isMalformed ? ImportErrors.RowMalformed : row.FieldCount > fields.Length ? ImportErrors.TooManyCells : row.FieldCount < fields.Length ? ImportErrors.TooFewCells : null,
            };
        }

        public ValueTask DisposeAsync() => _reader.DisposeAsync();

        private async Task<bool> ReadAsync(CancellationToken ct)
        {
            try
            {
                return await _reader.ReadAsync(ct);
            }
            catch (CsvFormatException broken)
            {
                throw new FileMalformedException((int)broken.LineNumber);
            }
        }

        // A quotation mark that is open has swallowed rows: what they say is not known.
        private void Note(CsvMalformedRecord record)
        {
            if (record.Reason == CsvMalformedReason.UnterminatedQuote || record.RawRecord.AsSpan().ContainsAny('\r', '\n')) throw new FileMalformedException((int)record.LineNumber);
            _isMalformed = true;
        }

        private bool IsEmpty()
        {
            var row = _reader.Current;
            for (var at = 0; at < row.FieldCount; at++)
            {
                foreach (var character in row.GetSpan(at))
                {
                    if (character is not ((byte)' ' or (byte)'\t')) return false;
                }
            }
            return true;
        }
    }
}
