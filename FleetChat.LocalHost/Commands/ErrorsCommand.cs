using FleetChat.Core.WhatsApp;

namespace FleetChat.LocalHost.Commands;

/// <summary>WhatsApp's errors as a page for people: docs/whatsapp-errors.md is its output.</summary>
internal static class ErrorsCommand
{
    public static void Run(bool json)
    {
        if (json) Output.WriteJson(MetaErrors.All.Select(error => new { error.Code, error.Last, Class = MetaErrorClasses.NameOf(error.Class), error.Text, Action = MetaErrorClasses.ActionOf(error.Class) }));
        else Console.Write(ErrorsPage.Write());
    }
}
