using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.WhatsApp;
using FleetChat.Functions.Http;
using FleetChat.LocalHost.Capacity;
using FleetChat.LocalHost.Docs;
using FleetChat.LocalHost.Hosting;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

/// <summary>Writes what stands in docs/ and is made from the code.</summary>
internal static class WriteDocs
{
    private const string Folder = "docs";

    /// <summary>By its name in docs/ what a file holds. A test compares each with what is checked in.</summary>
    public static readonly IReadOnlyDictionary<string, Func<string>> Files = new Dictionary<string, Func<string>>
    {
        ["errors.md"] = ErrorCatalogPage.Write,
        ["openapi.json"] = OpenApi.Write,
        ["rules.md"] = () => RulesPage.Write(RuleBook.Default),
        ["scale.md"] = ScalePage.Write,
        ["whatsapp-errors.md"] = ErrorsPage.Write,
    };

    /// <param name="within">The clone, or a folder in it.</param>
    /// <exception cref="StartRefusedException">It is in no clone.</exception>
    public static async Task RunAsync(string within, IAnsiConsole console, CancellationToken ct)
    {
        var folder = Path.Combine(FindRoot(new DirectoryInfo(within)), Folder);
        foreach (var (name, write) in Files)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, name), write(), ct);
            console.WriteLine($"{Folder}/{name}");
        }
    }

    private static string FindRoot(DirectoryInfo? folder)
        => folder is null ? throw new StartRefusedException("Run this in a clone of FleetChat: there is no FleetChat.sln in this folder or above it.")
            : File.Exists(Path.Combine(folder.FullName, "FleetChat.sln")) ? folder.FullName
            : FindRoot(folder.Parent);
}
