using System.Globalization;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rules;

namespace FleetChat.Core.Transports;

/// <summary>Words about routes, in the driver's language. All together they stay within a template's 1,024 characters.</summary>
internal static class RouteText
{
    private const int LongestList = 420;
    private const int LongestNotes = 160;

    public static string?[] Parameters(
        MessageRule rule, RuleBook rules, DriverRow driver, PlannedTransport transport, IReadOnlyList<PlanChange> changes, string language, TimeZoneInfo tenantZone)
    {
        var zone = transport.Zone ?? tenantZone;
        var name = transport.LoadReference is { } load ? $"{transport.Name} ({load})" : transport.Name;
        if (rule.Id == rules.RouteAssigned.Id)
        {
            var stops = transport.Stops.Where(s => s.State is StopState.Scheduled or StopState.EnRoute).ToArray();
            return [driver.Name, Cut(name, 80), Time(transport.Begins, zone, language), Cut(string.Join(" • ", stops.Select(s => Describe(s, zone, language))), LongestList), Cut(transport.Notes, LongestNotes)];
        }
        if (rule.Id == rules.RouteChanged.Id) return [driver.Name, Cut(name, 80), Cut(string.Join(" • ", changes.Select(c => Describe(c, zone, language))), LongestList)];
        return [driver.Name, Cut(name, 80)];
    }

    /// <summary>As a person says it: with the day, and the zone named by its city.</summary>
    public static string Time(DateTimeOffset? time, TimeZoneInfo zone, string language)
    {
        if (time is not { } at) return TemplateParameter.Nothing;
        var culture = CultureInfo.GetCultureInfo(language == "en" ? "en-US" : language);
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var city = zone.Id[(zone.Id.LastIndexOf('/') + 1)..].Replace('_', ' ');
        return string.Format(culture, language == "en" ? "{0:ddd MMM d, h:mm tt} ({1})" : "{0:ddd d MMM, HH:mm} ({1})", local, city);
    }

    /// <summary>A link that opens a map on every phone; null where neither place nor address is known.</summary>
    public static string? MapLink(TransportStop stop) => stop switch
    {
        { Latitude: { } latitude, Longitude: { } longitude } => string.Create(CultureInfo.InvariantCulture, $"https://maps.google.com/?q={latitude:0.#####},{longitude:0.#####}"),
        { Address: { } address } => $"https://maps.google.com/?q={Uri.EscapeDataString(TemplateParameter.From(address, 80))}",
        _ => null,
    };

    public static string Place(TransportStop stop)
        => string.Join(", ", new[] { TemplateParameter.From(stop.Name, 60), stop.Address is { } address ? TemplateParameter.From(address, 80) : null, MapLink(stop) }.OfType<string>());

    /// <summary>From when to when he is expected.</summary>
    public static string Window(TransportStop stop, TimeZoneInfo zone, string language)
        => stop.DepartsAt is { } until && until != stop.ScheduledAt ? $"{Time(stop.ScheduledAt, zone, language)} – {Time(until, zone, language)}" : Time(stop.ScheduledAt, zone, language);

    private static string Describe(TransportStop stop, TimeZoneInfo zone, string language)
        => stop.ScheduledAt is null ? Place(stop) : $"{Window(stop, zone, language)} {Place(stop)}";

    private static string Describe(PlanChange change, TimeZoneInfo zone, string language) => (change.Kind, language) switch
    {
        (PlanChangeKind.Added, "es") => $"nueva parada: {change.Stop.Name}, {Time(change.Stop.At, zone, language)}",
        (PlanChangeKind.Added, "fr") => $"nouvel arrêt : {change.Stop.Name}, {Time(change.Stop.At, zone, language)}",
        (PlanChangeKind.Added, _) => $"new stop: {change.Stop.Name}, {Time(change.Stop.At, zone, language)}",
        (PlanChangeKind.Removed, "es") => $"ya no va: {change.Stop.Name}",
        (PlanChangeKind.Removed, "fr") => $"arrêt supprimé : {change.Stop.Name}",
        (PlanChangeKind.Removed, _) => $"no longer a stop: {change.Stop.Name}",
        (PlanChangeKind.Reordered, "es") => $"otro orden, primero {change.Stop.Name}",
        (PlanChangeKind.Reordered, "fr") => $"autre ordre, d'abord {change.Stop.Name}",
        (PlanChangeKind.Reordered, _) => $"another order, first {change.Stop.Name}",
        (_, "es") => $"{change.Stop.Name}: ahora {Time(change.Stop.At, zone, language)}",
        (_, "fr") => $"{change.Stop.Name} : maintenant {Time(change.Stop.At, zone, language)}",
        _ => $"{change.Stop.Name}: now {Time(change.Stop.At, zone, language)}",
    };

    private static string? Cut(string? text, int longest) => text is null ? null : TemplateParameter.From(text, longest);
}
