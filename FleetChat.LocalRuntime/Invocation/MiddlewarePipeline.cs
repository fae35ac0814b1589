using Microsoft.Azure.Functions.Worker.Middleware;

namespace FleetChat.LocalRuntime.Invocation;

internal sealed class MiddlewarePipeline
{
    private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> _middlewares = [];
    private FunctionExecutionDelegate? _built;

    public void Add(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware) => _middlewares.Add(middleware);

    public FunctionExecutionDelegate Build()
        => _built ??= Enumerable.Reverse(_middlewares).Aggregate((FunctionExecutionDelegate)(_ => Task.CompletedTask), (next, middleware) => middleware(next));
}
