using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>An invoice on paper: as a page for printing and as PDF, in the company's colours and with its logo.</summary>
public sealed class PrintInvoice(GetInvoice get, GetTenant companies, CompanyLogos logos, TenantDbs dbs, IOptions<BillingOptions> options)
{
    public async Task<Result<string>> PageAsync(TenantId tenant, Guid id, CancellationToken ct)
        => await FindAsync(tenant, id, ct) is { IsOk: true } found ? InvoicePage.Write(found.Value.Invoice, found.Value.Branding) : BillingErrors.InvoiceNotFound;

    public async Task<Result<byte[]>> PdfAsync(TenantId tenant, Guid id, CancellationToken ct)
        => await FindAsync(tenant, id, ct) is { IsOk: true } found ? InvoicePdf.Write(found.Value.Invoice, found.Value.Branding) : BillingErrors.InvoiceNotFound;

    private async Task<Result<(InvoiceView Invoice, InvoiceBranding Branding)>> FindAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        var invoice = await get.HandleAsync(tenant, id, ct);
        if (!invoice.IsOk) return invoice.Error;
        var branding = (await companies.FindAsync(dbs.For(tenant), ct))!.Configuration.Branding;
        var primary = branding.ColorScheme.Split(',', StringSplitOptions.TrimEntries)[0];
        var logo = await logos.FindAsync(tenant, branding.CompanyLogoUrl, ct);
        return (invoice.Value, new InvoiceBranding(logo, primary.Length > 0 ? primary : null, branding.MessageFooter.Length > 0 ? branding.MessageFooter : null,
            options.Value.LegalFooter.Length > 0 ? options.Value.LegalFooter : null));
    }
}
