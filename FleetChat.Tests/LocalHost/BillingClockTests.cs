using System.Text.Json;
using FleetChat.LocalHost.Commands;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

/// <summary>Months that go by on the command line, with a host of their own.</summary>
public sealed class BillingClockTests
{
    [LongLinuxFact]
    public async Task A_month_goes_by_is_invoiced_and_paid_and_the_ledger_balances_on_each_day()
    {
        using var folder = new ReachableFolder();
        await using var clock = LocalHostProcess.Start(folder.Path, "billing", "clock", "--months", "1", "--json");

        var exitCode = await clock.EndAsync();

        Assert.True(exitCode == 0, clock.Said);
        using var told = JsonDocument.Parse(clock.Said);
        var (report, months) = (told.RootElement, told.RootElement.GetProperty("months"));
        Assert.Equal(0, report.GetProperty("faults").GetArrayLength());
        Assert.InRange(report.GetProperty("days").GetInt32(), 30, 33);
        Assert.Equal(2, months.GetArrayLength());
        Assert.All(months[0].GetProperty("companies").EnumerateArray(), company => Assert.Equal(0, company.GetProperty("invoices").GetArrayLength()));
        var companies = months[1].GetProperty("companies").EnumerateArray().ToDictionary(company => company.GetProperty("pays").GetString()!);
        Assert.Equal(["bank", "card", "debit", "late", "never"], companies.Keys.Order(StringComparer.Ordinal));
        var total = 0L;
        foreach (var (pays, company) in companies)
        {
            var invoice = Assert.Single(company.GetProperty("invoices").EnumerateArray());
            var amount = invoice.GetProperty("amount").GetInt64();
            Assert.InRange(amount, 900, 2_700);
            Assert.Equal(pays == "card" ? 0 : amount, company.GetProperty("owed").GetInt64());
            total += company.GetProperty("owed").GetInt64();
        }
        Assert.Equal("card", Assert.Single(companies["card"].GetProperty("payments").EnumerateArray()).GetProperty("by").GetString());
        Assert.Equal(total, months[1].GetProperty("owed").GetInt64());
        Assert.Empty(LocalHostProcess.LivingIn(folder.Path));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Three_months_go_by_unless_somebody_says_another_number()
    {
        Assert.Equal(new BillingClockOptions { Months = 3 }, CommandOptions.ReadBillingClock([]));
        Assert.Equal(new BillingClockOptions { Months = 12, Json = true }, CommandOptions.ReadBillingClock(["--months", "12", "--json"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadBillingClock(["--months", "0"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadBillingClock(["--months", "61"]));
        Assert.Throws<FormatException>(() => CommandOptions.ReadBillingClock(["--data", "folder"]));
    }
}
