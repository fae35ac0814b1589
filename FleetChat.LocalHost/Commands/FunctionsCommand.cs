using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

/// <summary>What there is to be called, queued or waited for; no host has to run.</summary>
internal static class FunctionsCommand
{
    /// <exception cref="StartRefusedException">A function that a host would refuse to load.</exception>
    public static void Run(bool json, IAnsiConsole console)
    {
        var functions = Read();
        if (json) Output.WriteJson(functions);
        else Show(functions, console);
    }

    /// <summary>The queues that functions serve or write to.</summary>
    /// <exception cref="StartRefusedException">A function that a host would refuse to load.</exception>
    public static IReadOnlyCollection<string> Queues()
        => [.. Read().SelectMany(function => function.Kind == "queue" ? function.Queues.Append(function.Trigger) : function.Queues).Distinct(StringComparer.Ordinal)];

    private static IReadOnlyList<FunctionDescription> Read()
    {
        try
        {
            return FunctionList.Read(typeof(FunctionsCommand).Assembly, AppContext.BaseDirectory, AppConfiguration.Read(AppContext.BaseDirectory));
        }
        catch (Exception refused) when (refused is InvalidOperationException or InvalidDataException or FormatException or System.Text.Json.JsonException)
        {
            throw new StartRefusedException(refused.Message, refused);
        }
    }

    private static void Show(IReadOnlyList<FunctionDescription> functions, IAnsiConsole console)
    {
        var table = Output.Table("Function", "Trigger", "Route, queue or schedule", "Writes to");
        foreach (var function in functions)
            table.AddRow(Markup.Escape(function.Name), function.Kind, Markup.Escape(function.Trigger), Markup.Escape(string.Join(", ", function.Queues)));
        Output.Write(console, table);
        console.WriteLine($"{functions.Count} functions.");
    }
}
