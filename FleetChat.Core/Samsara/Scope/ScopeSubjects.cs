using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FleetChat.Core.Samsara.Scope;

/// <summary>A driver, vehicle or route that decides whose an event is.</summary>
/// <param name="Kind">One of <see cref="ScopeSubjects"/>'.</param>
public readonly record struct ScopeSubject(string Kind, string Id)
{
    // An id may be another company's: logs name none.
    public override string ToString() => Kind;
}

/// <param name="Tags">Null if the event says nothing of them.</param>
public sealed record NamedSubject(ScopeSubject Subject, IReadOnlyList<SamsaraTag>? Tags);

/// <summary>Whom and what an event names, wherever it does: Samsara puts them in other places in each type, and adds types.</summary>
public static partial class ScopeSubjects
{
    public const string Driver = "driver";
    public const string Vehicle = "vehicle";

    /// <summary>A vehicle, or a trailer or machine that no call for vehicles knows.</summary>
    public const string Asset = "asset";

    public const string Route = "route";
    public const string Tag = "tag";

    /// <summary>Decides where no driver, vehicle or route is named. It comes with its tags, or is not known.</summary>
    public const string Address = "address";

    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["driver"] = Driver, ["drivers"] = Driver, ["staticAssignedDriver"] = Driver, ["currentDriver"] = Driver, ["codrivers"] = Driver, ["coDrivers"] = Driver,
        ["vehicle"] = Vehicle, ["vehicles"] = Vehicle, ["staticAssignedVehicle"] = Vehicle, ["currentVehicle"] = Vehicle,
        ["asset"] = Asset, ["assets"] = Asset, ["device"] = Asset,
        ["route"] = Route, ["routes"] = Route,
        ["address"] = Address,
    };

    private static readonly Dictionary<string, string> KindsOfIds = new() { ["driverId"] = Driver, ["vehicleId"] = Vehicle, ["routeId"] = Route, ["assetId"] = Asset };

    public static IReadOnlyList<NamedSubject> Of(JsonElement payload)
    {
        var found = new List<NamedSubject>();
        Find(payload, found);
        // Legacy alerts of a document name its driver only in a sentence, and in its id.
        if (payload.Member("event").Text("details") is { } details && DocumentId().Match(details) is { Success: true } id) found.Add(new(new(Driver, id.Groups[1].Value), null));
        var deciding = found.Exists(f => f.Subject.Kind != Address) ? found.FindAll(f => f.Subject.Kind != Address) : found;
        // Named twice, once with its tags: those say it.
        return [.. deciding.GroupBy(f => f.Subject).Select(same => same.FirstOrDefault(f => f.Tags is not null) ?? same.First())];
    }

    /// <summary>The stop of an event that names no driver, vehicle or route.</summary>
    public static string? StopOf(JsonElement payload)
    {
        var data = payload.Member("data");
        return data.Member("routeStopDetails").Id("id") ?? data.Member("document").Member("routeStop").Id("id") ?? data.Member("form").Id("routeStopId");
    }

    private static void Find(JsonElement element, List<NamedSubject> found)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) Find(item, found);
        }
        if (element.ValueKind != JsonValueKind.Object) return;
        // Who handed in a form, or is to.
        if (element.Text("type") == Driver && element.Id("id") is { } person) found.Add(new(new(Driver, person), null));
        foreach (var member in element.EnumerateObject())
        {
            if (NameOf(member) is { } name) Note(name, member.Value, found);
            Find(member.Value, found);
        }
    }

    private static void Note(string name, JsonElement value, List<NamedSubject> found)
    {
        if (KindsOfIds.TryGetValue(name, out var kindOfId) && IdOf(value) is { } bare) found.Add(new(new(kindOfId, bare), null));
        if (!Kinds.TryGetValue(name, out var kind)) return;
        foreach (var item in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : (JsonElement[])[value])
        {
            if (item.Id("id") is { } id) found.Add(new(new(kind, id), SamsaraTag.ListOf(item)));
        }
    }

    private static string? IdOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out var number) => number.ToString(CultureInfo.InvariantCulture),
        JsonValueKind.String => Text(value),
        _ => null,
    };

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.GetString() is { Length: > 0 and <= 100 } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\(ID: (\d{1,19})_\d+\)")]
    private static partial Regex DocumentId();
}
