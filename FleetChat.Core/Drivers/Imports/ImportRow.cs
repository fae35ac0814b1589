using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using FleetChat.Core.Consent;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>A row as it was understood, without a look at the roster.</summary>
internal sealed record ImportRow(FileRow Row, string? SamsaraId, string? Name, PhoneReading Phone, string? Language)
{
    private const int LongestCell = 4000;
    private const int LongestReference = 100;

    private static readonly Dictionary<string, string> s_languages = new(StringComparer.Ordinal)
    {
        ["english"] = Languages.English, ["ingles"] = Languages.English, ["anglais"] = Languages.English, ["eng"] = Languages.English,
        ["spanish"] = Languages.Spanish, ["espanol"] = Languages.Spanish, ["castellano"] = Languages.Spanish, ["espagnol"] = Languages.Spanish, ["spa"] = Languages.Spanish,
        ["french"] = Languages.French, ["francais"] = Languages.French, ["frances"] = Languages.French, ["fra"] = Languages.French,
    };

    private static readonly Dictionary<string, string> s_methods = new(StringComparer.Ordinal)
    {
        ["papel"] = "paper", ["papier"] = "paper", ["webform"] = "web_form", ["web"] = "web_form", ["oral"] = "spoken", ["verbal"] = "spoken", ["hablado"] = "spoken",
    };

    private static readonly string[] s_yes = ["yes", "y", "si", "s", "oui", "o", "true", "1", "x"];
    private static readonly string[] s_no = ["no", "n", "non", "false", "0"];

    /// <summary>Why it is refused, whatever the roster says.</summary>
    public Error? Fault { get; init; }

    public OptIn? OptIn { get; init; }

    public string? TimeZone { get; init; }

    public string? PhoneText { get; init; }

    /// <summary>Blind index of the phone; null: none can be read.</summary>
    public byte[]? PhoneIndex { get; init; }

    public string? Reference => Row[ImportField.Reference] is { } reference ? reference[..Math.Min(reference.Length, LongestReference)] : null;

    /// <summary>Reads a row. Much of it is work for the processor, and none for anybody else.</summary>
    public static ImportRow Read(FileRow row, ImportSettings settings, TenantSettings tenant, DataKey key, DateTimeOffset now)
    {
        var phoneText = row[ImportField.Phone];
        var phone = phoneText is null ? default : PhoneReading.Of(phoneText, tenant.Country);
        var read = new ImportRow(row, row[ImportField.SamsaraDriverId], NameOf(row), phone, LanguageOf(row[ImportField.Language]))
        {
            TimeZone = row[ImportField.TimeZone],
            PhoneText = phoneText,
            PhoneIndex = phone.Number is { } number ? ChatIdentity.Of(number).Index(key) : null,
        };
        if (FindFault(read, settings.Source == ImportSettings.Samsara) is { } fault) return read with { Fault = fault };
        var optIn = ReadOptIn(row, settings, tenant.TimeZone);
        if (!optIn.IsOk) return read with { Fault = optIn.Error };
        if (optIn.Value is not { Given: { } given }) return read;
        return read with { OptIn = given, Fault = (phoneText is not null && phone is not { Number: not null, Flag: null } ? DriverErrors.PhoneInDoubt : null) ?? given.FindFault(now) };
    }

    /// <summary>The beginning of a blind index of whom a row names: as few bytes as still tell all rows of a file apart.</summary>
    public static long HashOf(DataKey key, string samsaraId) => HashOf(key.BlindIndex("import", samsaraId));

    public static long HashOf(byte[] index) => BinaryPrimitives.ReadInt64BigEndian(index);

    private static Error? FindFault(ImportRow read, bool isRoster)
    {
        if (read.Row.Fault is { } fault) return fault;
        for (var at = 0; at < read.Row.Cells.Length; at++)
        {
            if (read.Row.Cells[at] is not { } cell) continue;
            if (cell.Length > LongestCell) return ImportErrors.CellTooLong;
            if (!IsText(cell, HasLines((ImportField)at))) return ImportErrors.Unreadable;
        }
        if (read.SamsaraId is { Length: > AddDriver.LongestSamsaraId }) return DriverErrors.SamsaraId;
        if (read.Name is { } name && !DriverErrors.IsName(name)) return DriverErrors.Name;
        if (read.Row[ImportField.Language] is not null && read.Language is null) return DriverErrors.Language;
        if (read.Phone.Flag == PhoneFlags.NotPossible && !isRoster) return DriverErrors.PhoneInvalid;
        return read.SamsaraId is null && read.PhoneText is null ? ImportErrors.DriverUnnamed : null;
    }

