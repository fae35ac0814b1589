namespace FleetChat.Simulators.Delivery;

/// <summary>How often and how patiently a webhook is sent again. All of it runs on real time, never on the business clock.</summary>
/// <param name="MaxAttempts">Null: for as long as the simulator lives.</param>
/// <param name="LongestDelay">The delay doubles from <paramref name="FirstDelay"/> up to this.</param>
/// <param name="Timeout">An answer that takes longer counts as a failure.</param>
public sealed record DeliveryOptions(int? MaxAttempts, TimeSpan FirstDelay, TimeSpan LongestDelay, TimeSpan Timeout)
{
    /// <summary>Samsara: up to 5 attempts, exponential backoff; its schedule and time-out are not published.</summary>
    public static DeliveryOptions Samsara { get; } = new(MaxAttempts: 5, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10));

    /// <summary>Meta: for 36 hours or 7 days, its pages disagree; either is longer than a simulator lives.</summary>
    public static DeliveryOptions WhatsApp { get; } = new(MaxAttempts: null, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));

    internal TimeSpan DelayAfter(int attempt)
        => TimeSpan.FromMilliseconds(Math.Min(FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 20)), LongestDelay.TotalMilliseconds));
}
