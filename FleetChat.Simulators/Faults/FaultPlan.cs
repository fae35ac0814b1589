namespace FleetChat.Simulators.Faults;

/// <summary>What a call of the API can run into.</summary>
public enum CallTrouble
{
    /// <summary>Nothing happens and nobody answers.</summary>
    TimeOutBefore,

    /// <summary>It is done, and nobody answers.</summary>
    TimeOutAfter,

    /// <summary>The connection breaks and nothing has happened.</summary>
    ResetBefore,

    /// <summary>It is done, and the connection breaks instead of an answer.</summary>
    ResetAfter,

    /// <summary>429 with a Retry-After, a fraction of a second with Samsara.</summary>
    TooMany,

    /// <summary>500, 502 or 503.</summary>
    ServerError,

    /// <summary>It is done, after a while.</summary>
    Slow,

    /// <summary>The token counts as expired, for this one call.</summary>
    ExpiredToken,

    /// <summary>A link to a file counts as expired, for this one download.</summary>
    ExpiredMedia,
}

/// <summary>What a webhook can run into on its way.</summary>
public enum WebhookTrouble
{
    /// <summary>It comes twice, with the same bytes.</summary>
    Twice,

    /// <summary>A little late, so that its neighbours overtake it.</summary>
    Shuffled,

    /// <summary>Late.</summary>
    Delayed,

    /// <summary>It never comes.</summary>
    Lost,
}

/// <summary>Trouble at random. The same seed gives the same trouble to the first, second, … call and webhook, whatever they are.</summary>
/// <param name="Calls">The part of the calls that meet trouble, 0 to 1.</param>
/// <param name="Webhooks">The part of the webhooks that do.</param>
/// <param name="CallKinds">Null: every kind.</param>
/// <param name="WebhookKinds">Null: every kind.</param>
/// <param name="PathPrefix">Only calls whose path begins so.</param>
/// <param name="SlowMs">Real time that a slow call takes at most.</param>
/// <param name="TimeOutMs">Real time after which a call that nobody answers is cut off, if the caller has not gone before.</param>
/// <param name="DelayMs">Real time that a delayed webhook is late at most.</param>
public sealed record FaultPlan(
    int Seed = 1,
    double Calls = 0.1,
    double Webhooks = 0.1,
    IReadOnlyList<CallTrouble>? CallKinds = null,
    IReadOnlyList<WebhookTrouble>? WebhookKinds = null,
    string PathPrefix = "/",
    int SlowMs = 3_000,
    int TimeOutMs = 60_000,
    int DelayMs = 2_000);

/// <param name="Plan">Null: there is none.</param>
/// <param name="Calls">How many calls have met trouble since it began.</param>
public sealed record FaultReport(FaultPlan? Plan, int Calls, int Webhooks);
