using System.Collections;
using System.Globalization;
using System.Reflection;
using FleetChat.LocalRuntime.Invocation;

namespace FleetChat.LocalRuntime;

/// <summary>A trigger in words.</summary>
internal static class TriggerText
{
    private const string Suffix = "Trigger";

    public static string Kind(TriggerBinding trigger)
        => trigger.Type.EndsWith(Suffix, StringComparison.Ordinal) ? trigger.Type[..^Suffix.Length] : trigger.Type;

    public static string Of(TriggerBinding trigger, string routePrefix) => trigger switch
    {
        HttpTriggerBinding http => $"{Methods(http)} /{(routePrefix.Length == 0 ? "" : routePrefix + "/")}{http.Route}",
        QueueTriggerBinding queue => queue.Queue,
        TimerTriggerBinding timer => timer.RunOnStartup ? $"{timer.Schedule}, and at start" : timer.Schedule,
        _ => OwnValues(trigger),
    };

    private static string Methods(HttpTriggerBinding http) => http.Methods.Count == 0 ? "ANY" : string.Join(',', http.Methods.Select(m => m.ToUpperInvariant()));

    // A kind of trigger that nobody described here is still told by what it holds beside its parameter's name.
    private static string OwnValues(TriggerBinding trigger)
        => string.Join(", ", trigger.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(property => property.GetValue(trigger))
            .SelectMany(value => value is IEnumerable and not string ? ((IEnumerable)value).Cast<object?>() : [value])
            .Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))
            .Where(text => !string.IsNullOrEmpty(text)));
}
