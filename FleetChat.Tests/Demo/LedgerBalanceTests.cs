using FleetChat.LocalHost.Demo.Months;
using FleetChat.Simulators.Stripe;

namespace FleetChat.Tests.Demo;

/// <summary>What the months' books are held against, and when companies pay.</summary>
public sealed class LedgerBalanceTests
{
    private static readonly DateOnly s_issued = new(2027, 2, 2);

    private static readonly ApiInvoice s_invoice = new(Guid.Empty, "2027-01", "invoice", "final", "INV-US-000001", "USD", 3, 2_700, 0, 0, 0, 0, 2_700, 0, 2_700, s_issued, s_issued.AddDays(14), [], null);

    // Total, credited, due, by bank, and at Stripe: captured, refunded, disputed.
    [Theory]
    [InlineData(1_000, 0, 1_000, 0, 0, 0, 0)]
    [InlineData(1_000, 0, 0, 0, 1_000, 0, 0)]
    [InlineData(1_000, 0, 0, 1_000, 0, 0, 0)]
    [InlineData(1_000, 300, 0, 400, 600, 300, 0)]
    [InlineData(1_000, 0, 1_000, 0, 1_000, 0, 1_000)]
    public void Books_that_agree_have_no_fault(long total, long credited, long due, long byBank, long captured, long refunded, long disputed)
    {
        Assert.Null(LedgerBalance.FindFault("x", total, credited, due, byBank, new("x", "usd", captured > 0 ? 1 : 0, 0, captured, refunded, disputed)));
        Assert.NotNull(LedgerBalance.FindFault("x", total, credited, due + 1, byBank, new("x", "usd", captured > 0 ? 1 : 0, 0, captured, refunded, disputed)));
    }

    [Fact]
    public void What_Stripe_has_not_heard_of_is_open() => Assert.Equal("INV of a_001: the books say 900, Stripe and the bank 1000", LedgerBalance.FindFault("INV of a_001", 1_000, 0, 900, 0, null));

    [Fact]
    public void What_was_charged_twice_is_a_fault_though_one_was_given_back()
        => Assert.Equal("x: charged 2 times", LedgerBalance.FindFault("x", 1_000, 0, 0, 0, new InvoiceMoney("x", "usd", 2, 0, 2_000, 1_000, 0)));

    [Theory]
    [InlineData("Palo Duro Freight", 5)]
    [InlineData("Mesquite Hauling", 26)]
    [InlineData("Caprock Carriers", null)]
    [InlineData("Brazos Lines", null)]
    [InlineData("Nueces Trucking", null)]
    public void Each_company_pays_in_its_own_time(string name, int? afterDays)
    {
        var payer = Payers.All.Single(payer => payer.Company.Name == name);

        Assert.Equal(afterDays, Enumerable.Range(0, 400).Select(day => (int?)day).FirstOrDefault(day => payer.Transfers(s_invoice, s_issued.AddDays(day!.Value))));
        Assert.Equal(payer.Habit is Habit.Card or Habit.Debit, payer.Choice is not null);
    }
}
