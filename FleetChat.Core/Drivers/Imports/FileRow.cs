namespace FleetChat.Core.Drivers.Imports;

/// <summary>A row as it stands in the file.</summary>
/// <param name="Number">From 1; the header and empty lines are none.</param>
/// <param name="Line">Where it begins; the header is in line 1.</param>
/// <param name="Cells">By <see cref="ImportField"/>; null: not there, or empty.</param>
internal sealed record FileRow(int Number, int Line, string?[] Cells)
{
    /// <summary>It can't be read as a row.</summary>
    public Error? Fault { get; init; }

    public string? this[ImportField field] => Cells[(int)field];
}

/// <summary>From here on the file can't be read, or is not.</summary>
/// <param name="problem">Null: it is malformed.</param>
internal sealed class FileMalformedException(int line, Error? problem = null) : Exception($"line {line}")
{
    public int Line => line;

    public Error Problem => problem ?? ImportErrors.FileMalformed;
}
