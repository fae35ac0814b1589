using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using FleetChat.Core.Drivers.Imports;

namespace FleetChat.Tests.Drivers.Imports;

/// <summary>What a file says, whoever cut it into parts.</summary>
public sealed class ImportFileTests
{
    private static readonly int Files = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 50_000 : 1_000;

    private static readonly ImportField[] s_fields = [ImportField.SamsaraDriverId, ImportField.Name, ImportField.Phone, ImportField.Reference, ImportField.Text];

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What has to be quoted, takes several bytes, or is half of something; 'é' in Windows-1252 is no UTF-8.
    private static readonly Gen<string> Cell = Gen.OneOf("a", "Peña", "é", "𝄞", "\"", "\"\"", ",", ";", "\t", "|", "\r\n", "\n", "\r", " ", "'").Array[0, 6].Select(string.Concat);

    private static readonly Gen<Roster> Rosters = Gen.Select(
        Cell.Array[s_fields.Length].Array[0, 8], Gen.OneOf("utf-8", "utf-8-bom", "utf-16", "utf-16-bom", "utf-16be", "utf-16be-bom", "windows-1252"), Gen.OneOf(",", ";", "\t", "|"),
        Gen.OneOf("\r\n", "\n"), Gen.Bool, Gen.Int[1, 9_999].Array[0, 9],
        (rows, encoding, delimiter, end, isWhole, cuts) => new Roster(rows, encoding, delimiter, end, isWhole, cuts));

    [Fact]
    public Task Rows_of_CSV_are_the_same_wherever_it_is_cut() => Rosters.SampleAsync(async roster =>
    {
        var said = await ReadAsync(roster.Cut(roster.Csv()), new(ImportSettings.Csv));

        // Lines in which nothing stands are none.
        Assert.Equal(roster.Rows.Where(row => row.Any(cell => cell.Trim(' ', '\t').Length > 0)).Select(roster.Say), said);
    }, iter: Files);

    [Fact]
    public Task Rows_of_JSON_are_the_same_wherever_it_is_cut() => Rosters.SampleAsync(async roster =>
    {
        var said = await ReadAsync(roster.Cut(roster.Json()), new(ImportSettings.Json));

        Assert.Equal(roster.Rows.Select(roster.Say), said);
    }, iter: Files);

    /// <summary>As an import does that is whole.</summary>
    private static async Task<List<string>> ReadAsync(byte[][] parts, ImportSettings settings)
    {
        var utf8 = new Utf8Check();
        foreach (var part in parts) utf8.Takes(part);
        var reading = FileLook.Of(settings, parts.SelectMany(part => part).ToArray(), utf8.Ends());
        var bytes = new PartStream((number, _) => Task.FromResult(number <= parts.Length ? parts[number - 1] : null));
        var said = new List<string>();
        await foreach (var row in settings.Source == ImportSettings.Csv ? CsvRows.ReadAsync(bytes, reading, default) : JsonRows.ReadAsync(bytes, reading.Encoding, settings, default))
        {
            Assert.Null(row.Fault);
            Assert.Equal(said.Count + 1, row.Number);
            said.Add(Say(s_fields.Select(field => row[field])));
        }
        return said;
    }

    private static string Say(IEnumerable<string?> cells) => JsonSerializer.Serialize(cells);

    private sealed record Roster(string[][] Rows, string Encoding, string Delimiter, string End, bool IsWhole, int[] Cuts)
    {
        private static readonly string[] s_names = [.. s_fields.Select(ImportFields.NameOf)];

        private Encoding Letters => FileLook.EncodingOf(Encoding.Replace("-bom", "", StringComparison.Ordinal));

        public byte[] Csv() => BytesOf(string.Concat(Rows.Prepend(s_names).Select(row => string.Join(Delimiter, row.Select(Quote)) + End)));

        /// <summary>An array, or one object after the other.</summary>
        public byte[] Json()
        {
            // It escapes what lies beyond the first plane all the same.
            var objects = Rows.Select(row => JsonSerializer.Serialize(s_names.Zip(row).ToDictionary(cell => cell.First, cell => cell.Second), s_plain).Replace("\\uD834\\uDD1E", "𝄞", StringComparison.Ordinal));
            return BytesOf(IsWhole ? $"[{string.Join($",{End}", objects)}]" : string.Join(End, objects));
        }

        /// <summary>Behind each byte, or somewhere.</summary>
        public byte[][] Cut(byte[] file)
        {
            int[] ends = Cuts.Length == 0 ? [.. Enumerable.Range(1, file.Length)] : [.. Cuts.Select(cut => file.Length * cut / 10_000).Append(file.Length).Where(end => end > 0).Distinct().Order()];
            return [.. ends.Select((end, at) => file[(at == 0 ? 0 : ends[at - 1])..end])];
        }

        /// <summary>What an encoding lacks is not in the file.</summary>
        public string Say(string[] row) => ImportFileTests.Say(row.Select(cell => Letters.GetString(Letters.GetBytes(cell)).Trim() is { Length: > 0 } text ? text : null));

        private string Quote(string cell) => cell.AsSpan().ContainsAny(['"', '\r', '\n', Delimiter[0]]) ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

        private byte[] BytesOf(string text) => Letters.GetBytes(Encoding.EndsWith("-bom", StringComparison.Ordinal) ? $"\uFEFF{text}" : text);
    }
}
