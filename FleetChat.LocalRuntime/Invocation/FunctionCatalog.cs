using System.Reflection;
using System.Text.RegularExpressions;
using FleetChat.LocalRuntime.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>The functions of an assembly. What the real host would refuse to load is refused here, with a sentence that says what to change.</summary>
internal sealed partial class FunctionCatalog
{
    private const string AnyMethod = "*";
    private static readonly string[] RefusedRoutes = ["admin", "runtime"];

    private FunctionCatalog(IReadOnlyList<FunctionEntry> functions) => Functions = functions;

    public IReadOnlyList<FunctionEntry> Functions { get; }

    public IEnumerable<(FunctionEntry Function, TTrigger Trigger)> TriggeredBy<TTrigger>()
        where TTrigger : TriggerBinding
        => Functions.Where(f => f.Trigger is TTrigger).Select(f => (f, (TTrigger)f.Trigger));

    /// <exception cref="InvalidOperationException">A function could not be loaded by the real host.</exception>
    public static FunctionCatalog Read(Assembly assembly, AppSettings settings)
    {
        var functions = new List<FunctionEntry>();
        foreach (var type in assembly.GetTypes())
        {
            const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;
            foreach (var method in type.GetMethods(Any))
                if (method.GetCustomAttribute<FunctionAttribute>() is { } attribute && !type.IsAbstractBase())
                    functions.Add(EntryOf(attribute.Name, method, type, settings));
        }
        RefuseDuplicateNames(functions);
        RefuseConflictingRoutes(functions);
        return new(functions);
    }

    private static FunctionEntry EntryOf(string name, MethodInfo method, Type type, AppSettings settings)
    {
        if (!FunctionName().IsMatch(name)) throw Refused(name, "a name is a letter and then letters, digits, - and _, at most 128 in all");
        if (!method.IsPublic || !type.IsVisible)
            throw Refused(name, $"{type.FullName}.{method.Name} must be a public method of a public class");
        var trigger = TriggerOf(name, method, settings);
        var outputs = OutputsOf(name, method, trigger, settings);
        RefuseDuplicateBindings(name, method, outputs);
        var factory = method.IsStatic ? null : ActivatorUtilities.CreateFactory(type, []);
        return new()
        {
            Definition = new LocalFunctionDefinition(name, method, trigger, outputs),
            Method = method,
            Trigger = trigger,
            Outputs = outputs,
            CreateInstance = factory is null ? null : services => factory(services, null),
            Call = MethodCall.Compile(method),
        };
    }

    private static TriggerBinding TriggerOf(string function, MethodInfo method, AppSettings settings)
    {
        var triggers = method.GetParameters()
            .Select(p => (Parameter: p, Attribute: p.GetCustomAttribute<TriggerBindingAttribute>()))
            .Where(p => p.Attribute is not null)
            .ToArray();
        if (triggers.Length != 1) throw Refused(function, $"it has {triggers.Length} triggers, and must have one");
        var name = triggers[0].Parameter.Name!;
        return triggers[0].Attribute switch
        {
            HttpTriggerAttribute http => HttpTriggerOf(function, name, http),
            QueueTriggerAttribute queue => new QueueTriggerBinding(name, QueueOf(function, queue.QueueName, settings)),
            OrchestrationTriggerAttribute orchestration => new OrchestrationTriggerBinding(name, orchestration.Orchestration ?? function, InputParameterOf(method)),
            ActivityTriggerAttribute activity => new ActivityTriggerBinding(name, activity.Activity ?? function),
            TimerTriggerAttribute timer => new TimerTriggerBinding(name, settings.Resolve(timer.Schedule), timer.RunOnStartup, timer.UseMonitor),
            var other => throw Refused(function, $"the trigger {other!.GetType().Name} is not known here"),
        };
    }

    private static string? InputParameterOf(MethodInfo method)
        => method.GetParameters()
            .FirstOrDefault(p => p.GetCustomAttribute<BindingAttribute>() is null
                && p.ParameterType != typeof(FunctionContext) && p.ParameterType != typeof(CancellationToken))?.Name;

    private static HttpTriggerBinding HttpTriggerOf(string function, string name, HttpTriggerAttribute http)
    {
        var route = (http.Route ?? function).Trim('/');
        if (RefusedRoutes.Any(r => route.StartsWith(r, StringComparison.OrdinalIgnoreCase)))
            throw Refused(function, $"its route '{route}' begins with a word that the host keeps to itself (admin, runtime)");
        return new(name, route, http.Methods ?? [], http.AuthLevel);
    }

