using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo;

/// <summary>The host that a demo drives: a process of its own for the command line, one with a replaced service for a test.</summary>
public interface IDemoHost : IAsyncDisposable
{
    Task StartAsync(LocalHostSettings settings, CancellationToken ct);
}

/// <summary>One that can die in the middle of its work.</summary>
public interface IMortalHost : IDemoHost
{
    /// <summary>SIGKILL.</summary>
    Task KillAsync();

    Task StartAgainAsync(CancellationToken ct);
}
