using FleetChat.LocalHost.Commands;
using Spectre.Console;

namespace FleetChat.LocalHost.Doctor;

/// <summary>An examination for reading.</summary>
internal static class DoctorReport
{
    public static void Show(IReadOnlyList<CheckResult> results, IAnsiConsole console)
    {
        var table = Output.Table("", "Check", "Found");
        foreach (var (check, finding) in results.Where(result => result.Finding.Severity != Severity.Skipped)) table.AddRow(Mark(finding.Severity), check, $"{Colour(finding.Severity)}{Markup.Escape(finding.Found)}[/]");
        Output.Write(console, table);
        foreach (var skipped in results.Where(result => result.Finding.Severity == Severity.Skipped).GroupBy(result => result.Finding.Found))
            console.MarkupLine($"{Mark(Severity.Skipped)} [grey]{Markup.Escape(skipped.Key)}: {string.Join(", ", skipped.Select(result => result.Check))}[/]");

        foreach (var (check, finding) in results.Where(result => result.Finding.WhatToDo is not null).OrderByDescending(result => result.Finding.Severity))
        {
            console.MarkupLine($"{Mark(finding.Severity)} [bold]{check}[/]: {Markup.Escape(finding.Found)}");
            console.MarkupLine($"    {Markup.Escape(finding.Means!)}");
            console.MarkupLine($"    [italic]{Markup.Escape(finding.WhatToDo!)}[/]");
        }
        console.MarkupLine(Sum(results));
    }

    private static string Sum(IReadOnlyList<CheckResult> results)
    {
        var (problems, warnings, skipped) = (Count(Severity.Problem), Count(Severity.Warning), Count(Severity.Skipped));
        var rest = $"{results.Count} checks, {problems} wrong, {warnings} to be warned of, {skipped} skipped.";
        return problems > 0 ? $"[red]{rest}[/]" : warnings > 0 ? $"[yellow]{rest}[/]" : $"[green]{rest}[/]";

        int Count(Severity severity) => results.Count(result => result.Finding.Severity == severity);
    }

    private static string Mark(Severity severity) => severity switch
    {
        Severity.Fine => "[green]✓[/]",
        Severity.Warning => "[yellow]![/]",
        Severity.Problem => "[red]✗[/]",
        _ => "[grey]-[/]",
    };

    private static string Colour(Severity severity) => severity switch
    {
        Severity.Warning => "[yellow]",
        Severity.Problem => "[red]",
        Severity.Skipped => "[grey]",
        _ => "[default]",
    };
}
