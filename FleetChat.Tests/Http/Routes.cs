using System.Reflection;
using FleetChat.Functions.Drivers;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Tests.Http;

/// <summary>An HTTP function: its name, and where it is.</summary>
/// <param name="Path">With a slash in front, as OpenAPI spells it.</param>
/// <param name="HasQueueOutput">Its answer is one output among others.</param>
public sealed record Route(string Function, string Method, string Path, bool HasQueueOutput)
{
    /// <summary>Every HTTP function there is, read from the compiled app.</summary>
    public static IReadOnlyList<Route> All { get; } =
    [
        .. from type in typeof(DriverApi).Assembly.GetTypes()
           from method in type.GetMethods()
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           from parameter in method.GetParameters()
           let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
           where trigger is not null
           from verb in trigger.Methods ?? ["any"]
           select new Route(function.Name, verb.ToLowerInvariant(), "/" + trigger.Route, HasOutputs(method)),
    ];

    public override string ToString() => $"{Method} {Path} ({Function})";

    private static bool HasOutputs(MethodInfo method)
    {
        var answer = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : method.ReturnType;
        return answer.GetProperties().Any(property => property.GetCustomAttribute<QueueOutputAttribute>() is not null);
    }
}
