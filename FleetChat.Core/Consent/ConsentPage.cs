using System.Globalization;
using System.Net;
using System.Text;

namespace FleetChat.Core.Consent;

/// <summary>A driver's consent as a page to print. Holds nothing that is fetched from anywhere.</summary>
public static class ConsentPage
{
    private const string Head = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>Proof of consent</title>
        <style>body{font:11pt sans-serif;margin:2em}table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:4px 6px;text-align:left;vertical-align:top;overflow-wrap:anywhere}code{font-size:8pt}</style>
        </head><body>
        """;

    public static string Of(ConsentView consent, DateTimeOffset madeAt)
    {
        var page = new StringBuilder(Head);
        page.Append(CultureInfo.InvariantCulture, $"<h1>Proof of consent</h1>\n<p>Company: {Escape(consent.CompanyName)}<br>Driver: {Escape(consent.DriverName)} ({consent.DriverId})<br>")
            .Append(CultureInfo.InvariantCulture, $"State: <strong>{Escape(consent.State)}</strong><br>Made: {Time(madeAt)}</p>\n")
            .Append("<table><thead><tr><th>When</th><th>State</th><th>Who</th><th>How</th><th>What was said to the driver</th><th>Evidence</th><th>Messages</th></tr></thead><tbody>\n");
        foreach (var entry in consent.History) Append(page, entry);
        return page.Append("</tbody></table>\n</body></html>\n").ToString();
    }

    private static void Append(StringBuilder page, ConsentEntry entry)
        => page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Time(entry.At)}<br>recorded {Time(entry.RecordedAt)}</td><td>{Escape(entry.State)}</td><td>{Escape(entry.By)}<br>{Escape(entry.WhatsappNumber)}</td><td>{Escape(entry.Method)}</td>")
            .Append(CultureInfo.InvariantCulture, $"<td>{Escape(entry.Text)}<br>{Escape(entry.TextVersion)} {Escape(entry.Language)}<br><code>{entry.TextHash}</code></td>")
            .Append(CultureInfo.InvariantCulture, $"<td>{Escape(entry.Evidence)}<br><code>{entry.EvidenceHash}</code></td><td><code>{entry.MessageId}<br>{entry.QuestionId}</code></td></tr>\n");

    private static string Escape(string? text) => WebUtility.HtmlEncode(text ?? "");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
