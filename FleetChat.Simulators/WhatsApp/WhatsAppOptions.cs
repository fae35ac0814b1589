using FleetChat.Simulators.Delivery;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>How one WhatsApp Cloud API simulator runs.</summary>
public sealed record WhatsAppOptions
{
    /// <summary>Business time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Port 0 takes a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>Null keeps the journal in memory.</summary>
    public string? JournalPath { get; init; }

    public DeliveryOptions Delivery { get; init; } = DeliveryOptions.WhatsApp;

    /// <summary>Of shuffled statuses and releases; ids never come from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What can be changed while it runs.</summary>
    public WhatsAppSettings Settings { get; init; } = new();
}

public enum FailureWay
{
    /// <summary>The call itself is refused.</summary>
    Sync,

    /// <summary>The call is accepted, a <c>failed</c> status follows.</summary>
    Async,
}

/// <summary>The simulator's rules.</summary>
/// <param name="AppSecret">Signs every webhook: one secret for all companies, as in a Meta app.</param>
/// <param name="Window">How a message outside the 24-hour window fails (131047).</param>
/// <param name="Unreachable">How a message to somebody without WhatsApp fails (131026).</param>
/// <param name="MessagesPerSecond">Per number, in and out together, of business time (130429); null switches it off.</param>
/// <param name="PairLimit">One message per six seconds of business time to one user after a burst of <paramref name="PairBurst"/> (131056).</param>
/// <param name="TemplateReview">How long a submitted template stays PENDING, of business time.</param>
/// <param name="StatusesWithConversation">As webhooks up to v23 tell it.</param>
/// <param name="EscapeSlashes">Bodies with <c>\/</c>, as Meta may send them.</param>
/// <param name="MessagingLimit">How many people the business may begin a talk with in 24 hours, over all of its numbers (131064); null switches it off.</param>
/// <param name="MarketingToUs">Marketing reaches numbers that begin with 1; since April 2025 it does not (131049).</param>
/// <param name="MediaUrls">Webhooks of media carry a link beside the id, as newer ones do.</param>
public sealed record WhatsAppSettings(
    string AppSecret = "simulated-app-secret",
    FailureWay Window = FailureWay.Sync,
    FailureWay Unreachable = FailureWay.Async,
    int? MessagesPerSecond = 80,
    bool PairLimit = true,
    int PairBurst = 10,
    TimeSpan? TemplateReview = null,
    bool StatusesWithConversation = false,
    bool EscapeSlashes = true,
    int? MessagingLimit = null,
    bool MarketingToUs = false,
    bool MediaUrls = false)
{
    /// <summary>As Meta writes it.</summary>
    internal string MessagingTier => MessagingLimit switch
    {
        null => "TIER_UNLIMITED",
        { } most when most >= 1000 && most % 1000 == 0 => $"TIER_{most / 1000}K",
        { } most => $"TIER_{most}",
    };

    internal TimeSpan ReviewTime => TemplateReview ?? TimeSpan.FromMinutes(10);
}
