using System.Text.Json;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// The innermost step for durable functions. Middleware stands around a whole turn of an orchestrator, and its next returns
/// each time; around an activity it sees failures in the form in which the real worker hands them to its host.
/// </summary>
internal static class DurableFunctionExecutor
{
    public static Task ExecuteOrchestrationAsync(FunctionContext context, Func<Task> execute)
    {
        var turn = context.Features.Get<OrchestrationTurn>()!;
        var source = context.Features.Get<ContextSource>()!;
        turn.Run(async orchestration =>
        {
            source.Context = orchestration;
            await execute();
            return FunctionBindings.Of(context).InvocationResult;
        });
        return Task.CompletedTask;
    }

    /// <exception cref="DurableSerializationException">Whatever the activity threw.</exception>
    public static async Task ExecuteActivityAsync(Func<Task> execute)
    {
        try
        {
            await execute();
        }
        catch (Exception exception)
        {
            throw new DurableSerializationException(exception);
        }
    }
}

/// <summary>An activity's failure as middleware sees it: its message is JSON.</summary>
internal sealed class DurableSerializationException(Exception cause)
    : Exception(JsonSerializer.Serialize(new { ErrorType = cause.GetType().FullName, ErrorMessage = cause.Message, StackTrace = cause.StackTrace }))
{
    public Exception Cause => cause;
}
