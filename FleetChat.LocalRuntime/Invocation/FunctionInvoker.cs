using FleetChat.LocalRuntime.Queues;
using FleetChat.LocalRuntime.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>One invocation from the trigger's input to the written outputs, the same for every kind of trigger.</summary>
internal sealed partial class FunctionInvoker(
    MiddlewarePipeline pipeline,
    InputConverters converters,
    QueueOutputs queueOutputs,
    IServiceScopeFactory scopes,
    ILogger<FunctionInvoker> logger)
{
    private readonly FunctionExecutionDelegate _run = pipeline.Build();

    /// <summary>Returns when the function has run and its queue outputs are stored.</summary>
    /// <returns>What the function answered, for the trigger to make use of.</returns>
    public Task<FunctionBindings> InvokeAsync(FunctionEntry function, TriggerInput input, CancellationToken cancellation)
        => InvokeAsync(function, _ => input, cancellation);

    /// <param name="input">Some inputs, such as an HTTP request, know the context of their invocation.</param>
    public async Task<FunctionBindings> InvokeAsync(FunctionEntry function, Func<FunctionContext, TriggerInput> input, CancellationToken cancellation)
    {
        await using var context = new LocalFunctionContext(function, RandomIds.NewInvocationId(), converters, scopes, cancellation);
        context.Accept(input(context));
        var span = InvocationTelemetry.Current;
        span?.SetTag(RuntimeTelemetry.InvocationId, context.InvocationId);
        var began = TimeProvider.System.GetTimestamp();
        using var scope = logger.BeginScope(new InvocationScope(function.Name, context.InvocationId));
        try
        {
            await _run(context);
            await queueOutputs.WriteAsync(context.Bindings, context.TraceContext.TraceParent);
            InvocationTelemetry.Record(function, TimeProvider.System.GetElapsedTime(began), failure: null);
            return context.Bindings;
        }
        catch (Exception exception)
        {
            span?.Fail(exception);
            InvocationTelemetry.Record(function, TimeProvider.System.GetElapsedTime(began), exception);
            LogFailed(function.Name, context.InvocationId, exception);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The function '{Function}' failed (invocation {Invocation})")]
    private partial void LogFailed(string function, string invocation, Exception exception);
}

/// <summary>The names under which the real worker puts the invocation into every log record's scope.</summary>
internal sealed class InvocationScope(string function, string invocation) : List<KeyValuePair<string, object>>(
    [new("AzureFunctions_FunctionName", function), new("AzureFunctions_InvocationId", invocation)])
{
    public override string ToString() => $"{this[0].Key}:{this[0].Value} {this[1].Key}:{this[1].Value}";
}
