namespace FleetChat.LocalHost.Hosting;

/// <summary>Prices for companies that try FleetChat out, so that their months can be billed. Entered again they are the same version.</summary>
internal static class SampleRateCard
{
    public static readonly object Body = new
    {
        currency = "USD",
        valid_from = "2026-01",
        tiers = new Dictionary<string, object>
        {
            ["starter"] = Tier(900, 5_000),
            ["professional"] = Tier(1_200, 50_000),
            ["enterprise"] = Tier(1_500, 500_000),
        },
    };

    private static object Tier(int price, int messages) => new
    {
        price_per_driver = price,
        included_messages = messages,
        price_per_message = 1.5m,
        brackets = new[] { new { above = 50, discount_percent = 10 }, new { above = 200, discount_percent = 20 } },
    };
}
