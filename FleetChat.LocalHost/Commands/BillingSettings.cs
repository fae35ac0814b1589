using System.Text.Json;
using FleetChat.Core.Billing;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Microsoft.Extensions.Configuration;

namespace FleetChat.LocalHost.Commands;

/// <summary>Who sells, and how months are closed, as a host that is started here would know it: from local.settings.json and the environment.</summary>
internal sealed record BillingSettings(IReadOnlyDictionary<string, string?> Values)
{
    /// <summary>What stands on an invoice for good.</summary>
    private static readonly string[] s_printed = [nameof(BillingOptions.SupplierName), nameof(BillingOptions.InvoiceSeries)];

    /// <exception cref="StartRefusedException">They can't be read.</exception>
    public static BillingSettings Read()
    {
        try
        {
            return Of(AppConfiguration.Read(AppContext.BaseDirectory));
        }
        catch (Exception wrong) when (wrong is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(wrong);
        }
    }

    public static BillingSettings Of(IConfiguration settings)
        => new(settings.GetSection(BillingOptions.Section).AsEnumerable().Where(setting => !string.IsNullOrEmpty(setting.Value)).ToDictionary(setting => setting.Key, setting => setting.Value));

    /// <summary>Where somebody keeps real books, they are not kept in the name of a default. What `up` has made by itself sells as FleetChat.</summary>
    /// <exception cref="StartRefusedException">It is not said who sells.</exception>
    public void DemandSeller(FoundInstallation found)
    {
        var missing = s_printed.Where(name => !Values.ContainsKey($"{BillingOptions.Section}:{name}")).Select(name => $"{BillingOptions.Section}:{name}".Replace(":", "__", StringComparison.Ordinal)).ToList();
        if (found.IsPrivate || missing.Count == 0) return;
        throw new StartRefusedException(
            $"'billing run' makes invoices that nobody can change, and {string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} not set here. Enter what the host has of FleetChat__Billing__ in local.settings.json or in the "
                + "environment, or let the host do it: POST /api/platform/billing/runs. With --dry-run nothing is kept.");
    }

    /// <exception cref="StartRefusedException">One is no number.</exception>
    public BillingOptions ToOptions()
    {
        try
        {
            return new ConfigurationBuilder().AddInMemoryCollection(Values).Build().GetSection(BillingOptions.Section).Get<BillingOptions>() ?? new();
        }
        catch (InvalidOperationException wrong)
        {
            throw Unusable(wrong);
        }
    }

    public static StartRefusedException Unusable(Exception wrong) => new($"The settings of FleetChat__Billing__ can't be used: {wrong.Message} local.settings.sample.json shows them all.", wrong);
}
