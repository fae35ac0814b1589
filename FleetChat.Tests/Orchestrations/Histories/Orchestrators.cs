using System.Reflection;
using FleetChat.Functions.Billing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace FleetChat.Tests.Orchestrations.Histories;

/// <summary>The functions' orchestrators and activities, by their names.</summary>
internal static class Orchestrators
{
    public static IReadOnlyDictionary<string, Func<TaskOrchestrationContext, Task<object?>>> All { get; } = Triggered<OrchestrationTriggerAttribute>().ToDictionary(f => f.Name, f => Callable(f.Method));

    /// <summary>By its activity's name the type of the input.</summary>
    public static IReadOnlyDictionary<string, Type> Inputs { get; } = Triggered<ActivityTriggerAttribute>().ToDictionary(f => f.Name, f => f.Input.ParameterType);

    private static IEnumerable<(string Name, MethodInfo Method, ParameterInfo Input)> Triggered<T>()
        where T : Attribute
        => from type in typeof(BillingFlow).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
           let input = method.GetParameters().SingleOrDefault(p => p.IsDefined(typeof(T)))
           where input is not null
           select (method.GetCustomAttribute<FunctionAttribute>()!.Name, method, input);

    private static Func<TaskOrchestrationContext, Task<object?>> Callable(MethodInfo method)
    {
        var call = method.CreateDelegate<Func<TaskOrchestrationContext, Task>>();
        return context => WithoutOutput(call(context));
    }

    // As the host does it: what an orchestrator throws at once is its failure too.
    private static async Task<object?> WithoutOutput(Task running)
    {
        await running;
        return null;
    }
}
