using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>Everything that the simulated Samsara knows. Whoever reads or writes it holds <see cref="Gate"/>.</summary>
internal sealed class SamsaraState
{
    private readonly Dictionary<long, Org> orgs = [];

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

    public static Webhook GetWebhook(this Org org, string id) => org.Webhooks.Find(webhook => webhook.Id == id) ?? throw new ControlException($"org {org.Id} has no webhook {id}");
}
