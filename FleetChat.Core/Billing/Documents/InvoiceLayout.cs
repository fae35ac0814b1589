using System.Globalization;
using FleetChat.Core.Billing.Invoices;
using PdfSharp.Drawing;

namespace FleetChat.Core.Billing.Documents;

/// <summary>Where everything of an invoice stands on its A4 pages. Lengths are points.</summary>
internal sealed class InvoiceLayout
{
    private const double PageWidth = 595;
    private const double PageHeight = 842;
    private const double Margin = 48;
    private const double Width = PageWidth - 2 * Margin;
    private const double Gap = 14;
    private const double RowPadding = 4;
    private const double SumsWidth = 270;
    private const double SumAmountWidth = 120;

    // So many lines a text may take, so that a page has room for it.
    private const int MostLines = 12;
    private const int MostLinesOfFact = 6;
    private const int MostLinesOfRow = 30;

    private static readonly XColor s_text = XColor.FromArgb(0x1F, 0x29, 0x33);
    private static readonly XColor s_quiet = XColor.FromArgb(0x5F, 0x6B, 0x7A);
    private static readonly XColor s_rule = XColor.FromArgb(0xDD, 0xE1, 0xE6);
    private static readonly XColor s_tint = XColor.FromArgb(0xF3, 0xF5, 0xF7);
    private static readonly XColor s_noticeText = XColor.FromArgb(0x8A, 0x3B, 0x0E);
    private static readonly XColor s_noticeTint = XColor.FromArgb(0xFE, 0xF1, 0xDC);

    private static readonly Column s_description = new(Margin, 218, Side.Left);
    private static readonly Column s_quantity = new(Margin + 224, 54, Side.Right);
    private static readonly Column s_price = new(Margin + 284, 76, Side.Right);
    private static readonly Column s_percent = new(Margin + 366, 46, Side.Right);
    private static readonly Column s_amount = new(Margin + 418, Width - 418 - RowPadding, Side.Right);

    private readonly PdfSheets _sheets;
    private readonly InvoiceContent _content;
    private readonly XImage? _logo;
    private readonly XColor _accent;
    private readonly PdfFace _plain, _bold, _small, _smallBold, _head, _title;
    private readonly PdfText[] _foot;
    private double _y = Margin - 8;

    public InvoiceLayout(PdfSheets sheets, InvoiceContent content, InvoiceBranding branding, XImage? logo)
    {
        (_sheets, _content, _logo) = (sheets, content, logo);
        var color = BrandColor.Of(branding.PrimaryColor);
        _accent = XColor.FromArgb(color.Red, color.Green, color.Blue);
        (_plain, _small) = (Face(8.5), Face(7.5));
        (_bold, _smallBold, _head, _title) = (Face(8.5, isBold: true), Face(7.5, isBold: true), Face(12, isBold: true), Face(22, isBold: true));
        _foot = [.. new[] { branding.Footer, branding.LegalFooter }.Where(text => !string.IsNullOrWhiteSpace(text)).Select(text => Fit(text!, _small, Width - 80, 6))];
    }

    private double FootTop => PageHeight - 36 - Math.Max(_small.LineHeight, _foot.Sum(text => text.Height));

    private double Bottom => FootTop - 16;

    public void Draw()
    {
        DrawTop();
        DrawParties();
        DrawHeadline();
        DrawLines();
        DrawSums();
        for (var page = 0; page < _sheets.Count; page++) DrawFoot(page);
    }

    private void DrawTop()
    {
        _sheets.Fill(_accent, 0, 0, PageWidth, 6);
        var title = _sheets.Draw(Fit(_content.Title, _title, 220, 1), _accent, Margin + Width - 220, _y - 4, 220, Side.Right);
        if (_content.Number is { } number) title = _sheets.Draw(Fit(number, _plain, 220, 2), s_quiet, Margin + Width - 220, title, 220, Side.Right);
        var left = _logo is null ? _sheets.Draw(Fit(_content.Supplier.Name, _head, 260, 3), s_text, Margin, _y + 2, 260) : DrawLogo(_logo);
        _y = Math.Max(title, left) + 20;
        if (_content.Notice is { } notice) DrawNotice(Fit(notice, _head, Width - 24, MostLines));
    }

    private double DrawLogo(XImage logo)
    {
        const double MostWidth = 170, MostHeight = 46;
        var scale = Math.Min(MostWidth / logo.PixelWidth, MostHeight / logo.PixelHeight);
        _sheets.Picture(logo, Margin, _y, logo.PixelWidth * scale, logo.PixelHeight * scale);
        return _y + logo.PixelHeight * scale;
    }

    private void DrawNotice(PdfText notice)
    {
        _sheets.Fill(s_noticeTint, Margin, _y, Width, notice.Height + 14);
        _sheets.Draw(notice, s_noticeText, Margin + 12, _y + 7, Width - 24);
        _y += notice.Height + 14 + 18;
    }

