using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Orchestrations;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace FleetChat.Functions.Drivers;

/// <summary>Runs an import, some seconds of work at a time, until its row says that it is over.</summary>
public static class ImportFlow
{
    /// <summary>Drivers are asked over days or weeks, with a look every minute; the history is to stay short.</summary>
    private const int MostRounds = 100;

    /// <summary>For as long as the database or Samsara is away.</summary>
    private static readonly TaskOptions s_patience = TaskOptions.FromRetryPolicy(
        new(maxNumberOfAttempts: 10_000, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(5)));

    [Function("ImportFlow")]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<FlowInput>()!;
        for (var round = 0; round < MostRounds; round++)
        {
            var step = await context.CallActivityAsync<ImportStep>("RunImport", input, s_patience);
            if (step.IsOver) return;
            if (step.NextAt is { } nextAt) await context.CreateTimer(nextAt.UtcDateTime, CancellationToken.None);
        }
        context.ContinueAsNew(input);
    }
}

public sealed class RunImportFunction(RunImport run)
{
    [Function("RunImport")]
    public Task<ImportStep> RunAsync([ActivityTrigger] FlowInput input, CancellationToken ct) => run.HandleAsync(input, ct);
}
