using Spectre.Console;

namespace FleetChat.Tests.LocalHost;

/// <summary>A console for a command that runs in this process.</summary>
internal static class CommandConsole
{
    /// <returns>What the command said.</returns>
    public static async Task<string> RunAsync(Func<IAnsiConsole, Task> command)
    {
        await using var words = new StringWriter();
        await command(AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(words) }));
        return words.ToString();
    }
}