    private void DrawParties()
    {
        const double PartyWidth = 150, FactsWidth = Width - 2 * (PartyWidth + Gap);
        var supplier = DrawParty(_content.Supplier, Margin, PartyWidth);
        var buyer = DrawParty(_content.Buyer, Margin + PartyWidth + Gap, PartyWidth);
        var facts = DrawFacts(Margin + 2 * (PartyWidth + Gap), FactsWidth);
        _y = Math.Max(Math.Max(supplier, buyer), facts) + 22;
    }

    private double DrawParty(PartyText party, double x, double width)
    {
        var y = _sheets.Draw(Fit(party.Label, _small, width, 1), s_quiet, x, _y, width) + 2;
        y = _sheets.Draw(Fit(party.Name, _bold, width, MostLines), s_text, x, y, width);
        foreach (var line in party.Lines.Select(line => Fit(line, _plain, width, MostLines)))
        {
            // An address that fills a page is none.
            if (y + line.Height > Bottom - _plain.LineHeight) return _sheets.Draw(Fit("…", _plain, width, 1), s_text, x, y, width);
            y = _sheets.Draw(line, s_text, x, y, width);
        }
        return y;
    }

    private double DrawFacts(double x, double width)
    {
        const double LabelWidth = 72;
        var y = _y;
        foreach (var (label, value) in _content.Facts)
        {
            _sheets.Draw(Fit(label, _plain, LabelWidth, 1), s_quiet, x, y, LabelWidth);
            y = _sheets.Draw(Fit(value, _plain, width - LabelWidth, MostLinesOfFact), s_text, x + LabelWidth, y, width - LabelWidth) + 1.5;
        }
        return y;
    }

    private void DrawHeadline()
    {
        if (_content.Headline is null) return;
        var headline = Fit(_content.Headline, _head, Width, 2);
        MakeRoom(headline.Height + 60, isInTable: false);
        _y = _sheets.Draw(headline, s_text, Margin, _y, Width) + 16;
    }

    private void DrawLines()
    {
        // The table's head goes with its first row, and that may have a company's name above it.
        var first = _content.Companies is [{ Lines: [var line, ..] }, ..] ? HeightOf(DescriptionOf(line), DaysOf(line)) : 0;
        if (!MakeRoom(first + 6 * _plain.LineHeight, isInTable: true)) DrawTableHead();
        foreach (var company in _content.Companies) DrawCompany(company);
    }

    private void DrawTableHead()
    {
        DrawCell(s_description, InvoiceContent.DescriptionColumn, _smallBold, _accent);
        DrawCell(s_quantity, InvoiceContent.QuantityColumn, _smallBold, _accent);
        DrawCell(s_price, InvoiceContent.PriceColumn, _smallBold, _accent);
        DrawCell(s_percent, InvoiceContent.PercentColumn, _smallBold, _accent);
        DrawCell(s_amount, _content.AmountColumn, _smallBold, _accent);
        _y += _smallBold.LineHeight + 4;
        _sheets.Fill(_accent, Margin, _y, Width, 1.2);
        _y += 1.2;
    }

    private void DrawCompany(CompanyText company)
    {
        if (company.Name is not null) DrawCompanyHead(company.Name, company.Amount, HeightOf(DescriptionOf(company.Lines[0]), DaysOf(company.Lines[0])));
        foreach (var line in company.Lines)
        {
            var (description, days) = (DescriptionOf(line), DaysOf(line));
            var height = HeightOf(description, days);
            // Who turns the page sees again whose lines these are.
            if (MakeRoom(height, isInTable: true) && company.Name is not null) DrawCompanyHead($"{company.Name} (continued)", null, height);
            DrawRow(line, description, days);
            _y += height;
            _sheets.Fill(s_rule, Margin, _y - 0.5, Width, 0.5);
        }
    }

    private PdfText DescriptionOf(LineText line) => Fit(line.Description, _plain, s_description.Width, MostLinesOfRow);

    private PdfText? DaysOf(LineText line) => line.Days is null ? null : Fit(line.Days, _small, s_description.Width, 1);

    private static double HeightOf(PdfText description, PdfText? days) => description.Height + (days?.Height ?? 0) + 2 * RowPadding;

    /// <param name="rowHeight">Of the row below: without it this is never at a page's end.</param>
    private void DrawCompanyHead(string name, string? amount, double rowHeight)
    {
        const double NameWidth = Width - 110;
        var text = Fit(name, _bold, NameWidth, MostLines);
        var height = text.Height + 2 * RowPadding;
        MakeRoom(height + rowHeight, isInTable: true);
        _sheets.Fill(s_tint, Margin, _y, Width, height);
        _sheets.Draw(text, s_text, Margin + RowPadding, _y + RowPadding, NameWidth);
        if (amount is not null) DrawCell(s_amount, amount, _bold, s_text, RowPadding);
        _y += height;
    }

