using System.Reflection;

namespace FleetChat.LocalRuntime;

public sealed class LocalRuntimeOptions
{
    /// <summary>A direct connection (no pooler between, LISTEN and session locks are used) of a login that owns the schema <c>localhost</c> or may create it.</summary>
    public string Postgres { get; set; } = "";

    /// <summary>
    /// How long a process may be silent, paused or cut off from Postgres, before the others take its work. One that was killed
    /// is found out at once. Shorter finds a hanging process sooner, and takes a slow one's work away from it more often.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Port 0 takes any free port; <see cref="LocalRuntimeServer.Address"/> tells which.</summary>
    public string Url { get; set; } = "http://127.0.0.1:7071";

    /// <summary>Where the functions are; the entry assembly if null.</summary>
    public Assembly? FunctionsAssembly { get; set; }

    /// <summary>The folder of host.json and local.settings.json; the program's own if null.</summary>
    public string? ContentRoot { get; set; }
}
