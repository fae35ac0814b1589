namespace FleetChat.LocalHost.Doctor;

internal enum Severity
{
    Fine,

    /// <summary>Could not be looked at, because something else is wrong or not there.</summary>
    Skipped,

    Warning,
    Problem,
}

/// <summary>What a check found.</summary>
/// <param name="Found">The fact.</param>
/// <param name="Means">Why it matters; null when all is well.</param>
/// <param name="WhatToDo">Null when all is well.</param>
internal sealed record Finding(Severity Severity, string Found, string? Means = null, string? WhatToDo = null)
{
    public static Finding Fine(string found) => new(Severity.Fine, found);

    public static Finding Skipped(string why) => new(Severity.Skipped, why);

    public static Finding Warning(string found, string means, string whatToDo) => new(Severity.Warning, found, means, whatToDo);

    public static Finding Problem(string found, string means, string whatToDo) => new(Severity.Problem, found, means, whatToDo);
}
