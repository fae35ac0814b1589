using System.Globalization;
using System.Net;
using System.Text;
using FleetChat.Core.Billing.Invoices;

namespace FleetChat.Core.Billing.Documents;

/// <summary>An invoice as one page to read and to print: without scripts, and without anything of another host.</summary>
internal sealed class InvoicePage
{
    private readonly StringBuilder _html = new();
    private readonly InvoiceContent _content;
    private readonly InvoiceBranding _branding;

    private InvoicePage(InvoiceContent content, InvoiceBranding branding) => (_content, _branding) = (content, branding);

    public static string Write(InvoiceView invoice, InvoiceBranding branding) => new InvoicePage(InvoiceContent.Of(invoice), branding).Write();

    private string Write()
    {
        // What the page may load is said once more for the browser: nothing.
        _html.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">")
            .Append(CultureInfo.InvariantCulture, $"<title>{Encode(_content.FullTitle)}</title><style>:root{{--accent:{BrandColor.Of(_branding.PrimaryColor)}}}")
            .Append(Style).Append("</style></head><body>");
        WriteTop();
        WriteParties();
        if (_content.Headline is { } headline) _html.Append(CultureInfo.InvariantCulture, $"<p class=\"headline\">{Encode(headline)}</p>");
        WriteLines();
        WriteSums();
        WriteFoot();
        return _html.Append("</body></html>").ToString();
    }

    private void WriteTop()
    {
        _html.Append("<header>");
        var logo = InvoiceLogo.Find(_branding.Logo);
        if (logo is not null) _html.Append(CultureInfo.InvariantCulture, $"<img alt=\"\" src=\"data:{logo.MediaType};base64,{Convert.ToBase64String(logo.Bytes)}\">");
        else _html.Append(CultureInfo.InvariantCulture, $"<p class=\"seller\">{Given(_content.Supplier.Name)}</p>");
        _html.Append(CultureInfo.InvariantCulture, $"<div><h1>{Encode(_content.Title)}</h1>{(_content.Number is { } number ? $"<p>{Encode(number)}</p>" : "")}</div></header>");
        if (_content.Notice is { } notice) _html.Append(CultureInfo.InvariantCulture, $"<p class=\"notice\" role=\"note\">{Given(notice)}</p>");
    }

    private void WriteParties()
    {
        _html.Append("<section class=\"parties\">");
        foreach (var party in new[] { _content.Supplier, _content.Buyer })
        {
            _html.Append(CultureInfo.InvariantCulture, $"<address><small>{Encode(party.Label)}</small><b>{Given(party.Name)}</b>");
            foreach (var line in party.Lines) _html.Append(CultureInfo.InvariantCulture, $"<br>{Given(line)}");
            _html.Append("</address>");
        }
        _html.Append("<dl>");
        foreach (var (label, value) in _content.Facts) _html.Append(CultureInfo.InvariantCulture, $"<dt>{Encode(label)}</dt><dd>{Given(value)}</dd>");
        _html.Append("</dl></section>");
    }

    private void WriteLines()
    {
        _html.Append("<table class=\"lines\"><thead><tr>");
        string[] columns = [InvoiceContent.DescriptionColumn, InvoiceContent.QuantityColumn, InvoiceContent.PriceColumn, InvoiceContent.PercentColumn, _content.AmountColumn];
        foreach (var column in columns) _html.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\">{Encode(column)}</th>");
        _html.Append("</tr></thead>");
        foreach (var company in _content.Companies) WriteCompany(company);
        _html.Append("</table>");
    }

    private void WriteCompany(CompanyText company)
    {
        _html.Append("<tbody>");
        if (company is { Name: { } name, Amount: { } amount })
            _html.Append(CultureInfo.InvariantCulture, $"<tr class=\"company\"><th scope=\"rowgroup\" colspan=\"4\">{Given(name)}</th><td>{Encode(amount)}</td></tr>");
        foreach (var line in company.Lines)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Given(line.Description)}{(line.Days is { } days ? $"<small>{Encode(days)}</small>" : "")}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{Encode(line.Quantity)}</td><td>{Encode(line.Price)}</td><td>{Encode(line.Percent)}</td><td>{Encode(line.Amount)}</td></tr>");
        }
        _html.Append("</tbody>");
    }

    private void WriteSums()
    {
        _html.Append("<table class=\"sums\"><tbody>");
        foreach (var (label, amount, weight, note) in _content.Sums)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<tr class=\"{ClassOf(weight)}\"><th scope=\"row\">{Encode(label)}</th><td>{Encode(amount)}</td></tr>");
            if (note is not null) _html.Append(CultureInfo.InvariantCulture, $"<tr class=\"note\"><td colspan=\"2\">{Given(note)}</td></tr>");
        }
        _html.Append("</tbody></table>");
    }

    private void WriteFoot()
    {
        _html.Append("<footer>");
        foreach (var text in new[] { _branding.Footer, _branding.LegalFooter })
        {
            if (!string.IsNullOrWhiteSpace(text)) _html.Append(CultureInfo.InvariantCulture, $"<p>{Given(text)}</p>");
        }
        _html.Append("</footer>");
    }

    private static string ClassOf(SumWeight weight) => weight switch
    {
        SumWeight.Due => "due",
        SumWeight.Total => "total",
        _ => "part",
    };

    // What people wrote runs in its own direction, and turns nothing around it.
    private static string Given(string text) => $"<bdi dir=\"auto\">{Encode(text)}</bdi>";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private const string Style = """
        *{box-sizing:border-box}body{font:14px/1.45 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:2rem;color:#1f2933;background:#fff;border-top:8px solid var(--accent)}
        header{display:flex;justify-content:space-between;gap:2rem;margin-bottom:1.5rem}header img{max-width:15rem;max-height:4.2rem;object-fit:contain;object-position:left top}
        header div{text-align:right}header p{margin:0;color:#5f6b7a}h1{margin:0;font-size:2rem;line-height:1.1;color:var(--accent)}
        header .seller{font-size:1.2rem;font-weight:700;color:inherit}
        .notice{background:#fef1dc;color:#8a3b0e;font-weight:700;font-size:1.1rem;padding:.7rem 1rem}.headline{font-size:1.2rem;font-weight:700;margin:1.2rem 0}
        .parties{display:grid;grid-template-columns:1fr 1fr 1.25fr;gap:1.5rem;overflow-wrap:anywhere}address{font-style:normal}
        small{display:block;color:#5f6b7a;font-size:.85em}
        dl{display:grid;grid-template-columns:auto 1fr;gap:.1rem 1rem;margin:0}dt{color:#5f6b7a}dd{margin:0}
        table{border-collapse:collapse}.lines{width:100%;margin-top:1.5rem}.lines thead th{color:var(--accent);border-bottom:2px solid var(--accent);font-size:.85em}
        .lines th,.lines td{padding:.4rem .3rem;text-align:right;vertical-align:top;font-variant-numeric:tabular-nums;white-space:nowrap}
        .lines th:first-child,.lines td:first-child{text-align:left;white-space:normal;overflow-wrap:anywhere}.lines td{border-bottom:1px solid #dde1e6}
        .lines .company>*{background:#f3f5f7;font-weight:700;border:0}
        .sums{margin:1rem 0 0 auto;min-width:22rem;max-width:100%}
        .sums th{font-weight:400;text-align:left}.sums td{text-align:right;font-variant-numeric:tabular-nums}
        .sums th,.sums td{padding:.25rem .3rem}.sums .note td{text-align:left;color:#5f6b7a;font-size:.85em;max-width:22rem;padding-top:0}
        .sums .total>*{border-top:1px solid #1f2933;font-weight:700}
        .sums .due>*{background:#f3f5f7;color:var(--accent);font-weight:700;font-size:1.2rem;padding:.5rem .3rem}
        footer{margin-top:2.5rem;padding-top:.6rem;border-top:1px solid #dde1e6;color:#5f6b7a;font-size:.85em}footer p{margin:.2rem 0}
        @page{size:A4;margin:16mm 15mm 18mm;@bottom-right{content:"Page " counter(page) " of " counter(pages);font:8pt sans-serif;color:#5f6b7a}}
        @media print{body{font-size:9.5pt;padding:0;max-width:none;border-top:0;print-color-adjust:exact;-webkit-print-color-adjust:exact}
        tr,.sums,footer,address{break-inside:avoid}.company{break-after:avoid}}
        """;
}
