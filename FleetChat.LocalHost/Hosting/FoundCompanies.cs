using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.LocalHost.Hosting;

/// <summary>The companies of an installation, for those who only look: each by its own door, with its own key.</summary>
internal sealed class FoundCompanies
{
    public const string None = "There is no company yet.";

    private readonly string _secretsFolder;

    private FoundCompanies(DatabaseViews views, string secretsFolder, IReadOnlyList<TenantId> all)
    {
        (_secretsFolder, All, Dbs) = (secretsFolder, all, new(views.App));
        Keys = new(new FolderSecretStore(secretsFolder), Dbs);
    }

    public IReadOnlyList<TenantId> All { get; }

    public TenantDbs Dbs { get; }

    public DataKeys Keys { get; }

    public static async Task<FoundCompanies> InAsync(DatabaseViews views, string secretsFolder, CancellationToken ct)
        => new(views, secretsFolder, await ListAsync(new SystemDb(views.System), ct));

    /// <param name="tenant">Null: all.</param>
    /// <exception cref="StartRefusedException">There is none of this id.</exception>
    public IReadOnlyList<TenantId> Named(string? tenant)
    {
        if (tenant is null) return All;
        return TenantId.TryParse(tenant, out var id) && All.Contains(id)
            ? [id]
            : throw new StartRefusedException($"There is no company '{tenant}'{(All.Count == 0 ? "" : $", only {string.Join(", ", All)}")}.");
    }

    /// <summary>For what needs the company's key.</summary>
    /// <exception cref="StartRefusedException">The secrets are not to be had, or not its own.</exception>
    public async Task<T> OpenAsync<T>(TenantId tenant, Func<Task<T>> open)
    {
        try
        {
            return await open();
        }
        catch (Exception locked) when (locked is InvalidOperationException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new StartRefusedException($"The secrets in '{_secretsFolder}' don't open '{tenant}': {locked.Message}", locked);
        }
    }

    private const string List = """
        select tenant_id
        from directory.tenants
        order by tenant_id
        limit 1000
        """;

    private static Task<List<TenantId>> ListAsync(SystemDb db, CancellationToken ct) => db.ListAsync(List, row => TenantId.Parse(row.GetString(0)), ct);
}
