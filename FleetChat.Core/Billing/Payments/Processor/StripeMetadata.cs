using System.Globalization;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Payments;

/// <summary>What FleetChat writes beside Stripe's objects to find them again, and the keys by which Stripe knows a repeated call. Both outlive a release.</summary>
internal static class StripeMetadata
{
    public const string Payer = "payer";
    public const string Invoice = "invoice";
    public const string Attempt = "attempt";
    public const string Refund = "refund";

    public static Dictionary<string, string> Of(Payer payer) => new() { [Payer] = payer.Id.Value };

    public static Dictionary<string, string> Of(ChargeOrder order) => new() { [Payer] = order.Payer.Value, [Invoice] = Text(order.Invoice), [Attempt] = Text(order.Attempt) };

    public static Dictionary<string, string> Of(RefundOrder order) => new() { [Refund] = Text(order.Id) };

    public static string KeyOf(Payer payer) => $"customer-v1:{payer.Id}";

    public static string KeyOf(SetupLinkOrder order) => $"setup-v1:{Text(order.Id)}";

    public static string KeyOf(ChargeOrder order) => $"charge-v1:{Text(order.Invoice)}:{Text(order.Attempt)}";

    public static string KeyOf(RefundOrder order) => $"refund-v1:{Text(order.Id)}";

    public static Guid? IdIn(Dictionary<string, string>? metadata, string name) => Guid.TryParse(metadata?.GetValueOrDefault(name), out var id) ? id : null;

    public static TenantId? PayerIn(Dictionary<string, string>? metadata) => TenantId.TryParse(metadata?.GetValueOrDefault(Payer), out var payer) ? payer : null;

    public static int? AttemptIn(Dictionary<string, string>? metadata)
        => int.TryParse(metadata?.GetValueOrDefault(Attempt), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) ? attempt : null;

    private static string Text(Guid id) => id.ToString("D", CultureInfo.InvariantCulture);

    private static string Text(int attempt) => attempt.ToString(CultureInfo.InvariantCulture);
}
