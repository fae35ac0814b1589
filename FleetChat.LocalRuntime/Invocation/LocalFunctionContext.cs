using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Context.Features;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.LocalRuntime.Invocation;

internal sealed class LocalFunctionContext : FunctionContext, IAsyncDisposable
{
    private readonly FunctionEntry _function;
    private readonly InputConverters _converters;
    private readonly IServiceScopeFactory _scopes;
    private FunctionBindings? _bindings;
    private TraceContext? _trace;
    private AsyncServiceScope? _scope;
    private IServiceProvider? _services;
    private IDictionary<object, object>? _items;
    private BindingContext? _bindingContext;

    public LocalFunctionContext(
        FunctionEntry function,
        string invocationId,
        InputConverters converters,
        IServiceScopeFactory scopes,
        CancellationToken cancellation)
    {
        _function = function;
        _converters = converters;
        _scopes = scopes;
        InvocationId = invocationId;
        CancellationToken = cancellation;
    }

    public FunctionBindings Bindings => _bindings ?? throw new InvalidOperationException("The invocation has no input yet.");

    public override string InvocationId { get; }

    public override string FunctionId => FunctionDefinition.Id;

    public override FunctionDefinition FunctionDefinition => _function.Definition;

    public override TraceContext TraceContext => _trace ?? throw new InvalidOperationException("The invocation has no input yet.");

    public override BindingContext BindingContext => _bindingContext ??= new LocalBindingContext(Bindings);

    /// <summary>Null, as on the real worker, for a function without a retry policy of its own; a queue's retries are counted in dequeueCount.</summary>
    public override RetryContext RetryContext => null!;

    public override IServiceProvider InstanceServices
    {
        get => _services ??= (_scope = _scopes.CreateAsyncScope()).Value.ServiceProvider;
        set => _services = value;
    }

    public override IDictionary<object, object> Items
    {
        get => _items ??= new Dictionary<object, object>();
        set => _items = value;
    }

    public override IInvocationFeatures Features { get; } = new InvocationFeatures();

    public override CancellationToken CancellationToken { get; }

    /// <summary>Called once, before anything else sees the context.</summary>
    public void Accept(TriggerInput input)
    {
        _bindings = new(_function, input);
        _trace = new LocalTraceContext(input);
        var binder = new ParameterBinder(_bindings, _converters);
        Features.Set(_bindings);
        Features.Set(binder);
        Features.Set<IFunctionInputBindingFeature>(binder);
    }

    public ValueTask DisposeAsync() => _scope?.DisposeAsync() ?? ValueTask.CompletedTask;
}

internal sealed class LocalBindingContext(FunctionBindings bindings) : BindingContext
{
    public override IReadOnlyDictionary<string, object?> BindingData => bindings.TriggerMetadata;
}

/// <summary>The invocation's own activity where somebody listens to it, else what its trigger brought along.</summary>
internal sealed class LocalTraceContext(TriggerInput input) : TraceContext
{
    public override string TraceParent => Activity.Current?.Id ?? input.TraceParent;

    public override string TraceState => Activity.Current?.TraceStateString ?? input.TraceState;
}
