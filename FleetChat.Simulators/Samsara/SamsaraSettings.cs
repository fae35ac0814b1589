namespace FleetChat.Simulators.Samsara;

/// <summary>What Samsara does with a photo that is a link to somewhere else; its pages do not say.</summary>
public enum PhotoLinks
{
    /// <summary>It stands in the document as it came.</summary>
    Taken,

    /// <summary>The document is refused with 400.</summary>
    Refused,

    /// <summary>The document is taken, the photo is not in it.</summary>
    Dropped,
}

/// <summary>The simulator's rules, where Samsara's are unknown or get in the way of a test.</summary>
/// <param name="RateLimits">Samsara's own: 150 calls a second of a token, 200 of an org, 5 reads a second and 100 writes a minute of an endpoint, by the business clock.</param>
/// <param name="MissingScopeStatus">403, or 401 as it is seen in practice.</param>
public sealed record SamsaraSettings(bool RateLimits = false, int MissingScopeStatus = 403, PhotoLinks PhotoLinks = PhotoLinks.Taken);
