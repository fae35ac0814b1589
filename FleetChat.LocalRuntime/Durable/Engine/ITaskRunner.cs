using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>Finds and runs the application's own code, whether it came as functions or through a registry.</summary>
internal interface ITaskRunner
{
    ReplayOptions Options { get; }

    ILoggerFactory Loggers { get; }

    /// <summary>False if something may be left to other processes, so that it has to be looked at before it begins.</summary>
    bool TakesEverything { get; }

    /// <summary>In lower case; null takes whatever there is, and fails what it does not know.</summary>
    string[]? OrchestratorNames { get; }

    string[]? ActivityNames { get; }

    /// <summary>False leaves the instance to others.</summary>
    ValueTask<bool> AcceptsAsync(OrchestrationInfo instance, CancellationToken cancellation);

    /// <summary>Has the turn's result set when it returns; throws only if the process is to blame and the turn may run again.</summary>
    Task RunTurnAsync(OrchestrationTurn turn, CancellationToken cancellation);

    /// <summary>The activity's answer, a failure included; throws only if it was cut off by the process' end.</summary>
    Task<HistoryEvent> RunActivityAsync(ClaimedActivity activity, CancellationToken cancellation);
}
