using System.Globalization;
using System.Text;
using FleetChat.Core.Billing.Invoices;
using PdfSharp.Drawing;
using PdfSharp.Pdf;

namespace FleetChat.Core.Billing.Documents;

/// <summary>An invoice as a PDF of A4 pages. The same invoice is the same bytes, whenever and wherever it is written.</summary>
internal static class InvoicePdf
{
    public static byte[] Write(InvoiceView invoice, InvoiceBranding branding)
    {
        // PDFsharp writes a date in the calendar of whoever calls.
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return WriteInvariant(invoice, branding);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static byte[] WriteInvariant(InvoiceView invoice, InvoiceBranding branding)
    {
        InvoiceFonts.Register();
        using var document = new PdfDocument();
        var content = InvoiceContent.Of(invoice);
        using var logo = FindLogo(branding.Logo);
        using (var sheets = new PdfSheets(document)) new InvoiceLayout(sheets, content, branding, logo).Draw();
        Describe(document, invoice, content);
        using var stream = new MemoryStream();
        document.Save(stream, closeStream: false);
        var bytes = stream.ToArray();
        Settle(bytes, invoice.Id);
        return bytes;
    }

    private static XImage? FindLogo(byte[]? bytes)
    {
        if (InvoiceLogo.Find(bytes) is not { } logo) return null;
        try
        {
            return XImage.FromStream(new MemoryStream(logo.Bytes));
        }
        catch (Exception)
        {
            // A picture that PDFsharp cannot read, such as a PNG of 16 bits: it throws whatever its readers come to.
            return null;
        }
    }

    private static void Describe(PdfDocument document, InvoiceView invoice, InvoiceContent content)
    {
        document.Language = "en";
        // Nothing that people wrote: PDFsharp copies this into XML as it is.
        document.Info.Title = content.FullTitle;
        document.Info.Creator = "FleetChat";
        var at = invoice.IssuedOn?.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) ?? invoice.CreatedAt.UtcDateTime;
        document.Info.CreationDate = at;
        document.Info.ModificationDate = at;
        document.Internals.FirstDocumentID = document.Internals.SecondDocumentID = Encoding.Latin1.GetString(invoice.Id.ToByteArray(bigEndian: true));
    }

    // PDFsharp takes some names at random, and has no say in them: so they are written over, each by one as long.
    private static void Settle(Span<byte> pdf, Guid id)
    {
        Overwrite(pdf, "<xmpMM:DocumentID>uuid:"u8, 0, Encoding.ASCII.GetBytes(id.ToString()));
        Overwrite(pdf, "<xmpMM:InstanceID>uuid:"u8, 0, Encoding.ASCII.GetBytes(id.ToString()));
        // The letters before a font's name say only that this is not the whole font.
        Overwrite(pdf, "+DejaVu#20Sans"u8, -6 - "+DejaVu#20Sans".Length, "INVOIC"u8);
    }

    /// <param name="offset">From the mark's end.</param>
    private static void Overwrite(Span<byte> pdf, ReadOnlySpan<byte> mark, int offset, ReadOnlySpan<byte> value)
    {
        for (int found, at = 0; (found = pdf[at..].IndexOf(mark)) >= 0;)
        {
            at += found + mark.Length;
            value.CopyTo(pdf[(at + offset)..]);
        }
    }
}
