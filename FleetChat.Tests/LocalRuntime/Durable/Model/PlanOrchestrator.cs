using Microsoft.DurableTask;

namespace FleetChat.Tests.LocalRuntime.Durable.Model;

/// <summary>A plan as an orchestrator's code: what it returns tells everything that it saw.</summary>
/// <param name="planOf">By key.</param>
/// <param name="unit">How long one unit of time is.</param>
internal sealed class PlanOrchestrator(Func<string, Plan> planOf, TimeSpan unit)
{
    public const string Name = "Plan";
    public const string Activity = "Act";

    public async Task<object?> RunAsync(TaskOrchestrationContext context)
    {
        var input = context.GetInput<PlanInput>()!;
        var plan = planOf(input.Key);
        var value = input.SoFar + await new Run(context, input, unit).StepAsync(plan.Generations[input.Generation], Place.Root(input.Generation));
        if (input.Generation + 1 == plan.Generations.Length) return value;
        context.ContinueAsNew(input.Next(value), plan.PreservesEvents);
        return null;
    }

    private sealed class Run(TaskOrchestrationContext context, PlanInput input, TimeSpan unit)
    {
        public async Task<string> StepAsync(Step step, string place)
        {
            switch (step)
            {
                case Step.Call call:
                    return await context.CallActivityAsync<string>(Activity, new CallInput(place, call.Failures), Retry(call.Attempts));
                case Step.Pause pause:
                    await context.CreateTimer(unit * pause.Units, CancellationToken.None);
                    return $"p{context.CurrentUtcDateTime.Ticks}";
                case Step.Await wait:
                    return $"e({await context.WaitForExternalEvent<string>(wait.Event)})";
                case Step.AwaitOr wait:
                    return await AwaitOrAsync(wait);
                case Step.Sub sub:
                    return await SubAsync(sub, place);
                case Step.Sequence sequence:
                    return await SequenceAsync(sequence.Steps, place);
                case Step.All all:
                    return $"all({string.Join(',', await Task.WhenAll(all.Branches.Select((b, i) => StepAsync(b, Place.Of(place, i)))))})";
                case Step.Any any:
                    return await AnyAsync(any.Branches, place);
                case Step.Try attempt:
                    return await TryAsync(attempt, place);
                case Step.Throw:
                    throw new InvalidOperationException($"thrown at {place}");
                case Step.Tell tell:
                    context.SendEvent(input.Root, tell.Event, $"{context.InstanceId} {place}");
                    return "s";
                case Step.Show:
                    context.SetCustomStatus(place);
                    return "c";
                default:
                    return context.NewGuid().ToString("N");
            }
        }

        private TaskOptions? Retry(int attempts) => attempts == 1 ? null : TaskOptions.FromRetryPolicy(new RetryPolicy(attempts, unit));

        private async Task<string> AwaitOrAsync(Step.AwaitOr wait)
        {
            try
            {
                return $"w({await context.WaitForExternalEvent<string>(wait.Event, unit * wait.Units)})";
            }
            catch (TaskCanceledException)
            {
                return "late";
            }
        }

        private async Task<string> SubAsync(Step.Sub sub, string place)
        {
            var options = new SubOrchestrationOptions(Retry(sub.Attempts) ?? new TaskOptions(), sub.IsNamed ? $"{context.InstanceId}/{place}" : null);
            return $"sub({await context.CallSubOrchestratorAsync<string>(Name, new PlanInput($"{input.Key}/{place}", 0, ""), options)})";
        }

        private async Task<string> SequenceAsync(Step[] steps, string place)
        {
            var value = "";
            for (var i = 0; i < steps.Length; i++) value += await StepAsync(steps[i], Place.Of(place, i));
            return value;
        }

        private async Task<string> AnyAsync(Step[] branches, string place)
        {
            var running = branches.Select((b, i) => StepAsync(b, Place.Of(place, i))).ToList();
            var first = await Task.WhenAny(running);
            return $"any{running.IndexOf(first)}({await first})";
        }

        private async Task<string> TryAsync(Step.Try attempt, string place)
        {
            try
            {
                return $"try({await StepAsync(attempt.Body, Place.Of(place, 0))})";
            }
            catch (Exception exception)
            {
                return $"caught({exception.Message}){await StepAsync(attempt.Handler, Place.Of(place, 1))}";
            }
        }
    }
}
