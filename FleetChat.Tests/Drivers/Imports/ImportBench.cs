using System.Security.Cryptography;
using System.Text;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Tenants;

namespace FleetChat.Tests.Drivers.Imports;

/// <summary>Imports of a company, run as the orchestration would.</summary>
internal sealed class ImportBench(TestFleet fleet, TestCompany company)
{
    public const string Actor = "api_key:test";

    public const int PartLength = 1024 * 1024;

    public static readonly ImportSettings Csv = new(ImportSettings.Csv);

    public TestFleet Fleet => fleet;

    public TestCompany Company => company;

    public async Task<Guid> OpenAsync(ImportSettings settings)
        => Value(await fleet.Get<OpenImport>().HandleAsync(new(company.Id, settings, Actor), default)).Id;

    public Task<Result<ImportPartTaken>> PutAsync(Guid import, int number, byte[] part) => fleet.Get<PutImportPart>().HandleAsync(new(company.Id, import, number, part), default);

    public Task<Result<ImportTaken>> CompleteAsync(Guid import, int parts, byte[] file)
        => fleet.Get<CompleteImport>().HandleAsync(new(company.Id, import, parts, Convert.ToHexString(SHA256.HashData(file)), Actor), default);

    /// <summary>Handed in, and not run yet.</summary>
    /// <param name="cuts">Where the file is cut into parts.</param>
    public async Task<Guid> HandInAsync(byte[] file, ImportSettings? settings = null, params int[] cuts)
    {
        var import = await OpenAsync(settings ?? Csv);
        int[] ends = [.. cuts, file.Length];
        for (var (at, number) = (0, 1); number <= ends.Length; number++)
        {
            Value(await PutAsync(import, number, file[at..ends[number - 1]]));
            at = ends[number - 1];
        }
        Value(await CompleteAsync(import, ends.Length, file));
        return import;
    }

    /// <summary>Handed in to a host that is no bench's.</summary>
    public static async Task<Guid> HandInAsync(OpenImport open, PutImportPart put, CompleteImport complete, TenantId tenant, byte[] file)
    {
        var import = Value(await open.HandleAsync(new(tenant, Csv, Actor), default)).Id;
        var parts = file.Chunk(PartLength).ToList();
        for (var at = 0; at < parts.Count; at++) Value(await put.HandleAsync(new(tenant, import, at + 1, parts[at]), default));
        Value(await complete.HandleAsync(new(tenant, import, parts.Count, Convert.ToHexString(SHA256.HashData(file)), Actor), default));
        return import;
    }

    /// <summary>Until it is over, or waits for its time.</summary>
    public async Task<ImportView> RunAsync(Guid import)
    {
        while (await fleet.Get<RunImport>().HandleAsync(new(company.Id.Value, import), default) is { IsOver: false, NextAt: null }) { }
        return await FindAsync(import);
    }

    public async Task<ImportView> ImportAsync(byte[] file, ImportSettings? settings = null, params int[] cuts) => await RunAsync(await HandInAsync(file, settings, cuts));

    public Task<ImportView> ImportAsync(string file, ImportSettings? settings = null) => ImportAsync(Encoding.UTF8.GetBytes(file), settings);

    public async Task<ImportView> FindAsync(Guid import) => Value(await fleet.Get<GetImport>().HandleAsync(company.Id, import, default));

    public Task<IReadOnlyList<ImportRowView>> RowsAsync(Guid import, string? outcome = null) => RowsAsync(fleet.Get<ListImportRows>(), company.Id, import, outcome);

    public static async Task<IReadOnlyList<ImportRowView>> RowsAsync(ListImportRows list, TenantId tenant, Guid import, string? outcome)
    {
        var (rows, cursor) = (new List<ImportRowView>(), (string?)null);
        do
        {
            var page = Value(await list.HandleAsync(tenant, import, outcome, new(PageRequest.MaxLimit, cursor), default));
            rows.AddRange(page.Data);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return rows;
    }

    /// <summary>Each row as number, outcome, code and field.</summary>
    public async Task<string[]> SaidAsync(Guid import) => [.. (await RowsAsync(import)).Select(Say)];

    public static string Say(ImportRowView row) => string.Join(' ', new[] { $"{row.Number}", row.Outcome, row.Code, row.Field, row.SharedPhone ? "shared" : null, row.Consent }.Where(word => word is not null));

    /// <summary>What of the roster an import may change, without ids and times.</summary>
    public async Task<string[]> RosterAsync()
    {
        var key = await fleet.Get<Core.Security.DataKeys>().GetAsync(company.Id, default);
        return [.. (await fleet.Db(company).ListAsync("""
            select d.id, d.samsara_driver_id, d.name, d.whatsapp_number, d.phone_flag, d.consent_status, d.language, d.status,
                   (select count(*) from fleet.drivers o where o.tenant_id = $1 and o.conversation_id = d.conversation_id),
                   (select count(*) from fleet.consent_records r where r.tenant_id = $1 and r.driver_id = d.id)
            from fleet.drivers d
            where d.tenant_id = $1
            """, row =>
        {
            var (id, number) = (row.GetGuid(0), row.BytesOrNull(3));
            return $"{row.GetString(1)} {key.Decrypt(Core.Security.EncryptedColumns.DriverName, id, row.Bytes(2))} "
                + $"{(number is null ? "-" : key.Decrypt(Core.Security.EncryptedColumns.DriverNumber, id, number))} {row.TextOrNull(4)} {row.GetString(5)} {row.TextOrNull(6)} {row.GetString(7)} {row.GetInt64(8)} {row.GetInt64(9)}";
        }, default)).Order(StringComparer.Ordinal)];
    }

    public static T Value<T>(Result<T> result)
    {
        Assert.True(result.IsOk, result.Error?.ToString());
        return result.Value;
    }
}
