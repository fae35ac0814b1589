using System.Globalization;
using System.Text;
using FleetChat.Core.Drivers.Imports;

namespace FleetChat.Core.Billing.Analytics;

internal static class UsageCsv
{
    private static readonly string[] s_headers = ["key", "messages_out", "messages_in", "active_drivers", "delivered_percent", "median_response_ms", "p95_response_ms"];

    public static byte[] Write(IReadOnlyList<UsageRow> rows)
    {
        // With a mark: Excel takes it for another encoding without.
        var text = new StringBuilder("\uFEFF").Append(ListImportRows.Line(s_headers));
        foreach (var row in rows) text.Append(ListImportRows.Line(Cells(row)));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static byte[] Write(IReadOnlyList<CompanyUsage> companies)
    {
        var text = new StringBuilder("\uFEFF").Append(ListImportRows.Line(["tenant_id", "company_name", .. s_headers]));
        foreach (var company in companies)
        {
            foreach (var row in company.Data) text.Append(ListImportRows.Line([company.TenantId.Value, company.CompanyName, .. Cells(row)]));
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // A category is WhatsApp's word, and so anything.
    private static string?[] Cells(UsageRow row) =>
    [
        row.Key, Number(row.MessagesOut), Number(row.MessagesIn), Number(row.ActiveDrivers),
        row.DeliveredPercent?.ToString(CultureInfo.InvariantCulture), row.MedianResponseMs?.ToString(CultureInfo.InvariantCulture), row.P95ResponseMs?.ToString(CultureInfo.InvariantCulture),
    ];

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
