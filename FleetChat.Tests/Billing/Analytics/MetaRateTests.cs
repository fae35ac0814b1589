using FleetChat.Core.Billing.Analytics;
using FleetChat.Tests.Billing.Invoices;

namespace FleetChat.Tests.Billing.Analytics;

/// <summary>Which of Meta's rates holds for a message, and how they are entered.</summary>
public sealed class MetaRateTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private static readonly DateOnly s_january = new(2026, 1, 1);
    private static readonly DateOnly s_october = new(2026, 10, 1);
    private readonly TestFleet _fleet = fixture.Fleet;

    [Theory]
    // Until the end of September what is said in the window is free, and so has no rate.
    [InlineData("US", "service", "2026-09-30", null)]
    [InlineData("US", "service", "2026-10-01", 0.34)]
    [InlineData("US", "utility", "2025-12-31", null)]
    [InlineData("US", "utility", "2026-09-30", 0.4)]
    [InlineData("US", "utility", "2026-10-01", 0.34)]
    // The later word on the same day; the country's own before that of every country, however old.
    [InlineData("MX", "utility", "2026-10-01", 0.85)]
    [InlineData("FR", "utility", "2026-09-30", 2.5)]
    [InlineData("FR", "utility", "2026-10-01", 3.0)]
    [InlineData("FR", "marketing", "2026-10-01", null)]
    [InlineData(null, "utility", "2026-10-01", null)]
    public void The_newest_that_has_begun_holds(string? country, string category, string day, double? expected)
    {
        var book = new MetaRateBook(
        [
            Rate("US", "utility", 1, s_january, 0.4m), Rate("US", "utility", 2, s_october, 0.34m), Rate("US", "service", 1, s_october, 0.34m),
            Rate("MX", "utility", 1, s_january, 0.9m), Rate("MX", "utility", 2, s_january, 0.85m),
            Rate("*", "utility", 1, s_january, 2.5m), Rate("*", "utility", 2, s_october, 3m),
        ]);

        Assert.Equal((decimal?)expected, book.Find(country, category, DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture))?.Amount);
    }

    [Fact]
    public void Days_with_the_same_rates_are_one_span()
    {
        var book = new MetaRateBook([Rate("US", "utility", 1, s_january, 1), Rate("US", "utility", 2, new(2026, 3, 16), 2), Rate("*", "service", 1, new(2026, 3, 16), 2), Rate("US", "service", 1, new(2026, 4, 1), 2)]);

        Assert.Equal([new DateOnly(2026, 3, 1), new DateOnly(2026, 3, 16)], book.Spans(new(2026, 3, 1), new(2026, 4, 1)));
    }

    [Fact]
    public async Task The_same_again_is_the_same_version_and_another_amount_corrects_it()
    {
        var first = BillingDay.Value(await EnterAsync("CA", "utility", s_january, "USD", 0.5m));
        var again = BillingDay.Value(await EnterAsync("CA", "utility", s_january, "USD", 0.50m));
        var other = BillingDay.Value(await EnterAsync("CA", "utility", s_january, "USD", 0.123456m));

        Assert.Equal((1, 1, 2), (first.Version, again.Version, other.Version));
        Assert.Equal(0.123456m, new MetaRateBook(await _fleet.Get<MetaRates>().ListAsync(default)).Find("CA", "utility", s_january)?.Amount);
        Assert.Equal(2, await _fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.platform_audit_entries where action = 'meta_rate.entered' and subject = 'CA utility'"));
    }

    [Theory]
    [InlineData("XX", "utility", "USD", 1.0, "$.country")]
    [InlineData("us", "utility", "USD", 1.0, "$.country")]
    [InlineData(null, "utility", "USD", 1.0, "$.country")]
    [InlineData("US", "Utility", "USD", 1.0, "$.category")]
    [InlineData("US", "=utility", "USD", 1.0, "$.category")]
    [InlineData("US", "", "USD", 1.0, "$.category")]
    [InlineData("US", "utility", "usd", 1.0, "$.currency")]
    [InlineData("US", "utility", "USD", null, "$.amount")]
    [InlineData("US", "utility", "USD", -0.5, "$.amount")]
    [InlineData("US", "utility", "USD", 0.0000001, "$.amount")]
    public async Task What_makes_no_sense_is_refused_with_its_field(string? country, string category, string currency, double? amount, string field)
    {
        var refused = await EnterAsync(country, category, s_january, currency, (decimal?)amount);

        Assert.Equal(("billing.price_invalid", field), (refused.Error?.Code, refused.Error?.Field));
    }

    [Fact]
    public async Task A_rate_begins_on_a_day() => Assert.Equal("$.valid_from", (await EnterAsync("US", "utility", null, "USD", 1)).Error?.Field);

    [Theory]
    [InlineData("phone", "+12125550100", "US")]
    [InlineData("phone", "+14165550100", "CA")]
    [InlineData("phone", "+525512345678", "MX")]
    [InlineData("phone", "", null)]
    [InlineData("phone", "+1", null)]
    [InlineData("phone", "+870773111632", null)]
    [InlineData("user_id", "+12125550100", null)]
    public void A_phone_says_its_country_or_nothing_does(string kind, string identity, string? country) => Assert.Equal(country, RecipientCountry.Find(kind, identity));

    private Task<Core.Result<MetaRateView>> EnterAsync(string? country, string? category, DateOnly? validFrom, string? currency, decimal? amount)
        => _fleet.Get<MetaRates>().EnterAsync(new(country, category, validFrom, currency, amount, BillingDay.Operator), default);

    private static MetaRateView Rate(string country, string category, int version, DateOnly validFrom, decimal amount) => new(country, category, version, validFrom, "USD", amount, "test", default);
}