    private static bool IsText(string cell, bool hasLines)
    {
        foreach (var rune in cell.EnumerateRunes())
        {
            // What could not be decoded, or stands for no character and never will.
            if (rune == Rune.ReplacementChar || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF) return false;
            if (Rune.IsControl(rune) && !(hasLines && rune.Value is '\n' or '\r' or '\t')) return false;
        }
        return true;
    }

    private static bool HasLines(ImportField field) => field is ImportField.Text or ImportField.Evidence;

    private static string? NameOf(FileRow row)
    {
        if (row[ImportField.Name] is { } name) return name;
        return row[ImportField.FirstName] is null && row[ImportField.LastName] is null ? null : $"{row[ImportField.FirstName]} {row[ImportField.LastName]}".Trim();
    }

    private static string? LanguageOf(string? word)
    {
        if (word is null) return null;
        var code = word.Split('-', '_')[0].ToLowerInvariant();
        return Languages.All.Contains(code) ? code : s_languages.GetValueOrDefault(ImportFields.KeyOf(word));
    }

    private static Result<Evidence> ReadOptIn(FileRow row, ImportSettings settings, TimeZoneInfo zone)
    {
        var word = row[ImportField.Consent] is { } consent ? ImportFields.KeyOf(consent) : null;
        if (word is not null && s_no.Contains(word)) return new Evidence(null);
        if (word is not null && !s_yes.Contains(word)) return ImportErrors.ConsentWord;
        var own = new[] { ImportField.AgreedAt, ImportField.Method, ImportField.Text, ImportField.TextVersion, ImportField.TextLanguage, ImportField.Evidence };
        if (word is null && own.All(field => row[field] is null)) return new Evidence(null);

        var usual = settings.OptIn ?? new();
        var agreedAt = usual.AgreedAt;
        if (row[ImportField.AgreedAt] is { } text)
        {
            if (ReadTime(text, settings.DateFormat, zone) is not { } time) return ImportErrors.DateUnclear;
            agreedAt = time;
        }
        return new Evidence(new(row[ImportField.Text] ?? usual.Text, row[ImportField.TextVersion] ?? usual.TextVersion, row[ImportField.TextLanguage] ?? usual.Language,
            row[ImportField.Method] is { } method ? MethodOf(method) : usual.Method, row[ImportField.Evidence] ?? usual.Evidence, agreedAt));
    }

    private static string MethodOf(string word)
    {
        var key = ImportFields.KeyOf(word);
        return s_methods.GetValueOrDefault(key) ?? OptIn.Methods.FirstOrDefault(m => ImportFields.KeyOf(m) == key) ?? word;
    }

    private static readonly string[] s_isoTimes = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd"];
    private static readonly string[] s_monthFirst = ["M/d/yyyy", "M-d-yyyy", "M.d.yyyy", "M/d/yyyy H:mm", "M/d/yyyy H:mm:ss", "M/d/yyyy h:mm tt"];
    private static readonly string[] s_dayFirst = ["d/M/yyyy", "d-M-yyyy", "d.M.yyyy", "d/M/yyyy H:mm", "d/M/yyyy H:mm:ss", "d.M.yyyy H:mm"];

    /// <summary>Without an offset it is the company's own time.</summary>
    private static DateTimeOffset? ReadTime(string text, string? format, TimeZoneInfo zone)
    {
        var formats = format switch { "mdy" => [.. s_isoTimes, .. s_monthFirst], "dmy" => [.. s_isoTimes, .. s_dayFirst], _ => s_isoTimes };
        if (!DateTime.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time)) return null;
        if (time.Kind == DateTimeKind.Utc) return new(time, TimeSpan.Zero);
        // An hour that a clock passes over when summer begins is the hour after it.
        var local = zone.IsInvalidTime(time) ? time.AddHours(1) : time;
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }

    private readonly record struct Evidence(OptIn? Given);
}
