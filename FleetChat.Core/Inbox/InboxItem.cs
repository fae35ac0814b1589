namespace FleetChat.Core.Inbox;

/// <summary>One fact out of a delivery, to be stored and processed by itself.</summary>
/// <param name="Source"><see cref="InboxSource"/>.</param>
/// <param name="Kind">What the fact is, in the sender's words: <c>RouteStopArrival</c>, <c>message</c>, <c>status</c>.</param>
/// <param name="ExternalId">Stays the same when the fact is delivered again.</param>
/// <param name="LaneKey">What spreads load: driver, phone or vehicle, as far as the payload knows.</param>
/// <param name="Payload">JSON, UTF-8.</param>
public sealed record InboxItem(string Source, string Kind, string ExternalId, string LaneKey, byte[] Payload)
{
    /// <summary>0 goes ahead of everything that waits.</summary>
    public short Urgency { get; init; } = 1;

    /// <summary>For WhatsApp: the number it came by, and when; the tenant is checked against who held the number then.</summary>
    public NumberUse? Number { get; init; }
}

public sealed record NumberUse(string PhoneNumberId, DateTimeOffset At);

public static class InboxSource
{
    public const string Samsara = "samsara";
    public const string WhatsApp = "whatsapp";
}