    private static List<OutputBinding> OutputsOf(string function, MethodInfo method, TriggerBinding trigger, AppSettings settings)
    {
        if (method.GetCustomAttribute<OutputBindingAttribute>() is { } ofMethod)
            return [OutputOf(OutputBinding.Return, ofMethod)];
        var result = ResultTypeOf(method);
        var outputs = result is null || result.IsAssignableTo(typeof(HttpResponseData)) ? [] : PropertyOutputsOf(result).ToList();
        if (outputs.Count == 0 && trigger is HttpTriggerBinding) outputs.Add(new(OutputBinding.Return, Queue: null));
        return outputs;

        IEnumerable<OutputBinding> PropertyOutputsOf(Type type)
        {
            foreach (var property in type.GetProperties())
            {
                if (property.GetCustomAttribute<OutputBindingAttribute>() is { } attribute) yield return OutputOf(property.Name, attribute);
                else if (property.PropertyType == typeof(HttpResponseData)) yield return new(property.Name, Queue: null);
            }
        }

        OutputBinding OutputOf(string name, OutputBindingAttribute attribute) => attribute switch
        {
            HttpResultAttribute => new(name, Queue: null),
            QueueOutputAttribute queue => new(name, QueueOf(function, queue.QueueName, settings)),
            _ => throw Refused(function, $"the output {attribute.GetType().Name} is not known here"),
        };
    }

    private static string QueueOf(string function, string name, AppSettings settings)
    {
        var queue = settings.QueueName(name);
        return QueueName().IsMatch(queue)
            ? queue
            : throw Refused(function, $"'{queue}' is no name for a queue: 3 to 63 lower-case letters, digits and single hyphens between them");
    }

    private static Type? ResultTypeOf(MethodInfo method)
    {
        var type = method.ReturnType;
        if (type == typeof(void) || type == typeof(Task) || type == typeof(ValueTask)) return null;
        return type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>))
            ? type.GetGenericArguments()[0]
            : type;
    }

    private static void RefuseDuplicateNames(List<FunctionEntry> functions)
    {
        foreach (var group in functions.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
            throw Refused(group.Key, $"several methods bear this name: {string.Join(", ", group.Select(f => f.Definition.EntryPoint))}");
    }

    private static void RefuseConflictingRoutes(List<FunctionEntry> functions)
    {
        var https = functions.Where(f => f.Trigger is HttpTriggerBinding).Select(f => (f.Name, Trigger: (HttpTriggerBinding)f.Trigger)).ToArray();
        foreach (var group in https.GroupBy(h => h.Trigger.Route, StringComparer.OrdinalIgnoreCase))
        {
            var methods = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var (name, trigger) in group)
            {
                var isAny = trigger.Methods.Count == 0;
                if ((isAny && methods.Count > 0) || methods.Contains(AnyMethod) || trigger.Methods.Distinct(StringComparer.OrdinalIgnoreCase).Any(m => !methods.Add(m)))
                    throw Refused(name, $"another function has the route '{trigger.Route}' with the same method");
                if (isAny) methods.Add(AnyMethod);
            }
        }
    }

    private static void RefuseDuplicateBindings(string function, MethodInfo method, List<OutputBinding> outputs)
    {
        var names = method.GetParameters().Where(p => p.GetCustomAttribute<BindingAttribute>() is not null).Select(p => p.Name!)
            .Concat(outputs.Select(o => o.Name));
        if (names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Refused(function, $"two of its bindings are called '{twice.Key}' (parameters and output properties count together, ignoring case)");
    }

    private static InvalidOperationException Refused(string function, string reason) => new($"The function '{function}' cannot be loaded: {reason}.");

    [GeneratedRegex("^[a-z][a-z0-9_-]{0,127}$", RegexOptions.IgnoreCase)]
    private static partial Regex FunctionName();

    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex QueueName();
}

file static class TypeExtensions
{
    /// <summary>Static classes are abstract and sealed; a plain abstract class is a base whose functions belong to the classes derived from it.</summary>
    public static bool IsAbstractBase(this Type type) => type is { IsAbstract: true, IsSealed: false };
}
