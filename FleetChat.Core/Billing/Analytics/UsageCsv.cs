using System.Globalization;

namespace FleetChat.Core.Billing.Analytics;

internal static class UsageCsv
{
    private static readonly string[] s_headers = ["key", "messages_out", "messages_in", "active_drivers", "delivered_percent", "median_response_ms", "p95_response_ms"];

    public static byte[] Write(IReadOnlyList<UsageRow> rows) => Csv.Write(s_headers, rows.Select(Cells));

    public static byte[] Write(IReadOnlyList<CompanyUsage> companies) => Csv.Write(
        ["tenant_id", "company_name", .. s_headers],
        companies.SelectMany(company => company.Data.Select(row => (string?[])[company.TenantId.Value, company.CompanyName, .. Cells(row)])));

    // A category is WhatsApp's word, and so anything.
    private static string?[] Cells(UsageRow row) =>
    [
        row.Key, Number(row.MessagesOut), Number(row.MessagesIn), Number(row.ActiveDrivers),
        row.DeliveredPercent?.ToString(CultureInfo.InvariantCulture), row.MedianResponseMs?.ToString(CultureInfo.InvariantCulture), row.P95ResponseMs?.ToString(CultureInfo.InvariantCulture),
    ];

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
