namespace FleetChat.LocalHost.Hosting;

/// <summary>A company for trying out, with what Samsara and WhatsApp know of it. Secrets are random and its own.</summary>
/// <param name="Language">The company's default.</param>
/// <param name="Phone">The company's WhatsApp number, digits.</param>
public sealed record Company(
    string Tenant, string Name, string Language, long OrgId, string WebhookId, string NumberId, string WabaId, string Phone, IReadOnlyList<Driver> Drivers)
{
    public string WebhookSecret { get; init; } = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    public string SamsaraToken { get; init; } = LocalHostSettings.NewSecret();

    public string WhatsAppToken { get; init; } = LocalHostSettings.NewSecret();

    // A record's own text would print the secrets.
    public override string ToString() => Name;
}

/// <param name="Id">Samsara's.</param>
/// <param name="Phone">Digits.</param>
/// <param name="Language"><c>en</c> or <c>es</c>.</param>
public sealed record Driver(string Id, string Name, string Phone, string Language, Trip Trip);

/// <summary>A Samsara route.</summary>
public sealed record Trip(string RouteId, string Name, IReadOnlyList<Stop> Stops);

/// <param name="Id">Samsara's.</param>
public sealed record Stop(string Id, string Name);
