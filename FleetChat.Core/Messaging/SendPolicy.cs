using FleetChat.Core.Consent;
using FleetChat.Core.Reminders;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <summary>What is known when a message is about to be sent.</summary>
/// <param name="IsTemplate">A template may be sent at any time, anything else only inside WhatsApp's window.</param>
/// <param name="Consent">The driver's consent; null if the message is to nobody we know.</param>
/// <param name="IsInDoubt">An attempt may have reached the driver, and nothing said so within the doubt window.</param>
/// <param name="Resends">How often it was sent again out of doubt.</param>
public sealed record SendFacts(
    bool IsTemplate, string? Consent, string? DriverStatus, DateTimeOffset? StoppedAt, DateTimeOffset? LastInboundAt, DateTimeOffset? ValidUntil, bool IsInDoubt = false, int Resends = 0)
{
    /// <summary>Whether it waits while its driver drives.</summary>
    public bool CanWait { get; init; }

    /// <summary>What was seen of the driver last, and when: see <see cref="Holds.WheelState"/>.</summary>
    public (string State, DateTimeOffset At)? Wheel { get; init; }

    /// <summary>It is for who drives its transport or is in its truck, and that is somebody else by now.</summary>
    public bool IsOthers { get; init; }

    /// <summary>Who looks, if it is for a vehicle's crew, and nobody has looked lately who that is.</summary>
    public Reminder? CrewToAsk { get; init; }

    /// <summary>One of <see cref="MessagePurpose"/>.</summary>
    public string? Purpose { get; init; }

    /// <summary>When he was seen driving last.</summary>
    public DateTimeOffset? DroveAt { get; init; }

    /// <summary>Whether it may come twice: where nobody knows if it came, it is sent once more.</summary>
    public bool CanResend { get; init; }

    /// <summary>Its company has had its messages of the month, and its driver need not hear of it at any price.</summary>
    public bool IsOverLimit { get; init; }

    /// <summary>Since when it is held; null: it is not.</summary>
    public DateTimeOffset? HeldAt { get; init; }
}

/// <summary>Whether a message may still go out, and when it is tried again.</summary>
public static class SendPolicy
{
    /// <summary>WhatsApp's window is 24 hours; it closes earlier for us, because the call takes time and clocks differ.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(24) - TimeSpan.FromMinutes(5);

    /// <summary>An attempt with neither answer nor status is resent, or handed to a dispatcher, after this; WhatsApp's statuses have come long before, as a rule.</summary>
    public static readonly TimeSpan DoubtWindow = TimeSpan.FromMinutes(10);

    /// <summary>Once: a second silence is no accident, and the driver may have got each of them.</summary>
    private const int MostResends = 1;

    private const int MostAttempts = 12;
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(30);

    /// <returns>Null if it may go out; else the status that it ends with, and the reason as a code.</returns>
    public static (string Status, string Reason)? FindObjection(SendFacts facts, DateTimeOffset now)
    {
        if (facts is { IsInDoubt: true, CanResend: false } or { IsInDoubt: true, Resends: >= MostResends }) return (DeliveryStatus.Failed, "delivery_unknown");
        if (facts.ValidUntil < now) return (DeliveryStatus.Expired, "expired");
        // He may have got it already: then it is no message that never went out.
        if (facts.IsOthers) return facts.IsInDoubt ? (DeliveryStatus.Failed, "delivery_unknown") : (DeliveryStatus.Expired, "driver_changed");
        if (facts.StoppedAt is not null && facts.Purpose != MessagePurpose.Stop) return (DeliveryStatus.Refused, "opted_out");
        if (facts.DriverStatus is not null and not "active") return (DeliveryStatus.Refused, "driver_deactivated");
        if (!HasConsent(facts)) return (DeliveryStatus.Refused, "no_consent");
        // Consent and opt-out go on, and what may have gone out has counted.
        if (facts is { IsOverLimit: true, Purpose: null, IsInDoubt: false }) return (DeliveryStatus.Refused, "over_limit");
        if (!facts.IsTemplate && !IsWindowOpen(facts.LastInboundAt, now)) return (DeliveryStatus.Refused, "window_closed");
        return null;
    }

    private static bool HasConsent(SendFacts facts) => facts.Purpose switch
    {
        MessagePurpose.Question => facts.Consent == ConsentState.Asked,
        MessagePurpose.Consent or MessagePurpose.Stop => true,
        _ => facts.Consent is null or ConsentState.Granted,
    };

    public static bool IsWindowOpen(DateTimeOffset? lastInboundAt, DateTimeOffset now) => now - lastInboundAt < Window;

    /// <param name="attempts">So many failed.</param>
    /// <param name="asked">How long WhatsApp asks to wait.</param>
    /// <param name="chance">From 0 to 1: what failed together is not tried again together.</param>
    /// <returns>When to try again; null: not any more.</returns>
    public static DateTimeOffset? NextTry(MetaErrorClass errorClass, int attempts, TimeSpan? asked, DateTimeOffset now, double chance)
    {
        if (attempts >= MostAttempts) return null;
        var first = MetaErrorClasses.FirstDelayOf(errorClass);
        var longest = TimeSpan.FromTicks(Math.Max(first.Ticks, Math.Min(LongestDelay.Ticks, first.Ticks << Math.Min(attempts - 1, 12))));
        var shortest = errorClass is MetaErrorClass.RetryInMinutes or MetaErrorClass.RetryInAnHour ? first : ShortestDelay;
        var delay = shortest + (longest - shortest) * chance;
        return now + (asked > delay ? asked.Value : delay);
    }
}
