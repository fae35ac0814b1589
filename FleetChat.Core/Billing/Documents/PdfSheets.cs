using PdfSharp;
using PdfSharp.Drawing;
using PdfSharp.Pdf;

namespace FleetChat.Core.Billing.Documents;

internal enum Side
{
    Left,
    Right,
}

/// <summary>The pages of a document, and how anything is drawn on them. Lengths are points from the page's upper left corner.</summary>
internal sealed class PdfSheets : IDisposable
{
    private readonly PdfDocument _document;
    private readonly List<XGraphics> _pages = [];
    private XGraphics _on;

    public PdfSheets(PdfDocument document)
    {
        _document = document;
        _on = Add();
    }

    public int Count => _pages.Count;

    /// <summary>For what measures texts.</summary>
    public XGraphics Measure => _pages[0];

    /// <summary>From now on that is the page which is drawn on.</summary>
    public XGraphics Add()
    {
        var page = _document.AddPage();
        page.Size = PageSize.A4;
        _on = XGraphics.FromPdfPage(page);
        _pages.Add(_on);
        return _on;
    }

    public void TurnTo(int page) => _on = _pages[page];

    /// <returns>Where the text ends.</returns>
    public double Draw(PdfText text, XColor color, double x, double y, double width, Side side = Side.Left)
    {
        foreach (var line in text.Lines)
        {
            DrawLine(text.Face, text.IsRightToLeft, line, color, x, y, width, side);
            y += text.Face.LineHeight;
        }
        return y;
    }

    /// <summary>One line, in smaller letters if it is too wide.</summary>
    public void DrawFit(PdfFace face, string text, XColor color, double x, double y, double width, Side side)
    {
        var shown = face.Prepare(text);
        DrawLine(face.FitTo(shown, width), BidiLine.IsRightToLeft(shown), shown, color, x, y, width, side);
    }

    public void Fill(XColor color, double x, double y, double width, double height) => _on.DrawRectangle(new XSolidBrush(color), x, y, width, height);

    public void Picture(XImage image, double x, double y, double width, double height) => _on.DrawImage(image, x, y, width, height);

    public void Dispose() => _pages.ForEach(page => page.Dispose());

    private void DrawLine(PdfFace face, bool isRightToLeft, string line, XColor color, double x, double y, double width, Side side)
    {
        var pieces = BidiLine.Split(line, isRightToLeft);
        double[] widths = [.. pieces.Select(piece => face.WidthOf(piece.Text))];
        var brush = new XSolidBrush(color);
        var left = side == Side.Left ? x : x + width - widths.Sum();
        foreach (var (piece, order) in pieces)
        {
            var before = pieces.Zip(widths).Where(other => other.First.Order < order).Sum(other => other.Second);
            _on.DrawString(piece, face.Font, brush, left + before, y + face.Size, XStringFormats.BaseLineLeft);
        }
    }
}
