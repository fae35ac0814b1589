namespace FleetChat.Core.Transports;

/// <summary>States of a stop, and which steps between them are legal.</summary>
public static class StopState
{
    public const string Scheduled = "scheduled";
    public const string EnRoute = "en_route";
    public const string Arrived = "arrived";
    public const string Done = "done";
    public const string Skipped = "skipped";

    public static bool CanMove(string from, string to) => (from, to) switch
    {
        (Scheduled, EnRoute or Arrived or Skipped) => true,
        (EnRoute, Arrived or Skipped) => true,
        (Arrived, Done or Skipped) => true,
        // Samsara may see the arrival after a dispatcher skipped the stop.
        (Skipped, Arrived) => true,
        _ => false,
    };

    /// <param name="samsara">Samsara's word for it: <c>en route</c> has a space.</param>
    public static string FromSamsara(string? samsara) => samsara switch
    {
        "en route" => EnRoute,
        "arrived" => Arrived,
        "departed" => Done,
        "skipped" => Skipped,
        _ => Scheduled,
    };
}

/// <summary>What a stop is for.</summary>
public static class StopKind
{
    public const string Pickup = "pickup";
    public const string Delivery = "delivery";
    public const string Other = "other";

    /// <summary>Key in a Samsara stop's externalIds by which a dispatcher says what the stop is for.</summary>
    public const string ExternalIdKey = "fleetchatKind";

    /// <summary>As the dispatcher says; else a route's first stop picks up, its last one delivers, and those between do either.</summary>
    public static string Of(string? said, int sequence, int count) => Of(said, sequence == 0 ? Pickup : sequence == count - 1 ? Delivery : Other);

    /// <summary>As the dispatcher says, else as given.</summary>
    public static string Of(string? said, string otherwise) => said is Pickup or Delivery or Other ? said : otherwise;
}
