using System.Globalization;
using System.Text;

namespace FleetChat.Functions.Http;

/// <summary>The catalogue as a page for people: docs/errors.md is this text.</summary>
public static class ErrorCatalogPage
{
    private const string Head = """
        # Errors

        Every code that the API refuses a request with, its status, and what it says, which is what to do. Made from the code by
        `dotnet run --project FleetChat.LocalHost -- docs`; a test compares the two.

        A refusal is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), `application/problem+json`:

        ```json
        {
          "type": "urn:fleetchat:problem:drivers.not_found",
          "title": "Not found",
          "status": 404,
          "detail": "There is no such driver. GET /api/drivers lists those there are.",
          "code": "drivers.not_found"
        }
        ```

        Programs go by `code`: it never changes its meaning, and has one status. `detail` is for people and may be worded anew. `field` is there where one value is
        wrong: the JSON path in the body (`$.phone`), or the name of a parameter or header. What stands in braces below is put in by the request.
        Every answer has the header `X-Correlation-Id`: the one that the request was sent with (1 to 128 visible ASCII characters), else the trace id of its `traceparent`, else one of ours.
        Our log and the audit trail call the request by it, so tell it to FleetChat's support.
        What is another company's does not exist for the caller: it is answered as what was never there.

        Some codes are seen in what GET shows rather than as a refusal, and then without the status: what is wrong with an import and its rows (`imports.*`, `drivers.*`,
        `consent.evidence_incomplete`), and what a step of an onboarding waits for (`onboarding.*`, `samsara.*`, `numbers.*`).
        WhatsApp's own numbers stand in [whatsapp-errors.md](whatsapp-errors.md).

        """;

    public static string Write()
    {
        var page = new StringBuilder(Head);
        foreach (var area in ErrorCatalog.Read().GroupBy(error => error.Code.Split('.')[0]))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {area.Key}\n\n| code | status | what it says |\n|---|---|---|\n");
            foreach (var code in area.GroupBy(error => error.Code))
                page.Append(CultureInfo.InvariantCulture, $"| `{code.Key}` | {(int)code.First().Status} | {string.Join("<br>", code.Select(Say))} |\n");
        }
        return page.ToString();
    }

    private static string Say(CatalogedError error)
    {
        var field = error.Field is { } name ? $"`{name}`: " : "";
        var header = error.Header is { } with ? $" With the header `{with}`." : "";
        return $"{field}{error.Detail.Replace("|", @"\|", StringComparison.Ordinal)}{header}";
    }
}
