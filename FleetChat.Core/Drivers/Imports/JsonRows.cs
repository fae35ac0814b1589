using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>Rows of JSON: an array of objects, or one object after the other.</summary>
internal static class JsonRows
{
    private const string OptIn = "opt_in";

    private static readonly JsonSerializerOptions s_options = new() { MaxDepth = 8, DefaultBufferSize = ImportFile.LongestRow };

    /// <exception cref="FileMalformedException">It is no JSON from here on, or a row that is too long.</exception>
    public static async IAsyncEnumerable<FileRow> ReadAsync(Stream bytes, string? encoding, ImportSettings settings, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var utf8 = Encoding.CreateTranscodingStream(bytes, FileLook.EncodingOf(encoding ?? FileLook.Utf8), Encoding.UTF8, leaveOpen: true);
        await using var whole = await BeginAsync(utf8, ct);
        var known = new Dictionary<string, ImportField?>();
        await using var items = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(whole, topLevelValues: !whole.IsArray, s_options, ct).GetAsyncEnumerator(ct);
        for (var number = 1; await NextAsync(items, whole, number); number++) yield return Row(number, items.Current, settings, known);
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<JsonElement> items, Begun whole, int number)
    {
        whole.Begins(number);
        try
        {
            if (!await items.MoveNextAsync()) return false;
            return JsonMarshal.GetRawUtf8Value(items.Current).Length <= ImportFile.LongestRow ? true : throw new FileMalformedException(number);
        }
        catch (JsonException broken)
        {
            throw new FileMalformedException((int)Math.Min(broken.LineNumber + 1 ?? number, int.MaxValue));
        }
    }

    private static FileRow Row(int number, JsonElement item, ImportSettings settings, Dictionary<string, ImportField?> known)
    {
        var cells = new string?[ImportFields.Count];
        try
        {
            if (item.ValueKind != JsonValueKind.Object) return Faulty();
            foreach (var member in item.EnumerateObject())
            {
                if (member.Name == OptIn && member.Value.ValueKind == JsonValueKind.Object)
                {
                    foreach (var part in member.Value.EnumerateObject())
                    {
                        if (ImportFields.FindByName($"{OptIn}.{part.Name}") is { } field && !TrySet(field, part.Value)) return Faulty();
                    }
                }
                else if (FieldOf(member.Name, settings, known) is { } field && !TrySet(field, member.Value)) return Faulty();
            }
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair is no text.
            return Faulty();
        }
        return new(number, number, cells);

        FileRow Faulty() => new(number, number, cells) { Fault = ImportErrors.RowIsNoObject };

        bool TrySet(ImportField field, JsonElement value)
        {
            if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) return false;
            var text = value.ValueKind switch { JsonValueKind.Null => null, JsonValueKind.String => value.GetString(), JsonValueKind.True => "yes", JsonValueKind.False => "no", _ => value.GetRawText() };
            if (text?.Trim() is { Length: > 0 } cell) cells[(int)field] ??= cell;
            return true;
        }
    }

    // Members of different objects may differ: each name is understood by itself.
    private static ImportField? FieldOf(string name, ImportSettings settings, Dictionary<string, ImportField?> known)
    {
        // Written by ourselves.
        if (settings.Source == ImportSettings.Samsara) return name == ImportFields.NameOf(ImportField.TimeZone) ? ImportField.TimeZone : ImportFields.FindByName(name);
        if (known.TryGetValue(name, out var field)) return field;
        if (known.Count < 1000) known[name] = field = ImportFields.Understand([name], settings.Columns)[0];
        return field;
    }

    private static async Task<Begun> BeginAsync(Stream utf8, CancellationToken ct)
    {
        var first = new byte[1];
        var skipsMark = 3;
        while (await utf8.ReadAsync(first, ct) == 1)
        {
            if (first[0] is 0xEF or 0xBB or 0xBF && skipsMark-- > 0) continue;
            if (first[0] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') continue;
            return new(first, utf8);
        }
        return new([], utf8);
    }

    /// <summary>The stream with its first byte, which was looked at. A row that never ends is not read to the end: it would lie in memory, as long as the file.</summary>
    private sealed class Begun(byte[] first, Stream rest) : ReadOnlyStream
    {
        /// <summary>A row's bytes come with some of those behind it.</summary>
        private const int MostAtOnce = 4 * ImportFile.LongestRow;

        private int _at;
        private int _row;
        private int _read;

        public bool IsArray => first is [(byte)'['];

        /// <summary>From here on the reader looks for the end of this row.</summary>
        public void Begins(int row) => (_row, _read) = (row, 0);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
        {
            if (_at == first.Length || buffer.Length == 0)
            {
                var read = await rest.ReadAsync(buffer, ct);
                _read += read;
                return _read <= MostAtOnce ? read : throw new FileMalformedException(_row);
            }
            buffer.Span[0] = first[_at++];
            return 1;
        }
    }
}
