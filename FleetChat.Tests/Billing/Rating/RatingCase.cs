using System.Globalization;
using FleetChat.Core.Billing.Rating;

namespace FleetChat.Tests.Billing.Rating;

/// <summary>A month and its sums. What a case does not say: June 2026 (30 days), USD, ten drivers, in service as a starter all month, no messages, no agreement, no tax.</summary>
internal sealed record RatingCase(string Name, Sums Sums)
{
    public static readonly TierPrice StarterPrice = new(900m, 1_000, 0.5m, []);
    public static readonly TierPrice ProfessionalPrice = new(1_500m, 10_000, 0.25m, []);
    public static readonly TierPrice EnterprisePrice = new(2_400m, 100_000, 0.125m, []);

    public DateOnly Period { get; init; } = new(2026, 6, 1);

    public string Currency { get; init; } = "USD";

    public TierPrice Starter { get; init; } = StarterPrice;

    public TierPrice Professional { get; init; } = ProfessionalPrice;

    public Stay[]? Service { get; init; }

    public long Drivers { get; init; } = 10;

    public long Messages { get; init; }

    public long TrialMessages { get; init; }

    public Agreement? Agreement { get; init; }

    public TaxTerms Tax { get; init; } = new(0m, false, null);

    public long[] Adjustments { get; init; } = [];

    /// <summary>Null: the sums say enough.</summary>
    public string[]? Lines { get; init; }

    public RatingInput Input => new(
        Period,
        [.. (Service ?? [new(1, DateTime.DaysInMonth(Period.Year, Period.Month))]).Select(stay => stay.In(Period))],
        new(Drivers, Messages, TrialMessages),
        new(Currency, 3, new(2020, 1, 1), new Dictionary<string, TierPrice> { ["starter"] = Starter, ["professional"] = Professional, ["enterprise"] = EnterprisePrice }),
        Agreement,
        Tax,
        [.. Adjustments.Select((amount, i) => new Adjustment(new Guid(i + 1, 0, 0, new byte[8]), $"Adjusted {i + 1}", amount))]);

    public override string ToString() => Name;
}

/// <summary>In minor units; what is not given is 0.</summary>
internal sealed record Sums(long Base = 0, long Discount = 0, long Messages = 0, long Adjustments = 0, long Tax = 0, long Total = 0)
{
    public static Sums Of(RatedMonth month) => new(month.BaseCost, month.VolumeDiscount, month.MessageCharge, month.AdjustmentAmount, month.TaxAmount, month.TotalAmount);
}

/// <summary>Days of the month in service, both inclusive.</summary>
internal sealed record Stay(int First, int Last, string Tier = "starter")
{
    public ServiceSpan In(DateOnly period) => new(period.AddDays(First - 1), period.AddDays(Last), Tier);
}

/// <summary>A line as the cases write it, with its last day inclusive.</summary>
internal static class LineText
{
    public static string Of(RatedLine line)
        => $"{line.Kind} {Day(line.From)}..{Day(line.Until.AddDays(-1))}{Word(line.Tier)}{Word(line.Above)}{Word(line.Text)}: "
            + $"{Number(line.Quantity)} x {Number(line.UnitPrice)}{(line.Percent is { } percent ? $" x {Number(percent)} %" : "")} = {line.Amount.ToString(CultureInfo.InvariantCulture)}";

    private static string Day(DateOnly day) => day.ToString("MM-dd", CultureInfo.InvariantCulture);

    private static string Number(decimal number) => number.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Word(string? text) => text is null ? "" : $" {text}";

    private static string Word(long? above) => above is { } drivers ? $" above {drivers.ToString(CultureInfo.InvariantCulture)}" : "";
}
