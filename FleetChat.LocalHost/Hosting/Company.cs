using FleetChat.Simulators.Samsara;

namespace FleetChat.LocalHost.Hosting;

/// <summary>A company for trying out, with what Samsara and WhatsApp know of it. Secrets are random and its own.</summary>
/// <param name="Language">The company's default.</param>
/// <param name="Phone">The company's WhatsApp number, digits.</param>
/// <param name="Drivers">Those whom people entered, with a trip from the start.</param>
public sealed record Company(
    string Tenant, string Name, string Language, long OrgId, string WebhookId, string NumberId, string WabaId, string Phone, IReadOnlyList<Driver> Drivers)
{
    /// <summary>What in Samsara's organization is the company's; null: all of it.</summary>
    public Tag? Tag { get; init; }

    /// <summary>Its WhatsApp number is one of FleetChat's pool, and Meta's id of it known once it is there; else it is the company's own.</summary>
    public bool HasPoolNumber { get; init; }

    /// <summary>Drivers whom nobody entered: they come by Samsara's roster. Their trips are assigned during the day.</summary>
    public IReadOnlyList<Driver> Roster { get; init; } = [];

    /// <summary>They are hired later, and their consent is a part of the day.</summary>
    public IReadOnlyList<Driver> Newcomers { get; init; } = [];

    /// <summary>Those who are there from the morning on.</summary>
    public IEnumerable<Driver> All => Drivers.Concat(Roster);

    /// <summary>Of its first admin, who gets its invitation and its invoices.</summary>
    public string AdminAddress => $"admin@{OrgId}-{Phone}.example";

    public string WebhookSecret { get; init; } = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    public string SamsaraToken { get; init; } = LocalHostSettings.NewSecret();

    public string WhatsAppToken { get; init; } = LocalHostSettings.NewSecret();

    public IEnumerable<Driver> Everybody => All.Concat(Newcomers);

    public Driver Get(string name) => Everybody.Single(driver => driver.Name == name);

    // A record's own text would print the secrets.
    public override string ToString() => Name;
}

/// <param name="Id">Samsara's.</param>
/// <param name="Phone">Digits.</param>
/// <param name="Language"><c>en</c>, <c>es</c> or <c>fr</c>.</param>
public sealed record Driver(string Id, string Name, string Phone, string Language, Trip Trip)
{
    /// <summary>Not yet in Samsara when the company is entered.</summary>
    public bool IsHiredLater { get; init; }

    /// <summary>WhatsApp's, where it shows his phone to no company, and Samsara has none either; null: both do.</summary>
    public string? UserId { get; init; }
}

/// <summary>A Samsara route.</summary>
public sealed record Trip(string RouteId, string Name, IReadOnlyList<Stop> Stops)
{
    /// <summary>The dispatcher's, in Samsara.</summary>
    public string? Notes { get; init; }
}

/// <param name="Id">Samsara's.</param>
public sealed record Stop(string Id, string Name);
