using FleetChat.LocalHost.Doctor;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

internal sealed record DoctorOptions : ViewOptions
{
    /// <summary>Null: where the running host listens, else the default.</summary>
    public int? Port { get; init; }
}

/// <summary>Looks at an installation and what is around it. Starts and changes nothing.</summary>
internal static class DoctorCommand
{
    /// <returns>Whether nothing is wrong; what is only to be warned of is not wrong.</returns>
    public static async Task<bool> RunAsync(DoctorOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var examined = await Examined.FindAsync(options.Folder, options.Port, ct);
        await using var views = examined.Views;
        var results = await Examination.LookAsync(examined, ct);
        if (options.Json) Output.WriteJson(ToJson(results));
        else DoctorReport.Show(results, console);
        return results.All(result => result.Finding.Severity != Severity.Problem);
    }

    private static object ToJson(IReadOnlyList<CheckResult> results) => new
    {
        Status = results.Max(result => result.Finding.Severity) switch { Severity.Problem => "problem", Severity.Warning => "warning", _ => "fine" },
        Checks = results.Select(result => new { result.Check, Status = result.Finding.Severity, result.Finding.Found, result.Finding.Means, result.Finding.WhatToDo }),
    };
}