    private void DrawRow(LineText line, PdfText description, PdfText? days)
    {
        var end = _sheets.Draw(description, s_text, s_description.X, _y + RowPadding, s_description.Width);
        if (days is not null) _sheets.Draw(days, s_quiet, s_description.X, end, s_description.Width);
        DrawCell(s_quantity, line.Quantity, _plain, s_text, RowPadding);
        DrawCell(s_price, line.Price, _plain, s_text, RowPadding);
        DrawCell(s_percent, line.Percent, _plain, s_text, RowPadding);
        DrawCell(s_amount, line.Amount, _plain, s_text, RowPadding);
    }

    private void DrawCell(Column column, string text, PdfFace face, XColor color, double padding = 0)
        => _sheets.DrawFit(face, text, color, column.X, _y + padding, column.Width, column.Side);

    private void DrawSums()
    {
        _y += 10;
        var heights = _content.Sums.Sum(HeightOf);
        // Together on one page, unless they fill one.
        if (heights < Bottom - Margin) MakeRoom(heights, isInTable: false);
        foreach (var sum in _content.Sums)
        {
            MakeRoom(HeightOf(sum), isInTable: false);
            DrawSum(sum);
        }
    }

    private void DrawSum(SumText sum)
    {
        const double X = Margin + Width - SumsWidth, AmountX = Margin + Width - SumAmountWidth - RowPadding;
        var (face, color) = sum.Weight == SumWeight.Due ? (_head, _accent) : (sum.Weight == SumWeight.Total ? _bold : _plain, s_text);
        if (sum.Weight == SumWeight.Due) _sheets.Fill(s_tint, X, _y, SumsWidth, HeightOf(sum));
        if (sum.Weight == SumWeight.Total) _sheets.Fill(s_text, X, _y, SumsWidth, 0.8);
        var top = _y + PaddingOf(sum.Weight);
        _sheets.DrawFit(face, sum.Label, color, X + RowPadding, top, SumsWidth - SumAmountWidth - Gap, Side.Left);
        _sheets.DrawFit(face, sum.Amount, color, AmountX, top, SumAmountWidth, Side.Right);
        if (sum.Note is not null) _sheets.Draw(NoteOf(sum.Note), s_quiet, X + RowPadding, top + face.LineHeight, SumsWidth - 2 * RowPadding);
        _y += HeightOf(sum);
    }

    private double HeightOf(SumText sum)
        => (sum.Weight == SumWeight.Due ? _head : _plain).LineHeight + 2 * PaddingOf(sum.Weight) + (sum.Note is null ? 0 : NoteOf(sum.Note).Height);

    private static double PaddingOf(SumWeight weight) => weight == SumWeight.Due ? 6 : 3;

    private PdfText NoteOf(string note) => Fit(note, _small, SumsWidth - 2 * RowPadding, MostLines);

    /// <summary>Goes on on a new page where this one has no room.</summary>
    /// <returns>Whether it did.</returns>
    private bool MakeRoom(double height, bool isInTable)
    {
        if (_y + height <= Bottom) return false;
        _sheets.Add();
        _sheets.Fill(_accent, 0, 0, PageWidth, 6);
        _y = Margin - 16;
        const double HeadWidth = (Width - Gap) / 2;
        var (right, color) = _content.Notice is { } notice ? (notice, s_noticeText) : (_content.Supplier.Name, s_quiet);
        _sheets.Draw(Fit(_content.FullTitle, _small, HeadWidth, 1), s_quiet, Margin, _y, HeadWidth);
        _sheets.Draw(Fit(right, _small, HeadWidth, 1), color, Margin + Width - HeadWidth, _y, HeadWidth, Side.Right);
        _y += _small.LineHeight + 16;
        if (isInTable) DrawTableHead();
        return true;
    }

    private void DrawFoot(int page)
    {
        _sheets.TurnTo(page);
        _sheets.Fill(s_rule, Margin, FootTop - 8, Width, 0.5);
        var y = FootTop;
        foreach (var text in _foot) y = _sheets.Draw(text, s_quiet, Margin, y, Width - 80);
        _sheets.DrawFit(_small, string.Create(CultureInfo.InvariantCulture, $"Page {page + 1} of {_sheets.Count}"), s_quiet, Margin + Width - 80, FootTop, 80, Side.Right);
    }

    private PdfFace Face(double size, bool isBold = false) => new(_sheets.Measure, size, isBold);

    private static PdfText Fit(string text, PdfFace face, double width, int mostLines) => PdfText.Of(text, face, width, mostLines);

    private sealed record Column(double X, double Width, Side Side);
}
