using System.Diagnostics;
using System.Globalization;
using FleetChat.Core.Billing.Documents;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Demo.Months;
using FleetChat.LocalHost.Hosting;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

internal sealed record BillingClockOptions
{
    private const int MostMonths = 60;

    /// <summary>So many are billed.</summary>
    public int Months { get; init; } = 3;

    public bool Json { get; init; }

    /// <exception cref="FormatException">More than anybody waits for.</exception>
    public BillingClockOptions Checked() => Months > MostMonths ? throw new FormatException($"'billing clock' goes through {MostMonths} months at the most.") : this;
}

/// <summary>Months of billing on a temporary database, with LocalHost as a child process.</summary>
internal static class BillingClockCommand
{
    /// <returns>Whether the ledger balanced on every day.</returns>
    /// <exception cref="StartRefusedException">The months could not go by.</exception>
    public static async Task<bool> RunAsync(BillingClockOptions options, IAnsiConsole console, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        Output.Widen(console);
        Say($"{Output.Count(options.Months, "month")} of five companies. Postgres, the host and the simulators start …");
        var url = LocalHostSettings.FreeUrl();
        await using var simulators = await DemoSimulators.StartAsync(url);
        await using var installation = await Installation.CreateTemporaryAsync("clock", ct);
        await using var host = new ChildProcessHost(installation.Folder);
        var travel = new MonthsTravel(host, installation.Settings(url, simulators.WhatsApp.Address), simulators, options.Months)
        {
            Note = Say,
            Tell = month => Show(month, options, console),
        };

        var report = await TravelAsync(travel, host, ct);
        if (options.Json) Output.WriteJson(console, report);
        else Close(report, watch.Elapsed, console);
        return report.Faults.Count == 0;

        void Say(string what)
        {
            if (!options.Json) console.WriteLine(what);
        }
    }

    private static async Task<MonthsReport> TravelAsync(MonthsTravel travel, ChildProcessHost host, CancellationToken ct)
    {
        try
        {
            return await travel.RunAsync(ct);
        }
        catch (Exception broken) when (broken is TimeoutException or HttpRequestException)
        {
            var where = travel.Reached is { } day ? $" on the business day {Day(day)}" : " before the companies were in";
            throw new StartRefusedException($"The journey broke off{where}: {broken.Message}. {host.SaidLast}", broken);
        }
    }

    private static void Show(MonthReport month, BillingClockOptions options, IAnsiConsole console)
    {
        if (options.Json) return;
        console.WriteLine();
        console.WriteLine($"{month.Month}, until {Day(month.Until)}");
        foreach (var company in month.Companies.Where(company => month.Currency.Length > 0)) console.WriteLine($"  {company.Name}, which pays {Say(company.Pays)}: {Say(company, month.Currency)}");
        console.WriteLine(month.Currency.Length == 0
            ? "  No invoice yet: the first month has to end."
            : $"  Invoiced {Money(month.Invoiced)}, paid {Money(month.Paid)}, owed {Money(month.Owed)}.");

        string Money(long amount) => MoneyText.Write(amount, month.Currency);
    }

    private static string Say(PayerReport company, string currency)
    {
        List<string> all =
        [
            .. company.Invoices.Select(invoice => $"invoice {invoice.Number} for {invoice.BillingPeriod}, {Output.Count(invoice.ActiveDrivers, "driver")}, {MoneyText.Write(invoice.Amount, currency)}, due {Day(invoice.DueOn)}"),
            .. company.Payments.Select(payment => $"{MoneyText.Write(payment.Amount, currency)} for {payment.Invoice} came by {payment.By.Replace('_', ' ')} on {Day(payment.On)}"),
        ];
        if (company.Refused > 0) all.Add($"{Output.Count(company.Refused, "charge")} refused");
        if (company.Reminders > 0) all.Add($"reminded {Output.Count(company.Reminders, "time")}");
        if (company.Suspended) all.Add("suspended");
        if (company.Lifted) all.Add("back in service");
        if (company.Owed > 0) all.Add($"{MoneyText.Write(company.Owed, currency)} are open");
        return all.Count > 0 ? string.Join("; ", all) : "nothing happened";
    }

    private static string Say(Habit habit) => habit switch
    {
        Habit.Card => "by card",
        Habit.Debit => "by debit",
        Habit.Bank => "by bank transfer",
        Habit.Late => "late",
        Habit.Never => "never",
        _ => throw new ArgumentOutOfRangeException(nameof(habit), habit, "a habit without words"),
    };

    private static void Close(MonthsReport report, TimeSpan took, IAnsiConsole console)
    {
        var (all, currency) = (report.Months.SelectMany(month => month.Companies).ToList(), report.Months[^1].Currency);
        console.WriteLine();
        foreach (var fault in report.Faults) console.WriteLine($"Not so: {fault}");
        console.WriteLine(
            $"{Output.Count(report.Days, "day")} went by in {took.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture)} s: {Output.Count(all.Sum(company => company.Invoices.Count), "invoice")}, "
            + $"{Output.Count(all.Sum(company => company.Payments.Count), "payment")}, {Output.Count(all.Sum(company => company.Reminders), "reminder")}, {Output.Count(all.Count(company => company.Suspended), "suspension")}.");
        console.WriteLine(report.Faults.Count == 0
            ? $"The ledger of receivables balanced with Stripe and the bank on every day; {MoneyText.Write(report.Months[^1].Owed, currency)} are owed in the end."
            : $"The ledger of receivables did not balance: {Output.Count(report.Faults.Count, "fault")}.");
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
