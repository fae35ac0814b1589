using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Orchestrations;

/// <summary>
/// Carries out what orchestrations are to be told, at least once: whoever is told twice reads what is true and finds nothing to do.
/// Never given up, because the row is the only one who knows; people are told where it goes on for long.
/// </summary>
public sealed partial class CarryOutCommands(TenantDbs dbs, IEnumerable<Flow> flows, TimeProvider time, ILogger<CarryOutCommands> logger)
{
    private const int AtOnce = 16;
    private const int AttemptsUntilTold = 5;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Flow> _flows = flows.ToDictionary(f => f.Name);

    /// <returns>This lane, if it has more.</returns>
    public async Task<LaneWork> HandleAsync(Nudge nudge, IFlowEngine engine, CancellationToken ct)
    {
        var (db, token) = (dbs.For(nudge.Tenant), time.NewId());
        await LaneSql.LowerFlagAsync(dbs.LazilyFor(nudge.Tenant), Lanes.OrchestrateStage, nudge.Lane, ct);
        var claimed = await FlowCommands.ClaimAsync(db, nudge.Lane, time.GetUtcNow(), token, Lease, AtOnce, ct);
        if (claimed.Count == 0) return new();

        var results = await Task.WhenAll(claimed.ConvertAll(command => CarryOutAsync(nudge.Tenant, command, engine, ct)));
        await Recording.ExecuteAsync(() => EndAsync(nudge.Tenant, claimed, results, token));
        return new() { Orchestrate = [nudge] };
    }

    private async Task<FlowCommandResult> CarryOutAsync(TenantId tenant, FlowCommand command, IFlowEngine engine, CancellationToken ct)
    {
        try
        {
            return new(command.Id, await TellAsync(tenant, command, engine, ct), null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            Log.NotCarriedOut(logger, exception, tenant, command.Flow, command.Id, command.Attempts);
            return new(command.Id, $"failed: {exception.GetType().Name}", time.GetUtcNow() + DelayAfter(command.Attempts));
        }
    }

    private async Task<string> TellAsync(TenantId tenant, FlowCommand command, IFlowEngine engine, CancellationToken ct)
    {
        if (!_flows.TryGetValue(command.Flow, out var flow)) throw new InvalidOperationException($"there is no flow {command.Flow}");
        var (instance, hasEnded) = await FindAsync(tenant, flow, command.Subject, engine, ct);
        if (command.Event is null)
        {
            if (instance is not null) return "begun already";
            await engine.StartAsync(flow, flow.InstanceOf(tenant, command.Subject), new(tenant.Value, command.Subject), ct);
            return "begun";
        }
        if (instance is null || hasEnded) return "ended already";
        await engine.RaiseAsync(instance, command.Event, ct);
        return "told";
    }

    // One that began before a deployment bears its old version, and ends with it.
    private static async Task<(string? Instance, bool HasEnded)> FindAsync(TenantId tenant, Flow flow, Guid subject, IFlowEngine engine, CancellationToken ct)
    {
        foreach (var instance in flow.InstancesOf(tenant, subject))
            if (await engine.HasEndedAsync(instance, ct) is { } hasEnded) return (instance, hasEnded);
        return (null, false);
    }

    private async Task EndAsync(TenantId tenant, List<FlowCommand> claimed, FlowCommandResult[] results, Guid token)
    {
        await using var db = await dbs.BeginAsync(tenant, CancellationToken.None);
        await FlowCommands.EndAsync(db, results, token, time.GetUtcNow(), CancellationToken.None);
        foreach (var late in claimed.Where((command, i) => results[i].DueAt is not null && command.Attempts >= AttemptsUntilTold))
            await Alerts.RaiseAsync(db, time, AlertCodes.OrchestrationLate, Alerts.Critical, late.Flow, CancellationToken.None);
        await db.CommitAsync(CancellationToken.None);
    }

    private static TimeSpan DelayAfter(int attempts) => TimeSpan.FromTicks(Math.Min(LongestDelay.Ticks, FirstDelay.Ticks << Math.Min(attempts - 1, 20)));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Flow} of {TenantId} could not be told, command {CommandId}, attempt {Attempt}")]
        public static partial void NotCarriedOut(ILogger logger, Exception exception, TenantId tenantId, string flow, Guid commandId, int attempt);
    }
}
