using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.LocalHost.Doctor;

/// <summary>Whether what is encrypted can be opened.</summary>
internal static class KeyChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("keys.master", Need.Nothing, MasterAsync),
        new("keys.companies", Need.Fleet, CompaniesAsync),
    ];

    private static async Task<Finding> MasterAsync(Examined examined, CancellationToken ct)
    {
        var folder = Folder(examined);
        if (!Directory.Exists(folder))
        {
            return examined.Reach.Fleet
                ? Finding.Problem($"there is no folder {folder}", "The database holds what only its keys can open.", "Restore the folder from a backup, or say with --data where it is.")
                : Finding.Skipped("there is none yet: the first start makes it");
        }
        try
        {
            // Asks for no tenant, so it asks no database.
            await new DataKeys(new FolderSecretStore(folder), new TenantDbs(null!)).CheckAsync(ct);
            return Finding.Fine("32 bytes");
        }
        catch (Exception unreadable) when (unreadable is InvalidOperationException or UnauthorizedAccessException or IOException)
        {
            return Finding.Problem(unreadable.Message, "Nothing that is encrypted can be read, and no host starts.", $"Restore it to {folder} from a backup. Never make a new one while there is data.");
        }
    }

    private static async Task<Finding> CompaniesAsync(Examined examined, CancellationToken ct)
    {
        if (!Directory.Exists(Folder(examined))) return Finding.Skipped("there is no folder with keys");
        var keys = new DataKeys(new FolderSecretStore(Folder(examined)), new TenantDbs(examined.Views!.App));
        var tenants = await examined.Views.System.ListAsync(Tenants, row => TenantId.Parse(row.GetString(0)), ct);
        var lost = new List<string>();
        await foreach (var (tenant, fault) in keys.LookAsync(tenants, ct))
            if (fault is not null) lost.Add(tenant.Value);
        return lost.Count == 0
            ? Finding.Fine($"{tenants.Count} open")
            : Finding.Problem($"can't be opened: {string.Join(", ", lost)}", "Their messages and secrets are unreadable: a key is missing, or the master key is another one.", $"Restore {Folder(examined)} as a whole, from the backup that belongs to this database.");
    }

    private const string Tenants = """
        select tenant_id
        from directory.tenants
        where status <> 'terminated'
        order by tenant_id
        """;

    private static string Folder(Examined examined) => examined.Settings[$"{SecretStoreOptions.Section}:{nameof(SecretStoreOptions.Folder)}"] ?? examined.Installation.SecretsFolder;
}
