using System.Globalization;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Months;

/// <summary>How a company pays what it owes.</summary>
internal enum Habit
{
    /// <summary>A card that pays is on file.</summary>
    Card,

    /// <summary>A bank account that Stripe draws from.</summary>
    Debit,

    /// <summary>A transfer some days after the invoice.</summary>
    Bank,

    /// <summary>A transfer after two reminders.</summary>
    Late,
    Never,
}

/// <param name="Company">As it was planned, or with what it has got when it came in.</param>
internal sealed record Payer(Company Company, Habit Habit)
{
    private const int BankTakesDays = 5;
    private const int LateByDays = 12;

    /// <summary>What is chosen on Stripe's page; null: nothing is entered there.</summary>
    public string? Choice => Habit switch { Habit.Card => BillingDesk.GoodCard, Habit.Debit => BillingDesk.Account, _ => null };

    /// <summary>Whether an open invoice is transferred on this day.</summary>
    public bool Transfers(ApiInvoice invoice, DateOnly today) => Habit switch
    {
        Habit.Bank => today >= invoice.IssuedOn!.Value.AddDays(BankTakesDays),
        Habit.Late => today >= invoice.DueOn!.Value.AddDays(LateByDays),
        _ => false,
    };
}

/// <summary>Small companies, one of each habit.</summary>
internal static class Payers
{
    /// <summary>Of each company.</summary>
    public const int Drivers = 3;

    public static IReadOnlyList<Payer> All =>
    [
        New(Habit.Card, 1, "Caprock Carriers"),
        New(Habit.Debit, 2, "Brazos Lines"),
        New(Habit.Bank, 3, "Palo Duro Freight"),
        New(Habit.Late, 4, "Mesquite Hauling"),
        New(Habit.Never, 5, "Nueces Trucking"),
    ];

    private static Payer New(Habit habit, int number, string name) => new(
        new("", name, "en", 60_000 + number, $"60{number}02", $"60{number}000000000001", $"60{number}000000000002", $"1512555{number}000", [.. Enumerable.Range(1, Drivers).Select(driver => NewDriver(number, driver))]),
        habit);

    private static Driver NewDriver(int company, int driver)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"6{company}{driver}0");
        return new(id, $"Driver {id}", $"1512556{company}{driver}00", "en", new($"{id}0", $"Load {id}", [new($"{id}1", "The yard"), new($"{id}2", "The store")]));
    }
}
