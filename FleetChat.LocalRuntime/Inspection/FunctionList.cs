using System.Reflection;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.Extensions.Configuration;

namespace FleetChat.LocalRuntime;

/// <summary>A function, for people.</summary>
/// <param name="Kind">Of its trigger: <c>http</c>, <c>queue</c>, <c>timer</c> ...</param>
/// <param name="Trigger">Route, queue, schedule, or what else the trigger is about.</param>
/// <param name="Queues">That it writes to.</param>
/// <param name="EntryPoint">The method, with its class.</param>
public sealed record FunctionDescription(string Name, string Kind, string Trigger, IReadOnlyList<string> Queues, string EntryPoint);

/// <summary>The functions of an assembly, read as a host would, without starting one.</summary>
public static class FunctionList
{
    /// <param name="folder">Of host.json.</param>
    /// <exception cref="InvalidOperationException">A function could not be loaded; the message says what to change.</exception>
    public static IReadOnlyList<FunctionDescription> Read(Assembly functions, string folder, IConfiguration settings)
    {
        var prefix = HostJson.Read(folder, settings).RoutePrefix;
        var described = FunctionCatalog.Read(functions, new AppSettings(settings)).Functions.Select(function => Describe(function, prefix));
        return [.. described.OrderBy(f => f.Kind, StringComparer.Ordinal).ThenBy(f => f.Name, StringComparer.OrdinalIgnoreCase)];
    }

    private static FunctionDescription Describe(FunctionEntry function, string routePrefix) => new(
        function.Name,
        TriggerText.Kind(function.Trigger),
        TriggerText.Of(function.Trigger, routePrefix),
        [.. function.Outputs.Select(output => output.Queue).OfType<string>()],
        function.Definition.EntryPoint);
}
