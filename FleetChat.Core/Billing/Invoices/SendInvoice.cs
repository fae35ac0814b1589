using System.Globalization;
using System.Text.Json;
using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Mail;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>Sends what became final to the company's contact, with its PDF. Written down in the closing transaction; it may go out twice, with one id.</summary>
public sealed class SendInvoice(IMailer mailer, GetInvoice get, PrintInvoice print, GetTenant companies) : ICallHandler
{
    private const string Kind = "invoice_mail";

    public bool Handles(string kind) => kind == Kind;

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var id = call.Content.Deserialize<Content>()!.Invoice;
        var (invoice, pdf) = (await get.HandleAsync(tenant.Tenant, id, ct), await print.PdfAsync(tenant.Tenant, id, ct));
        if (!invoice.IsOk || !pdf.IsOk) return CallResult.Fail("no such invoice");
        // Who it goes to is what is true now.
        if ((await companies.HandleAsync(tenant.Tenant, ct)).Value.PrimaryContact?.Email is not { Length: > 0 } to) return CallResult.Fail("no address");
        return await mailer.SendAsCallAsync(Letter(call.Id, to, invoice.Value, pdf.Value), ct);
    }

    internal static Task WriteAsync(TenantDb db, DataKey key, TimeProvider time, Guid invoice, CancellationToken ct)
        => CallSql.TryInsertAsync(db, key, time, new(CallLanes.Mail, Kind, $"mail:invoice:{invoice}", JsonSerializer.SerializeToElement(new Content(invoice))), ct);

    private static Letter Letter(Guid id, string to, InvoiceView invoice, byte[] pdf)
    {
        var isCredit = invoice.Kind == InvoiceKind.CreditNote;
        var what = $"{(isCredit ? "Credit note" : "Invoice")} {invoice.Number}";
        return new(id, to, $"{what} of {invoice.Supplier.Name}", Text(invoice, what, isCredit)) { Attachment = new($"{invoice.Number}.pdf", "application/pdf", pdf) };
    }

    private static string Text(InvoiceView invoice, string what, bool isCredit)
    {
        var total = MoneyText.Write(invoice.TotalAmount, invoice.Currency);
        var month = DateOnly.ParseExact($"{invoice.BillingPeriod}-01", "yyyy-MM-dd", CultureInfo.InvariantCulture).ToString("MMMM yyyy", CultureInfo.InvariantCulture);
        return isCredit || invoice.DueAmount <= 0
            ? $"Attached is {what} for {month}: {total}. There is nothing to be paid."
            : $"Attached is {what} for {month}: {total}, to be paid by {invoice.DueOn?.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}.";
    }

    private sealed record Content(Guid Invoice);
}
