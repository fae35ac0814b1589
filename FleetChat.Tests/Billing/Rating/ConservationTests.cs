using CsCheck;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Rating;

namespace FleetChat.Tests.Billing.Rating;

/// <summary>Nothing is lost between a month's lines and its total, whatever the month. FLEETCHAT_TEST_SIZE=long tries 100,000.</summary>
public sealed class ConservationTests
{
    private static readonly int Months = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 100_000 : 2_000;

    [Fact]
    public void Lines_add_up_to_the_sums_and_the_sums_to_the_total() => RandomMonths.All.Sample(input =>
    {
        var month = RateUsage.Of(input);

        Assert.Equal(SumOf(month, InvoiceLineKind.Drivers, InvoiceLineKind.Minimum), month.BaseCost);
        Assert.Equal(-SumOf(month, InvoiceLineKind.VolumeDiscount), month.VolumeDiscount);
        Assert.Equal(SumOf(month, InvoiceLineKind.Messages), month.MessageCharge);
        Assert.Equal(input.Adjustments.Sum(a => a.Amount), month.AdjustmentAmount);
        Assert.Equal(month.Lines.Sum(line => line.Amount), month.Subtotal);
        Assert.Equal(month.Subtotal, month.TaxGroups.Sum(group => group.Net));
        Assert.Equal(month.TaxAmount, month.TaxGroups.Sum(group => group.Tax));
        Assert.Equal(month.TotalAmount, month.BaseCost - month.VolumeDiscount + month.MessageCharge + month.AdjustmentAmount + month.TaxAmount);
    }, iter: Months);

    [Fact]
    public void Lines_stay_inside_the_service_and_what_they_take_off_stays_inside_what_they_charge() => RandomMonths.All.Sample(input =>
    {
        foreach (var line in RateUsage.Of(input).Lines.Where(line => line.Kind != InvoiceLineKind.Adjustment))
        {
            Assert.True(input.Service[0].From <= line.From && line.From < line.Until && line.Until <= input.Service[^1].Until);
            Assert.Equal(line.Kind == InvoiceLineKind.VolumeDiscount, line.Amount < 0);
        }
        foreach (var span in RateUsage.Of(input).Lines.Where(line => line.Kind is InvoiceLineKind.Drivers or InvoiceLineKind.VolumeDiscount).GroupBy(line => line.From))
        {
            Assert.Single(span, line => line.Kind == InvoiceLineKind.Drivers);
            Assert.True(span.Sum(line => line.Amount) >= 0);
            Assert.All(span, line => Assert.True(line.Kind == InvoiceLineKind.Drivers || (line.Percent > 0 && line.Above < input.Usage.ActiveDrivers && line.Quantity > 0)));
        }
    }, iter: Months);

    [Fact]
    public void More_drivers_never_cost_less() => Gen.Select(RandomMonths.All, Gen.OneOf(Gen.Const(1), Gen.Int[1, 30], Gen.Int[1, 5_000])).Sample((input, more) =>
    {
        var drivers = input.Usage.ActiveDrivers;
        var after = input with { Usage = input.Usage with { ActiveDrivers = Math.Min(RatingRange.Drivers, drivers + more) } };
        Assert.True(RateUsage.Of(after).TotalAmount >= RateUsage.Of(input).TotalAmount);
    }, iter: Months);

    [Fact]
    public void More_messages_never_cost_less() => Gen.Select(RandomMonths.All, Gen.Int[1, 5_000]).Sample((input, more) =>
    {
        var after = input with { Usage = input.Usage with { Messages = Math.Min(RatingRange.Messages, input.Usage.Messages + more) } };
        Assert.True(RateUsage.Of(after).TotalAmount >= RateUsage.Of(input).TotalAmount);
    }, iter: Months);

    [Fact]
    public void A_bill_is_the_sum_of_its_companies() => RandomMonths.All.Array[1, 6].Sample(inputs =>
    {
        // Of one month and currency, as all of a bill are.
        var months = inputs.Select((input, i) => (Tenant: $"tenant_{i}", Month: RateUsage.Of(input) with { Period = new(2026, 7, 1), Currency = "USD" })).ToList();

        var bill = Consolidate.Of(months);

        Assert.Equal(months.Sum(c => c.Month.BaseCost), bill.BaseCost);
        Assert.Equal(months.Sum(c => c.Month.VolumeDiscount), bill.VolumeDiscount);
        Assert.Equal(months.Sum(c => c.Month.MessageCharge), bill.MessageCharge);
        Assert.Equal(months.Sum(c => c.Month.AdjustmentAmount), bill.AdjustmentAmount);
        Assert.Equal(months.Sum(c => c.Month.TotalAmount), bill.TotalAmount);
        Assert.Equal(bill.TotalAmount - bill.TaxAmount, bill.Lines.Sum(line => line.Line.Amount));
        Assert.Equal(bill.TotalAmount - bill.TaxAmount, bill.TaxGroups.Sum(group => group.Net));
        Assert.Equal(bill.TaxAmount, bill.TaxGroups.Sum(group => group.Tax));
        Assert.All(months, c => Assert.Equal(c.Month.Lines, bill.Lines.Where(line => line.TenantId == c.Tenant).Select(line => line.Line)));
    }, iter: Months / 5);

    private static long SumOf(RatedMonth month, params string[] kinds) => month.Lines.Where(line => kinds.Contains(line.Kind)).Sum(line => line.Amount);
}
