using FleetChat.Simulators.Delivery;

namespace FleetChat.Simulators.Samsara;

/// <summary>How one Samsara simulator runs.</summary>
public sealed record SamsaraOptions
{
    /// <summary>Business time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Port 0 takes a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>Null keeps the journal in memory.</summary>
    public string? JournalPath { get; init; }

    public DeliveryOptions Delivery { get; init; } = DeliveryOptions.Samsara;

    /// <summary>Whether a retry is signed with its own time or carries the first attempt's; Samsara does not say.</summary>
    public bool SignRetriesAfresh { get; init; }

    /// <summary>Of the order of keys in webhook bodies and of shuffled releases; ids never come from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What can be changed while it runs.</summary>
    public SamsaraSettings Settings { get; init; } = new();
}
