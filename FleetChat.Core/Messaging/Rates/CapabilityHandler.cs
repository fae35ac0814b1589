using System.Text.Json;
using FleetChat.Core.Inbox;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Rates;

/// <summary>Meta changed how many people the portfolio may reach in 24 hours.</summary>
public sealed class CapabilityHandler(Portfolios portfolios) : IInboxHandler
{
    private const string Kind = "business_capability_update";

    public bool Handles(string source, string kind) => source == InboxSource.WhatsApp && kind == Kind;

    public Concerns ConcernsOf(InboxRow row) => Concerns.Nobody;

    public async Task<string> HandleAsync(InboxRow row, Processing processing, CancellationToken ct)
    {
        var told = row.Payload.Member("change").Member("value").Member("max_daily_conversations_per_business");
        if (!MessagingTier.TryRead(told, out var limit)) return "ignored: names no limit";
        await portfolios.SetLimitAsync(processing.Db, processing.Time, limit, row.ReceivedAt, ct);
        return "noted: messaging limit";
    }
}
