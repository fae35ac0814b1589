using System.Globalization;
using System.Text;

namespace FleetChat.Core.WhatsApp;

/// <summary>WhatsApp's errors as a page for people: docs/whatsapp-errors.md is this text.</summary>
public static class ErrorsPage
{
    private const string Head = """
        # WhatsApp's errors

        What each error code of WhatsApp's means in plain words, and what FleetChat does about it by itself. Made from
        [`MetaErrorTable.cs`](../FleetChat.Core/WhatsApp/MetaErrorTable.cs) by `dotnet run --project FleetChat.LocalHost -- errors`; a test compares the two.
        A message that failed shows its code and this text in `GET /api/messages/{id}` (`error_code`, `error_text`), in its `why`, and in the alert about it.

        The same holds for a call that WhatsApp refuses and for a message that it took and reports as `failed` later. A message of which WhatsApp said that
        it was delivered or read is never sent again. A code that stands in no table is tried again if WhatsApp calls it transient (`is_transient`), else the message has failed.
        *For as long as it is true* means until the rule's "valid until" ([rules.md](rules.md)); what is late then has expired, and says so.

        ## What FleetChat does

        | class | what happens |
        |---|---|

        """;

    public static string Write()
    {
        var page = new StringBuilder(Head);
        foreach (var errorClass in Enum.GetValues<MetaErrorClass>())
            page.Append(CultureInfo.InvariantCulture, $"| `{MetaErrorClasses.NameOf(errorClass)}` | {MetaErrorClasses.ActionOf(errorClass)} |\n");
        page.Append("\n## The codes\n\n| code | class | in plain words |\n|---|---|---|\n");
        foreach (var error in MetaErrors.All)
            page.Append(CultureInfo.InvariantCulture, $"| {Code(error)} | `{MetaErrorClasses.NameOf(error.Class)}` | {error.Text} |\n");
        return page.ToString();
    }

    private static string Code(MetaError error)
        => error.Last == error.Code ? error.Code.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{error.Code} to {error.Last}");
}
