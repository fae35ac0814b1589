using Microsoft.DurableTask;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>A call with the retries that its options ask for. It is orchestrator code, and replayed like it.</summary>
internal sealed class RetriedCall(ReplayContext context, string name, TaskRetryOptions? retry)
{
    public async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return retry switch
            {
                { Policy: { } policy } => await ByPolicyAsync(call, policy),
                { Handler: { } handler } => await ByHandlerAsync(call, handler),
                _ => await call(),
            };
        }
        catch (FailedCallException failed)
        {
            throw new TaskFailedException(name, failed.Task, failed.Failure.ToDetails());
        }
    }

    private async Task<T> ByPolicyAsync<T>(Func<Task<T>> call, RetryPolicy policy)
    {
        var first = context.CurrentUtcDateTime;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (FailedCallException failed) when (failed.Failure.IsFinal != true && attempt + 1 < policy.MaxNumberOfAttempts)
            {
                var delay = policy.ComputeNextDelay(attempt, first, failed.Failure.ToDetails(), context.CurrentUtcDateTime);
                if (delay == TimeSpan.Zero) throw;
                await context.CreateOneTimer(context.CurrentUtcDateTime + delay, CancellationToken.None);
            }
        }
    }

    private async Task<T> ByHandlerAsync<T>(Func<Task<T>> call, AsyncRetryHandler handler)
    {
        var first = context.CurrentUtcDateTime;
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await call();
            }
            catch (FailedCallException failed) when (failed.Failure.IsFinal != true)
            {
                var seen = new RetryContext(context, failures, failed.Failure.ToDetails(), context.CurrentUtcDateTime - first, CancellationToken.None);
                if (!await handler(seen)) throw;
            }
        }
    }
}
