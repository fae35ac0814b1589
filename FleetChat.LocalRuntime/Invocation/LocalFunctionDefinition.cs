using System.Collections.Immutable;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.LocalRuntime.Invocation;

internal sealed class LocalFunctionDefinition : FunctionDefinition
{
    public LocalFunctionDefinition(string name, MethodInfo method, TriggerBinding trigger, IReadOnlyList<OutputBinding> outputs)
    {
        Name = name;
        EntryPoint = $"{method.DeclaringType!.FullName}.{method.Name}";
        PathToAssembly = method.DeclaringType.Assembly.Location;
        Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}|{EntryPoint}"))[..8]);
        Parameters = [.. method.GetParameters().Select(ParameterOf)];
        InputBindings = ImmutableDictionary<string, BindingMetadata>.Empty
            .Add(trigger.Name, new LocalBindingMetadata(trigger.Name, trigger.Type, BindingDirection.In));
        OutputBindings = outputs.ToImmutableDictionary(
            o => o.Name, BindingMetadata (o) => new LocalBindingMetadata(o.Name, o.Type, BindingDirection.Out));
    }

    public override ImmutableArray<FunctionParameter> Parameters { get; }

    public override string PathToAssembly { get; }

    public override string EntryPoint { get; }

    public override string Id { get; }

    public override string Name { get; }

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; }

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings { get; }

    private static FunctionParameter ParameterOf(ParameterInfo parameter)
        => new(parameter.Name!, parameter.ParameterType, parameter.HasDefaultValue, parameter.HasDefaultValue ? parameter.DefaultValue : null);
}

internal sealed class LocalBindingMetadata(string name, string type, BindingDirection direction) : BindingMetadata
{
    public override string Name => name;

    public override string Type => type;

    public override BindingDirection Direction => direction;
}
