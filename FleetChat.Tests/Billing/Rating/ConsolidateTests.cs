using FleetChat.Core.Billing.Rating;

namespace FleetChat.Tests.Billing.Rating;

public sealed class ConsolidateTests
{
    private static readonly RatingCase Child = new("", new()) { Drivers = 1, Starter = RatingCase.StarterPrice with { PricePerDriver = 30m }, Tax = new(5m, false, "VAT") };

    [Fact]
    public void A_bill_is_the_sum_of_what_each_company_would_have_paid_alone()
    {
        // Each 30, and 5 % of it 1.5, to the even 2. Of 90 it would have been 4.5, to the even 4; the bill says 6.
        var bill = Consolidate.Of([.. new[] { "north", "south", "west" }.Select(tenant => (tenant, RateUsage.Of(Child.Input)))]);

        Assert.Equal((90, 6, 96), (bill.BaseCost, bill.TaxAmount, bill.TotalAmount));
        Assert.Equal([new TaxGroup(5m, false, "VAT", 90, 6)], bill.TaxGroups);
        Assert.Equal(["north", "south", "west"], bill.Lines.Select(line => line.TenantId));
    }

    [Fact]
    public void Taxes_that_differ_stay_apart()
    {
        var bill = Consolidate.Of(
        [
            ("north", RateUsage.Of(Child.Input)),
            ("south", RateUsage.Of((Child with { Tax = new(19m, true, "Reverse charge") }).Input)),
            ("west", RateUsage.Of((Child with { Tax = new(5.00m, false, "VAT"), Drivers = 2 }).Input)),
        ]);

        // 30 + 60 at 5 %: 2 + 3.
        Assert.Equal([new TaxGroup(5m, false, "VAT", 90, 5), new TaxGroup(0m, true, "Reverse charge", 30, 0)], bill.TaxGroups);
    }

    [Fact]
    public void A_company_without_service_adds_nothing()
    {
        var bill = Consolidate.Of([("north", RateUsage.Of(Child.Input)), ("south", RateUsage.Of((Child with { Service = [] }).Input))]);

        Assert.Equal(32, bill.TotalAmount);
        Assert.Single(bill.Lines);
    }

    [Fact]
    public void What_makes_no_bill_is_told()
    {
        var month = RateUsage.Of(Child.Input);

        Assert.Equal("children_missing", Consolidate.FindFault([]));
        Assert.Equal("child_twice", Consolidate.FindFault([("north", month), ("north", month)]));
        Assert.Equal("periods_differ", Consolidate.FindFault([("north", month), ("south", RateUsage.Of((Child with { Period = new(2026, 7, 1) }).Input))]));
        Assert.Equal("currencies_differ", Consolidate.FindFault([("north", month), ("south", RateUsage.Of((Child with { Currency = "EUR" }).Input))]));
        Assert.Throws<ArgumentException>(() => Consolidate.Of([]));
    }
}
