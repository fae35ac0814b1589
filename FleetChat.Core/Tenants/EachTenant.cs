namespace FleetChat.Core.Tenants;

/// <summary>What keeps the house for one company after the other: one company's trouble is not the next one's.</summary>
internal static class EachTenant
{
    /// <param name="keep">A company that is gone meanwhile is passed over.</param>
    public static async Task KeepAsync(
        IEnumerable<TenantId> tenants, TenantSettingsCache settings, Func<TenantSettings, CancellationToken, Task> keep, Action<Exception, TenantId> failed, CancellationToken ct)
    {
        foreach (var tenant in tenants)
        {
            try
            {
                if (await settings.FindAsync(tenant, ct) is { } known) await keep(known, ct);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                failed(exception, tenant);
            }
        }
    }
}
