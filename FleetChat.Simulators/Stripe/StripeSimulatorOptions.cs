namespace FleetChat.Simulators.Stripe;

/// <summary>How one simulator of Stripe runs.</summary>
public sealed record StripeSimulatorOptions
{
    /// <summary>Business time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Port 0 takes a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>Null keeps the journal in memory.</summary>
    public string? JournalPath { get; init; }

    /// <summary>Of shuffled releases; ids never come from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where webhooks go from the start; more can be added while it runs.</summary>
    public IReadOnlyList<NewEndpoint> Endpoints { get; init; } = [];

    /// <summary>What can be changed while it runs.</summary>
    public StripeSettings Settings { get; init; } = new();
}

/// <summary>The simulator's rules. Every time is business time, but for the two that say otherwise.</summary>
/// <param name="ApiKey">The only secret key that is taken.</param>
/// <param name="ApiVersion">Of events, as the account's setting would be: calls have the version that they ask for.</param>
/// <param name="SearchDelay">How long a new object is not found by a search.</param>
/// <param name="DebitTime">How long a debit is on its way where its method says nothing else.</param>
/// <param name="FirstDelay">Before the second attempt of a webhook; it doubles up to <paramref name="LongestDelay"/>.</param>
/// <param name="GiveUpAfter">Since the first attempt.</param>
/// <param name="WebhookTimeOut">Real time; an answer that takes longer counts as a failure.</param>
/// <param name="ExecutionMs">Real time that every POST with an idempotency key takes, with its key in use.</param>
public sealed record StripeSettings(
    string ApiKey = "sk_test_simulated",
    string ApiVersion = StripeSettings.DefaultApiVersion,
    TimeSpan? SearchDelay = null,
    TimeSpan? DebitTime = null,
    TimeSpan? FirstDelay = null,
    TimeSpan? LongestDelay = null,
    TimeSpan? GiveUpAfter = null,
    TimeSpan? WebhookTimeOut = null,
    int ExecutionMs = 0)
{
    /// <summary>That of Stripe.net 53.1.</summary>
    public const string DefaultApiVersion = "2026-10-28.endive";

    internal TimeSpan Search => SearchDelay ?? TimeSpan.FromMinutes(1);

    internal TimeSpan Debit => DebitTime ?? TimeSpan.FromDays(4);

    internal TimeSpan TimeOut => WebhookTimeOut ?? TimeSpan.FromSeconds(10);

    internal TimeSpan Patience => GiveUpAfter ?? TimeSpan.FromDays(3);

    /// <summary>Stripe tries for three days with growing delays, and does not publish them.</summary>
    internal TimeSpan DelayAfter(int attempt)
    {
        var (first, longest) = (FirstDelay ?? TimeSpan.FromMinutes(1), LongestDelay ?? TimeSpan.FromHours(12));
        return TimeSpan.FromTicks((long)Math.Min(first.Ticks * Math.Pow(2, Math.Min(attempt - 1, 20)), longest.Ticks));
    }
}
