using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.WhatsApp;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Sim;

/// <summary>The chats as the people with the phones see them.</summary>
internal static class SimChats
{
    public static async Task RunAsync(FoundSimulators found, SimOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var whatsApp = found.WhatsApp ?? throw new StartRefusedException("No simulated WhatsApp answers, only Samsara does.");
        var chats = await whatsApp.ChatsAsync(options.Number, options.User?.TrimStart('+'), ct);
        if (options.Json) Output.WriteJson(chats);
        else if (chats.Count == 0) console.WriteLine("No chat yet.");
        else foreach (var chat in chats) Show(chat, console);
    }

    private static void Show(ChatView chat, IAnsiConsole console)
    {
        Output.Widen(console);
        console.MarkupLineInterpolated($"[bold]{chat.UserName}[/] +{chat.User} with {chat.BusinessName} +{chat.Number} (number {chat.NumberId})");
        foreach (var message in chat.Messages)
        {
            console.WriteLine($"  {Ages.Moment(message.At)} {(message.From == "user" ? "<" : ">")} {message.Text.ReplaceLineEndings("\n      ")}{(message.Status is { } status ? $"  ({status})" : "")}");
            if (message.Buttons.Count > 0) console.WriteLine($"      {string.Join("  ", message.Buttons.Select(button => $"[{button}]"))}");
        }
        console.WriteLine();
    }
}
