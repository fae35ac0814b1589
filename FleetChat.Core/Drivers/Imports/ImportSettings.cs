using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using FleetChat.Core.Consent;
using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>What a company asks for.</summary>
/// <param name="Source">One of <see cref="Sources"/>.</param>
/// <param name="Columns">By header the field that it is: one of <see cref="ImportFields.Names"/>, or <see cref="ImportFields.Ignore"/>. What is not named here is guessed.</param>
/// <param name="Delimiter">One of <see cref="Delimiters"/>; null: it is looked for.</param>
/// <param name="Encoding">One of <see cref="Encodings"/>; null: it is looked for.</param>
/// <param name="DateFormat">One of <see cref="DateFormats"/>: how dates that are not ISO 8601 are written.</param>
/// <param name="OptIn">What holds for every row with consent that does not say otherwise.</param>
/// <param name="DryRun">Says what would become of each row, and changes nothing.</param>
public sealed record ImportSettings(
    [OneOf(typeof(ImportSettings), nameof(ImportSettings.Sources)), Required] string? Source = null,
    bool DryRun = false,
    IReadOnlyDictionary<string, string>? Columns = null,
    [OneOf(typeof(ImportSettings), nameof(ImportSettings.Delimiters))] string? Delimiter = null,
    [OneOf(typeof(ImportSettings), nameof(ImportSettings.Encodings))] string? Encoding = null,
    [OneOf(typeof(ImportSettings), nameof(ImportSettings.DateFormats))] string? DateFormat = null,
    OptIn? OptIn = null)
{
    public const string Csv = "csv";
    public const string Json = "json";
    public const string Samsara = "samsara";

    public static readonly IReadOnlyList<string> Sources = [Csv, Json, Samsara];
    public static readonly IReadOnlyList<string> Delimiters = [",", ";", "\t", "|"];
    public static readonly IReadOnlyList<string> Encodings = ["utf-8", "utf-16", "utf-16be", "windows-1252"];
    public static readonly IReadOnlyList<string> DateFormats = ["iso", "mdy", "dmy"];

    internal const int MostColumns = 200;
    private const int LongestHeader = 200;

    private static readonly Error SourceMissing = Invalid("source", $"Say what is imported: {string.Join(", ", Sources)}.");
    private static readonly Error SourceUnknown = Invalid("source", $"Give one of: {string.Join(", ", Sources)}.");
    private static readonly Error DelimiterUnknown = Invalid("delimiter", "Give a comma, a semicolon, a tab or a bar, or leave it out.");
    private static readonly Error EncodingUnknown = Invalid("encoding", $"Give one of: {string.Join(", ", Encodings)}, or leave it out.");
    private static readonly Error DateFormatUnknown = Invalid("date_format", $"Give one of: {string.Join(", ", DateFormats)}.");
    private static readonly Error TooManyColumns = Invalid("columns", $"Name at most {MostColumns} columns.");
    private static readonly Error ColumnUnknown = Invalid("columns", $"For each header give one of: {string.Join(", ", ImportFields.Names)}, {ImportFields.Ignore}.");
    private static readonly Error ColumnTwice = Invalid("columns", "Give each field to one column.");

    public Error? FindFault() => this switch
    {
        { Source: null } => SourceMissing,
        { Source: var source } when !Sources.Contains(source) => SourceUnknown,
        { Delimiter: { } delimiter } when !Delimiters.Contains(delimiter) => DelimiterUnknown,
        { Encoding: { } encoding } when !Encodings.Contains(encoding) => EncodingUnknown,
        { DateFormat: { } format } when !DateFormats.Contains(format) => DateFormatUnknown,
        { Columns.Count: > MostColumns } => TooManyColumns,
        { Columns: { } columns } when columns.Any(c => c.Key.Length > LongestHeader || (c.Value != ImportFields.Ignore && ImportFields.FindByName(c.Value) is null)) => ColumnUnknown,
        { Columns: { } columns } when columns.Values.Where(v => v != ImportFields.Ignore).GroupBy(v => v).Any(g => g.Count() > 1) => ColumnTwice,
        _ => null,
    };

    internal byte[] Seal(DataKey key, Guid import) => key.Encrypt(EncryptedColumns.ImportSettings, import.ToString("N"), JsonSerializer.SerializeToUtf8Bytes(this));

    internal static ImportSettings Open(DataKey key, Guid import, byte[] settings) => JsonSerializer.Deserialize<ImportSettings>(key.Decrypt(EncryptedColumns.ImportSettings, import.ToString("N"), settings))!;

    private static Error Invalid(string field, string message) => Error.Invalid("imports.settings_invalid", message, $"$.{field}");
}

/// <summary>A column as it was understood.</summary>
/// <param name="Field">One of <see cref="ImportFields.Names"/>; null: it is passed over.</param>
public sealed record ImportColumn(string Header, string? Field);

/// <summary>How a file is read.</summary>
/// <param name="Encoding">One of <see cref="ImportSettings.Encodings"/>.</param>
/// <param name="Delimiter">Of CSV.</param>
/// <param name="HasHint">Its first line says the delimiter (<c>sep=;</c>), as Excel writes it.</param>
public sealed record ImportReading(string Encoding, string? Delimiter, bool HasHint, IReadOnlyList<ImportColumn> Columns)
{
    internal bool HasTooManyColumns => Columns.Count > ImportSettings.MostColumns;

    internal byte[] Seal(DataKey key, Guid import) => key.Encrypt(EncryptedColumns.ImportReading, import.ToString("N"), JsonSerializer.SerializeToUtf8Bytes(this));

    internal static ImportReading Open(DataKey key, Guid import, byte[] reading) => JsonSerializer.Deserialize<ImportReading>(key.Decrypt(EncryptedColumns.ImportReading, import.ToString("N"), reading))!;
}
