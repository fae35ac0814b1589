using FleetChat.Core.Inbox;
using FleetChat.Core.Orchestrations;
using FleetChat.Functions.Inbox;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace FleetChat.Functions.Orchestrations;

public sealed class CarryOutCommandsFunction(CarryOutCommands carryOut)
{
    [Function("CarryOutCommands")]
    public async Task<NudgesOut> RunAsync([QueueTrigger(QueueNames.Orchestrate)] string message, [DurableClient] DurableTaskClient client, CancellationToken ct)
        => NudgesOut.Of(await carryOut.HandleAsync(Nudge.Parse(message), new DurableEngine(client), ct));

    private sealed class DurableEngine(DurableTaskClient client) : IFlowEngine
    {
        public async Task<bool?> HasEndedAsync(string instance, CancellationToken ct)
            => (await client.GetInstanceAsync(instance, getInputsAndOutputs: false, ct))?.RuntimeStatus switch
            {
                null => null,
                OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated => true,
                _ => false,
            };

        public Task StartAsync(Flow flow, string instance, FlowInput input, CancellationToken ct)
            => client.ScheduleNewOrchestrationInstanceAsync(flow.Function, input, new StartOrchestrationOptions(instance), ct);

        public Task RaiseAsync(string instance, string name, CancellationToken ct) => client.RaiseEventAsync(instance, name, cancellation: ct);
    }
}
