using System.Security.Cryptography;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>Samsara's roster as a file: each page of it a part, one driver after the other. Only active drivers of the company's tag.</summary>
internal static class SamsaraRoster
{
    private const int MostPages = 200;

    /// <summary>A page becomes a part in one transaction with the place to go on at: killed anywhere, none is missing and none is there twice.</summary>
    /// <exception cref="SamsaraException">Samsara gave no answer that could be used.</exception>
    public static async Task CollectAsync(TenantDbs dbs, DataKey key, TenantSettings tenant, Import import, ISamsaraClient samsara, CancellationToken ct)
    {
        if (tenant.Samsara is not { } access) throw new SamsaraException(SamsaraFailure.Refused, 0, null, null);
        var page = await samsara.ListDriverPageAsync(access, tenant.SamsaraGroupId, import.SamsaraCursor, ct);
        // A list in a circle can't be had.
        if (import.Parts >= MostPages || (page.NextCursor is { } next && next == import.SamsaraCursor)) throw new SamsaraException(SamsaraFailure.Invalid, 200, null, null);
        await using var db = await dbs.BeginAsync(tenant.Tenant, ct);
        // Another process may have been here too.
        if (await ImportSql.LockAsync(db, key, import.Id, ct) is not { State: ImportState.Running, Reading: null } locked || locked.SamsaraCursor != import.SamsaraCursor) return;
        var number = (locked.Parts ?? 0) + 1;
        var content = Write(page.Drivers);
        if (content.Length > 0) await ImportParts.TryAddAsync(db, key, import.Id, number, content, SHA256.HashData(content), ct);
        await ImportSql.SetCursorAsync(db, import.Id, page.NextCursor, content.Length > 0 ? number : locked.Parts, ct);
        if (page.NextCursor is null) await ImportSql.SetReadingAsync(db, key, import.Id, new(FileLook.Utf8, null, false, []), ct);
        await db.CommitAsync(ct);
    }

    private static byte[] Write(IReadOnlyList<JsonElement> drivers)
    {
        using var lines = new MemoryStream();
        foreach (var driver in drivers)
        {
            if (driver.Id("id") is not { } id) continue;
            using (var writer = new Utf8JsonWriter(lines))
            {
                writer.WriteStartObject();
                writer.WriteString("samsara_driver_id", id);
                Write(writer, "name", driver.Text("name"));
                Write(writer, "phone", driver.Text("phone"));
                Write(writer, "time_zone", RosterEntry.ZoneOf(driver.Text("timezone")));
                writer.WriteEndObject();
            }
            lines.WriteByte((byte)'\n');
        }
        return lines.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, string name, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value)) writer.WriteString(name, value.Trim());
    }
}
