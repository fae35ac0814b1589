using System.Globalization;
using FleetChat.Core.Billing;
using FleetChat.Core.Consent;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>What can be wrong with an import, and with a row of one.</summary>
public static class ImportErrors
{
    public static readonly Error NotFound = Error.NotFound("imports.not_found", "There is no such import. GET /api/imports lists them.");

    public static readonly Error NotOpen = Error.Conflict("imports.not_open", "This import takes no more parts. Open another one: POST /api/imports.");

    public static readonly Error HasEnded = Error.Conflict("imports.has_ended", "This import is over. What it did stays; GET /api/imports/{id}/rows shows it.");

    public static readonly Error TakesNoParts = Error.Conflict("imports.takes_no_parts", "An import from Samsara takes no parts and runs by itself. GET /api/imports/{id} shows how far it is.");

    public static readonly Error TooMany = Error.Conflict("imports.too_many_open", "Five imports are not over yet. Complete or cancel one of them: POST /api/imports/{id}/cancel.");

    public static readonly Error NoSamsara = Error.Conflict("imports.no_samsara", "The company has no token for Samsara yet. Enter it in its settings first.");

    public static readonly Error PartNumber = Error.Invalid("imports.part_number", $"Number the parts from 1 to {ImportParts.Most}, without gaps.", "number");

    public static readonly Error PartEmpty = Error.Invalid("imports.part_empty", "Send the part's bytes as the body, 1 to 1048576 of them.", "$");

    public static readonly Error PartDiffers = Error.Conflict("imports.part_differs", "Another content has this number already. Give each part its own number, or cancel this import and open another one.");

    public static readonly Error PartsWrong = Error.Invalid("imports.parts_wrong", $"Say how many parts there are, 1 to {ImportParts.Most}.", "$.parts");

    public static readonly Error Sha256Wrong = Error.Invalid("imports.sha256_wrong", "Give the SHA-256 of the whole file as 64 hexadecimal digits.", "$.sha256");

    public static readonly Error Sha256Differs = Error.Conflict("imports.sha256_differs", "What arrived is not the file of that SHA-256: a part is of another file, or at another place. Cancel this import and open another one.");

    public static readonly Error ColumnsUnknown = Error.Conflict(
        "imports.columns_unknown", "No column is known as the driver's Samsara id or his phone. Say which they are: POST /api/imports with columns, such as {\"Nr\": \"samsara_driver_id\"}.");

    public static readonly Error TooManyColumns = Error.Conflict("imports.too_many_columns", $"The file has more than {ImportSettings.MostColumns} columns. Leave out those that say nothing of a driver, and open another import.");

    public static readonly Error ColumnMissing = Error.Conflict("imports.column_missing", "The file lacks a column that columns names. GET /api/imports/{id} shows what there is; open another import with these names.");

    public static Error PartsMissing(int first) => Error.Conflict(
        "imports.parts_missing", string.Create(CultureInfo.InvariantCulture, $"Part {first} is not there. Send it, then complete the import again."));

    public static Error PartsTooMany(int number) => Error.Conflict(
        "imports.parts_too_many", string.Create(CultureInfo.InvariantCulture, $"Part {number} is there too. Give the true number of parts."));

    // Of the whole file, found while it is read: the import has failed, and nothing was changed.
    public static readonly Error FileMalformed = Error.Invalid("imports.file_malformed", "From this line on the file can't be read: a quotation mark is open, it is no JSON, or a row is longer than 64 KiB. Mend it, and open another import.");

    public static readonly Error TooManyRows = Error.Invalid("imports.too_many_rows", $"An import takes at most {ImportFile.MostRows} rows, and this line is behind them. Open several imports with a part of the roster each.");

    public static readonly Error SamsaraRefused = Error.Conflict("imports.samsara_refused", "Samsara refused the company's token, or it may not read drivers. Enter another one, and open another import.");

    public static readonly Error Unexpected = Error.Conflict("imports.unexpected", "Something went wrong on our side. What is done stays; open another import with the same file, and if it fails again ask FleetChat's support.");

    // Of a row.
    public static readonly Error DriverUnnamed = Row("imports.driver_unnamed", "Give the driver's Samsara id, or the phone of a driver who is enrolled.", ImportField.SamsaraDriverId);

    public static readonly Error DriverUnknown = Row("imports.driver_unknown", "No enrolled driver has this phone. Give the driver's Samsara id.", ImportField.SamsaraDriverId);

    public static readonly Error DriverAmbiguous = Row("imports.driver_ambiguous", "Several drivers share this phone. Give the driver's Samsara id.", ImportField.SamsaraDriverId);

    public static readonly Error Duplicate = Row("imports.duplicate", "An earlier row is about this driver. Leave one of them.", ImportField.SamsaraDriverId);

    public static readonly Error TooManyCells = new(ErrorKind.Invalid, "imports.too_many_cells", "The row has more cells than the file has columns: put a cell that holds the delimiter in quotation marks.");

    public static readonly Error TooFewCells = new(ErrorKind.Invalid, "imports.too_few_cells", "The row has fewer cells than the file has columns.");

    public static readonly Error RowMalformed = new(ErrorKind.Invalid, "imports.row_malformed", "A quotation mark stands inside a cell: double it, and put the cell in quotation marks.");

    public static readonly Error RowIsNoObject = new(ErrorKind.Invalid, "imports.row_is_no_object", "Give each driver as a JSON object whose members are texts.");

    public static readonly Error Unreadable = new(ErrorKind.Invalid, "imports.unreadable", "A cell holds a control character, or one that its encoding does not have. Say the file's encoding, or mend the cell.");

    public static readonly Error CellTooLong = new(ErrorKind.Invalid, "imports.cell_too_long", "A cell is longer than anything that it could mean.");

    public static readonly Error ConsentWord = Row("imports.consent_word", "Say yes or no.", ImportField.Consent);

    public static readonly Error DateUnclear = Row("imports.date_unclear", "Write the date as 2026-03-31, or say in date_format whether the day or the month comes first.", ImportField.AgreedAt);

    /// <summary>All that a row can be refused with, by code and field.</summary>
    private static readonly Dictionary<string, Error> s_ofRows = ((Error[])
    [
        DriverUnnamed, DriverUnknown, DriverAmbiguous, Duplicate, TooManyCells, TooFewCells, RowMalformed, RowIsNoObject, Unreadable, CellTooLong, ConsentWord, DateUnclear,
        DriverErrors.SamsaraId, DriverErrors.Name, DriverErrors.Language, DriverErrors.PhoneInvalid, DriverErrors.PhoneInDoubt, DriverErrors.Stopped, DriverErrors.SaidNo,
        UsageErrors.DriversReached, FileMalformed, TooManyRows, SamsaraRefused, Unexpected, .. OptIn.Faults,
    ]).ToDictionary(KeyOf);

    /// <summary>What a code that is kept says.</summary>
    public static string DetailOf(string code, string? field) => s_ofRows.TryGetValue($"{code} {field}", out var error) || s_ofRows.TryGetValue($"{code} ", out error) ? error.Message : code;

    private static string KeyOf(Error error) => $"{error.Code} {FieldOf(error)}";

    /// <returns>The field as columns name it: <c>phone</c>, <c>opt_in.text</c>.</returns>
    internal static string? FieldOf(Error error) => error.Field?.Replace("$.", "", StringComparison.Ordinal);

    private static Error Row(string code, string message, ImportField field) => new(ErrorKind.Invalid, code, message) { Field = $"$.{ImportFields.NameOf(field)}" };
}
