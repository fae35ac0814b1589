using FleetChat.Core.Billing.Rating;

namespace FleetChat.Tests.Billing.Rating;

/// <summary>Usage to money, month by month, against sums worked out by hand.</summary>
public sealed class RateUsageTests
{
    public static TheoryData<string> Cases => [.. RatingCases.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_month_costs_what_was_worked_out_by_hand(string name)
    {
        var worked = RatingCases.All.Single(c => c.Name == name);

        var month = RateUsage.Of(worked.Input);

        Assert.Equal(worked.Sums, Sums.Of(month));
        if (worked.Lines is { } lines) Assert.Equal(lines, month.Lines.Select(LineText.Of));
    }

    [Fact]
    public void What_was_used_stands_beside_what_it_costs()
    {
        var month = RateUsage.Of(new RatingCase("", new()) { Drivers = 3, Messages = 900, TrialMessages = 200 }.Input);

        Assert.Equal((3, 900), (month.ActiveDrivers, month.MessageVolume));
    }

    [Fact]
    public void Reverse_charge_stands_in_its_tax_group_with_its_note()
    {
        var month = RateUsage.Of(new RatingCase("", new()) { Tax = new(19m, true, "The recipient owes the tax.") }.Input);

        Assert.Equal([new TaxGroup(0m, true, "The recipient owes the tax.", 9_000, 0)], month.TaxGroups);
    }

    [Fact]
    public void All_lines_are_in_the_tax_group()
    {
        var month = RateUsage.Of(new RatingCase("", new()) { Tax = new(19m, false, "VAT"), Messages = 1_200, Adjustments = [-500] }.Input);

        // 9,000 + 200 x 0.5 - 500 = 8,600; 19 % = 1,634.
        Assert.Equal([new TaxGroup(19m, false, "VAT", 8_600, 1_634)], month.TaxGroups);
    }

    [Fact]
    public void Without_lines_there_is_nothing_to_tax() => Assert.Empty(RateUsage.Of(new RatingCase("", new()) { Service = [], Tax = new(19m, false, null) }.Input).TaxGroups);

    [Fact]
    public void A_month_keeps_what_it_was_rated_by()
    {
        var month = RateUsage.Of(new RatingCase("", new()) { Agreement = new(7, new(2026, 1, 1), null) { PurchaseOrder = "PO 4711" } }.Input);

        Assert.Equal((new DateOnly(2026, 6, 1), "USD", 3, 7, "PO 4711"), (month.Period, month.Currency, month.RateCardVersion, month.AgreementVersion, month.PurchaseOrder));
    }

    [Theory]
    [InlineData(-9_000, false)]
    [InlineData(-9_001, true)]
    public void More_taken_off_than_there_was_is_seen(long adjustment, bool isBelowZero)
        => Assert.Equal(isBelowZero, RateUsage.Of(new RatingCase("", new()) { Adjustments = [adjustment] }.Input).IsBelowZero);

    [Fact]
    public void An_adjustment_is_found_again_by_its_line()
    {
        var input = new RatingCase("", new()) { Adjustments = [5, -3] }.Input;

        Assert.Equal(input.Adjustments.Select(a => ((Guid?)a.Id, (string?)a.Text)), RateUsage.Of(input).Lines.Skip(1).Select(line => (line.AdjustmentId, line.Text)));
    }
}
