using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>Everything that the simulated Samsara knows. Whoever reads or writes it holds <see cref="Gate"/>.</summary>
internal sealed class SamsaraState(SamsaraSettings settings)
{
    private readonly Dictionary<long, Org> orgs = [];

    public SamsaraSettings Settings { get; set; } = settings;

    public IReadOnlyCollection<Org> Orgs => orgs.Values;

    public Lock Gate { get; } = new();

    public List<CallFault> Faults { get; } = [];

    public List<OAuthGrant> Grants { get; } = [];

    public void Add(Org org)
    {
        if (!orgs.TryAdd(org.Id, org))
            throw new ControlException($"org {org.Id} exists already");
    }

    public Org GetOrg(long id) => orgs.GetValueOrDefault(id) ?? throw new ControlException($"there is no org {id}");

    public (Org Org, ApiToken Token)? FindToken(string value, DateTimeOffset now)
    {
        foreach (var org in orgs.Values)
        {
            if (org.Tokens.Find(token => token.Value == value && !(token.ExpiresAt <= now)) is { } found)
                return (org, found);
        }
        return null;
    }

    /// <summary>The fault that the next call of this path runs into, used up by asking.</summary>
    public CallFault? TakeFault(string path)
    {
        var index = Faults.FindIndex(fault => path.StartsWith(fault.PathPrefix, StringComparison.Ordinal));
        if (index < 0)
            return null;
        var fault = Faults[index];
        if (fault.Count > 1)
            Faults[index] = fault with { Count = fault.Count - 1 };
        else
            Faults.RemoveAt(index);
        return fault;
    }
}

internal static class SamsaraStateFinders
{
    public static Driver GetDriver(this Org org, string id) => org.Drivers.Find(driver => driver.Id == id) ?? throw new ControlException($"org {org.Id} has no driver {id}");

    public static Vehicle GetVehicle(this Org org, string id) => org.Vehicles.Find(vehicle => vehicle.Id == id) ?? throw new ControlException($"org {org.Id} has no vehicle {id}");

    public static Route GetRoute(this Org org, string id) => org.Routes.Find(route => route.Id == id) ?? throw new ControlException($"org {org.Id} has no route {id}");

    public static Stop GetStop(this Route route, string id) => route.Stops.Find(stop => stop.Id == id) ?? throw new ControlException($"route {route.Id} has no stop {id}");

    public static Address GetAddress(this Org org, string id) => org.Addresses.Find(address => address.Id == id) ?? throw new ControlException($"org {org.Id} has no address {id}");

    public static Webhook GetWebhook(this Org org, string id) => org.Webhooks.Find(webhook => webhook.Id == id) ?? throw new ControlException($"org {org.Id} has no webhook {id}");

    /// <summary>The tags that somebody is given, remembered with their parents.</summary>
    public static List<Tag> Know(this Org org, IReadOnlyList<Tag> tags)
    {
        foreach (var tag in tags)
            org.Tags[tag.Id] = tag;
        return [.. tags];
    }

    public static bool IsOrIsBelow(this Org org, string tagId, IReadOnlyList<string> wanted)
    {
        // A tag that is its own ancestor ends the climb.
        HashSet<string> seen = [];
        for (string? at = tagId; at is not null && seen.Add(at); at = org.Tags.GetValueOrDefault(at)?.ParentTagId)
        {
            if (wanted.Contains(at))
                return true;
        }
        return false;
    }

    /// <summary>One fact more in the audit feed.</summary>
    public static void Tell(this Org org, Route route, string? stopId, string operation, string source, DateTimeOffset now, System.Text.Json.Nodes.JsonObject changes)
        => org.Audit.Add(new(org.Audit.Count + 1, now, operation, source, route.Id, stopId, [.. route.AllTagIds], changes));

    /// <summary>Whom a sample is about: what was asked for, else the route's, else the first that the org has.</summary>
    public static SampleSubject About(this Org org, SampleWish wish, DateTimeOffset now)
    {
        var route = wish.RouteId is { } routeId ? org.GetRoute(routeId)
            : wish.StopId is { } stopId ? org.Routes.Find(found => found.Stops.Exists(stop => stop.Id == stopId)) ?? throw new ControlException($"org {org.Id} has no stop {stopId}")
            : org.Routes.Find(found => wish.DriverId is null || found.Driver?.Id == wish.DriverId);
        var driver = wish.DriverId is { } driverId ? org.GetDriver(driverId) : route?.Driver ?? org.Drivers.FirstOrDefault();
        var vehicle = wish.VehicleId is { } vehicleId ? org.GetVehicle(vehicleId) : route?.Vehicle ?? org.Assignments.Find(one => one.Driver == driver && one.End is null)?.Vehicle ?? org.Vehicles.FirstOrDefault();
        var address = wish.AddressId is { } addressId ? org.GetAddress(addressId) : org.Addresses.FirstOrDefault();
        var stop = wish.StopId is { } wanted ? route!.GetStop(wanted) : route?.Stops[0];
        var made = new SampleSubject { Now = now };
        return made with
        {
            OrgId = org.Id,
            DriverId = driver?.Id ?? made.DriverId,
            DriverName = driver?.Name ?? made.DriverName,
            DriverPhone = driver?.Phone,
            VehicleId = vehicle?.Id ?? made.VehicleId,
            VehicleName = vehicle?.Name ?? made.VehicleName,
            RouteId = route?.Id ?? made.RouteId,
            RouteName = route?.Name ?? made.RouteName,
            StopId = stop?.Id ?? made.StopId,
            StopName = stop?.Name ?? made.StopName,
            NextStopId = route?.Stops.Find(other => other != stop)?.Id ?? made.NextStopId,
            AddressId = address?.Id ?? made.AddressId,
            AddressName = address?.Name ?? made.AddressName,
            Eta = wish.Eta,
        };
    }
}
