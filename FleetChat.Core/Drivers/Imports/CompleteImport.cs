using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers.Imports;

/// <param name="Parts">How many there are.</param>
/// <param name="Sha256">Of the whole file, in hex.</param>
public sealed record CompleteImportInput(TenantId Tenant, Guid Import, int Parts, string? Sha256, string Actor);

/// <summary>All parts are here: the file is whole, its columns are known, and the run begins.</summary>
public sealed class CompleteImport(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    /// <summary>The first line may lie in several parts.</summary>
    private const int LongestBegin = 64 * 1024;

    public async Task<Result<ImportTaken>> HandleAsync(CompleteImportInput input, CancellationToken ct)
    {
        if (input.Parts is < 1 or > ImportParts.Most) return ImportErrors.PartsWrong;
        if (!TryReadHash(input.Sha256, out var hash)) return ImportErrors.Sha256Wrong;
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        var key = await keys.GetAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await ImportSql.LockAsync(db, key, input.Import, ct) is not { } import) return ImportErrors.NotFound;
        if (import.Settings.Source == ImportSettings.Samsara) return ImportErrors.TakesNoParts;
        // Told twice: the first answer may have been lost.
        if (import.Parts == input.Parts && import.Sha256.AsSpan().SequenceEqual(hash)) return new ImportTaken(import.Id, new());
        if (import.State != ImportState.Open) return ImportErrors.NotOpen;
        if (FindMissing(await ImportParts.ListAsync(db, import.Id, ct), input.Parts) is { } missing) return missing;

        var (whole, begin, isUtf8) = await LookAsync(db, key, import.Id, input.Parts, ct);
        if (!whole.AsSpan().SequenceEqual(hash)) return ImportErrors.Sha256Differs;
        var reading = FileLook.Of(import.Settings, begin, isUtf8);
        if (FindFault(import.Settings, reading) is { } fault) return fault;
        var processing = new Processing(db, key, tenant, time);
        await ImportSql.CompleteAsync(db, key, import.Id, reading, input.Parts, hash, ct);
        await processing.StartAsync(ImportSql.Flow, import.Id, ct);
        db.Audit(time, input.Actor, "import.completed", import.Id.ToString(), Convert.ToHexStringLower(hash));
        return new ImportTaken(import.Id, await processing.CommitAsync(ct));
    }

    private static bool TryReadHash(string? hex, out byte[] hash)
    {
        hash = [];
        if (hex is not { Length: 64 } || !hex.All(char.IsAsciiHexDigit)) return false;
        hash = Convert.FromHexString(hex);
        return true;
    }

    private static Error? FindMissing(List<int> numbers, int parts)
    {
        for (var number = 1; number <= parts; number++)
        {
            if (!numbers.Contains(number)) return ImportErrors.PartsMissing(number);
        }
        return numbers[^1] > parts ? ImportErrors.PartsTooMany(numbers[^1]) : null;
    }

    private static async Task<(byte[] Hash, byte[] Begin, bool IsUtf8)> LookAsync(TenantDb db, DataKey key, Guid import, int parts, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var utf8 = new Utf8Check();
        using var begin = new MemoryStream();
        for (var number = 1; number <= parts; number++)
        {
            var part = (await ImportParts.FindAsync(db, key, import, number, ct))!;
            hash.AppendData(part);
            utf8.Takes(part);
            if (begin.Length < LongestBegin) begin.Write(part);
        }
        return (hash.GetHashAndReset(), begin.ToArray(), utf8.Ends());
    }

    // Objects of JSON may have other members further on: what is missing there is said with the row.
    private static Error? FindFault(ImportSettings settings, ImportReading reading)
    {
        if (reading.HasTooManyColumns) return ImportErrors.TooManyColumns;
        if (settings.Source == ImportSettings.Json) return null;
        HashSet<string> headers = [.. reading.Columns.Select(c => ImportFields.KeyOf(c.Header))];
        if (settings.Columns is { } given && given.Keys.Any(header => !headers.Contains(ImportFields.KeyOf(header)))) return ImportErrors.ColumnMissing;
        return reading.Columns.Any(c => c.Field is { } name && ImportFields.FindByName(name) is ImportField.SamsaraDriverId or ImportField.Phone) ? null : ImportErrors.ColumnsUnknown;
    }
}
