using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers.Imports;

public sealed record PutImportPartInput(TenantId Tenant, Guid Import, int Number, byte[] Content);

/// <param name="Sha256">Of the part, in hex.</param>
/// <param name="Encoding">As the first part lets it look; null as long as that is not here.</param>
/// <param name="Columns">As they are understood.</param>
/// <param name="Length">Bytes.</param>
public sealed record ImportPartTaken(int Number, int Length, string Sha256, string? Encoding, string? Delimiter, IReadOnlyList<ImportColumn>? Columns);

/// <summary>Takes a part of a file, wherever it was cut. The same part again is the same part.</summary>
public sealed class PutImportPart(TenantDbs dbs, DataKeys keys)
{
    public async Task<Result<ImportPartTaken>> HandleAsync(PutImportPartInput input, CancellationToken ct)
    {
        if (input.Number is < 1 or > ImportParts.Most) return ImportErrors.PartNumber;
        if (input.Content.Length == 0) return ImportErrors.PartEmpty;
        var (key, hash) = (await keys.GetAsync(input.Tenant, ct), SHA256.HashData(input.Content));
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await ImportSql.LockAsync(db, key, input.Import, ct) is not { } import) return ImportErrors.NotFound;
        if (import.Settings.Source == ImportSettings.Samsara) return ImportErrors.TakesNoParts;
        if (import.State != ImportState.Open) return ImportErrors.NotOpen;
        if (!await ImportParts.TryAddAsync(db, key, import.Id, input.Number, input.Content, hash, ct)
            && !(await ImportParts.FindHashAsync(db, import.Id, input.Number, ct)).AsSpan().SequenceEqual(hash))
            return ImportErrors.PartDiffers;
        var reading = import.Reading;
        if (input.Number == 1 && reading is null)
        {
            reading = FileLook.Of(import.Settings, input.Content, FileLook.IsUtf8(input.Content));
            if (reading.HasTooManyColumns) return ImportErrors.TooManyColumns;
            await ImportSql.SetReadingAsync(db, key, import.Id, reading, ct);
        }
        await db.CommitAsync(ct);
        return new ImportPartTaken(input.Number, input.Content.Length, Convert.ToHexStringLower(hash), reading?.Encoding, reading?.Delimiter, reading?.Columns);
    }
}
