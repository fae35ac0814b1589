using FleetChat.Core.Billing.Rating;

namespace FleetChat.Tests.Billing.Rating;

/// <summary>What can't be rated is told by a code, and never rated all the same.</summary>
public sealed class RatingFaultTests
{
    private static readonly RatingInput Good = new RatingCase("", new()) { Agreement = new(1, new(2026, 1, 1), new(2026, 6, 1)), Adjustments = [1, 2] }.Input;

    private static readonly Dictionary<string, RatingInput> Faulty = new()
    {
        ["period_not_first_day"] = Good with { Period = new(2026, 6, 2) },
        ["service_empty"] = Good with { Service = [new(new(2026, 6, 2), new(2026, 6, 2), "starter")] },
        ["service_outside_month"] = Good with { Service = [new(new(2026, 6, 2), new(2026, 7, 2), "starter")] },
        ["service_not_in_order"] = Good with { Service = [new Stay(1, 15).In(Good.Period), new Stay(15, 30).In(Good.Period)] },
        ["tier_not_on_card"] = Good with { Service = [new Stay(1, 15, "golden").In(Good.Period)] },
        ["card_not_in_force"] = Good with { Card = Good.Card with { ValidFrom = new(2026, 6, 2) } },
        ["agreement_not_in_force"] = Good with { Service = [new Stay(2, 30).In(Good.Period)] },
        ["usage_negative"] = Good with { Usage = new(1, -1, 0) },
        ["usage_too_high"] = Good with { Usage = new(10_000_001, 0, 0) },
        ["trial_messages_too_many"] = Good with { Usage = new(1, 5, 6) },
        ["currency_malformed"] = Good with { Card = Good.Card with { Currency = "usd" } },
        ["version_not_positive"] = Good with { Card = Good.Card with { Version = 0 } },
        ["tiers_missing"] = Good with { Service = [], Card = Good.Card with { Tiers = new Dictionary<string, TierPrice>() } },
        ["tier_unknown"] = Good with { Card = Good.Card with { Tiers = new Dictionary<string, TierPrice>(Good.Card.Tiers) { ["golden"] = RatingCase.StarterPrice } } },
        ["tier_missing"] = Good with { Card = Good.Card with { Tiers = new Dictionary<string, TierPrice>(Good.Card.Tiers) { ["enterprise"] = null! } } },
        ["price_negative"] = With(RatingCase.StarterPrice with { PricePerDriver = -0.000001m }),
        ["price_too_high"] = With(RatingCase.StarterPrice with { PricePerMessage = 1_000_000.000001m }),
        ["price_too_fine"] = With(RatingCase.StarterPrice with { PricePerDriver = 0.0000001m }),
        ["included_negative"] = With(RatingCase.StarterPrice with { IncludedMessages = -1 }),
        ["included_too_high"] = With(RatingCase.StarterPrice with { IncludedMessages = 100_000_000_001 }),
        ["brackets_not_ascending"] = With(RatingCase.StarterPrice with { Brackets = [new(10, 5m), new(10, 10m)] }),
        ["brackets_missing"] = With(RatingCase.StarterPrice with { Brackets = null! }),
        ["bracket_missing"] = With(RatingCase.StarterPrice with { Brackets = [null!] }),
        ["bracket_negative"] = With(RatingCase.StarterPrice with { Brackets = [new(-1, 5m)] }),
        ["percent_out_of_range"] = With(RatingCase.StarterPrice with { Brackets = [new(10, 100.0001m)] }),
        ["percent_too_fine"] = Good with { Tax = new(8.25001m, false, null) },
        ["reverse_charge_note_missing"] = Good with { Tax = new(0m, true, " ") },
        ["validity_reversed"] = Good with { Agreement = Good.Agreement! with { ValidUntil = new(2025, 12, 31) }, Service = [] },
        ["minimum_negative"] = Good with { Agreement = Good.Agreement! with { Minimum = -1 } },
        ["minimum_too_high"] = Good with { Agreement = Good.Agreement! with { Minimum = 10_000_000_000_000_001 } },
        ["adjustment_too_high"] = Good with { Adjustments = [new(Guid.Empty, "Too much", -10_000_000_000_000_001)] },
        ["adjustment_twice"] = Good with { Adjustments = [Good.Adjustments[0], Good.Adjustments[0]] },
    };

    public static TheoryData<string> Codes => [.. Faulty.Keys];

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_fault_is_named_and_not_rated(string code)
    {
        Assert.Equal(code, Faulty[code].FindFault());
        Assert.Throws<ArgumentException>(() => RateUsage.Of(Faulty[code]));
    }

    [Fact]
    public void What_is_right_has_no_fault() => Assert.Null(Good.FindFault());

    [Fact]
    public void Zeros_behind_the_point_are_no_decimals() => Assert.Null(With(RatingCase.StarterPrice with { PricePerDriver = 900.00000000m }).FindFault());

    [Fact]
    public void What_is_agreed_is_looked_at_like_the_card()
    {
        Assert.Equal("price_negative", (Good with { Agreement = Good.Agreement! with { PricePerDriver = -1m } }).FindFault());
        Assert.Equal("percent_out_of_range", (Good with { Agreement = Good.Agreement! with { Brackets = [new(0, -1m)] } }).FindFault());
        Assert.Equal("included_negative", (Good with { Agreement = Good.Agreement! with { IncludedMessages = -1 } }).FindFault());
    }

    private static RatingInput With(TierPrice starter) => Good with { Card = Good.Card with { Tiers = new Dictionary<string, TierPrice> { ["starter"] = starter } } };
}
