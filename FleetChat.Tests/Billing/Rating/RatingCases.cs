using FleetChat.Core.Billing.Rating;

namespace FleetChat.Tests.Billing.Rating;

/// <summary>Months whose sums were worked out by hand, in the comment above each. The plain month: 10 drivers x 900 = 9,000, of 30 days, 300 a day.</summary>
internal static class RatingCases
{
    private static readonly VolumeBracket[] TenAndFifty = [new(10, 10m), new(50, 20m)];

    // 10 drivers x 900 = 9,000; above 5: 5 x 900 x 10 % = 450; 1,500 messages - 1,000 included = 500 x 0.5 = 250. 9,000 - 450 + 250 = 8,800.
    private static readonly RatingCase Agreed = new("", new()) { Starter = RatingCase.StarterPrice with { Brackets = [new(5, 10m)] }, Messages = 1_500 };

    public static readonly RatingCase[] All =
    [
        .. Drivers(), .. Brackets(), .. Currencies(), .. Halves(), .. JoiningAndLeaving(), .. Months(), .. TierChanges(), .. Trials(), .. Agreements(),
        .. Minimums(), .. Messages(), .. Taxes(), .. Adjustments(),
    ];

    private static RatingCase[] Drivers() =>
    [
        // 0 x 900 = 0, and the line says so.
        new("No active driver", new()) { Drivers = 0, Lines = ["drivers 06-01..06-30 starter: 0 x 900 = 0"] },

        // 1 x 900 = 900.
        new("One driver", new(Base: 900, Total: 900)) { Drivers = 1, Lines = ["drivers 06-01..06-30 starter: 1 x 900 = 900"] },

        // 10 x 900 = 9,000.
        new("Ten drivers", new(Base: 9_000, Total: 9_000)),

        // 100,000 x 900 = 90,000,000.
        new("A hundred thousand drivers", new(Base: 90_000_000, Total: 90_000_000)) { Drivers = 100_000 },

        // 10,000,000 x 999,999,999.999999 = 10,000,000,000,000,000 - 10.
        new("The most drivers at the highest price", new(Base: 9_999_999_999_999_990, Total: 9_999_999_999_999_990))
        {
            Drivers = 10_000_000,
            Starter = RatingCase.StarterPrice with { PricePerDriver = 999_999_999.999999m },
        },

        // 9,999,999,999,999,990 / 31 = 322,580,645,161,290 exactly (x 30 = 9,677,419,354,838,700; + 322,580,645,161,290 = 9,999,999,999,999,990).
        new("The most drivers at the highest price for one day of 31", new(Base: 322_580_645_161_290, Total: 322_580_645_161_290))
        {
            Period = new(2026, 7, 1),
            Service = [new(31, 31)],
            Drivers = 10_000_000,
            Starter = RatingCase.StarterPrice with { PricePerDriver = 999_999_999.999999m },
        },

        // Not in service: nothing is charged, whatever the ledger holds.
        new("No day of service", new()) { Service = [], Drivers = 3, Messages = 5_000, Lines = [] },
    ];

    private static RatingCase[] Brackets() =>
    [
        // 10 x 900 = 9,000; nobody is above 10.
        new("Exactly at the first bracket", new(Base: 9_000, Total: 9_000)) { Starter = With(TenAndFifty), Lines = ["drivers 06-01..06-30 starter: 10 x 900 = 9000"] },

        // 11 x 900 = 9,900; 1 x 900 x 10 % = 90; 9,810.
        new("One above the first bracket", new(Base: 9_900, Discount: 90, Total: 9_810))
        {
            Drivers = 11,
            Starter = With(TenAndFifty),
            Lines = ["drivers 06-01..06-30 starter: 11 x 900 = 9900", "volume_discount 06-01..06-30 starter above 10: 1 x 900 x 10 % = -90"],
        },

        // 50 x 900 = 45,000; 40 x 90 = 3,600; 41,400.
        new("Exactly at the second bracket", new(Base: 45_000, Discount: 3_600, Total: 41_400)) { Drivers = 50, Starter = With(TenAndFifty) },

        // 51 x 900 = 45,900; 40 x 90 + 1 x 180 = 3,780; 42,120.
        new("One above the second bracket", new(Base: 45_900, Discount: 3_780, Total: 42_120))
        {
            Drivers = 51,
            Starter = With(TenAndFifty),
            Lines =
            [
                "drivers 06-01..06-30 starter: 51 x 900 = 45900",
                "volume_discount 06-01..06-30 starter above 10: 40 x 900 x 10 % = -3600",
                "volume_discount 06-01..06-30 starter above 50: 1 x 900 x 20 % = -180",
            ],
        },

        // 60 x 900 = 54,000; 40 x 90 + 10 x 180 = 5,400; 48,600.
        new("Well above the second bracket", new(Base: 54_000, Discount: 5_400, Total: 48_600)) { Drivers = 60, Starter = With(TenAndFifty) },

        // Every driver is above 0: 9,000; 10 x 900 x 5 % = 450; 8,550.
        new("A bracket for all", new(Base: 9_000, Discount: 450, Total: 8_550)) { Starter = With(new VolumeBracket(0, 5m)) },

        // 8 x 900 = 7,200; 3 x 900 = 2,700 off; 4,500.
        new("Free above five", new(Base: 7_200, Discount: 2_700, Total: 4_500)) { Drivers = 8, Starter = With(new VolumeBracket(5, 100m)) },

        // 25 x 900 = 22,500; above 10 nothing off, above 20: 5 x 90 = 450; 22,050.
        new("A bracket that takes nothing off has no line", new(Base: 22_500, Discount: 450, Total: 22_050))
        {
            Drivers = 25,
            Starter = With(new VolumeBracket(10, 0m), new VolumeBracket(20, 10m)),
            Lines = ["drivers 06-01..06-30 starter: 25 x 900 = 22500", "volume_discount 06-01..06-30 starter above 20: 5 x 900 x 10 % = -450"],
        },

        // 3 x 900 = 2,700; 1 x 900 x 12.5 % = 112.5 off: net 2,587.5, to the even 2,588; 2,700 - 2,588 = 112 off.
        new("Half a cent of net goes up to the even one", new(Base: 2_700, Discount: 112, Total: 2_588)) { Drivers = 3, Starter = With(new VolumeBracket(2, 12.5m)) },

        // 5 x 900 = 4,500; 3 x 112.5 = 337.5 off: net 4,162.5, to the even 4,162; 4,500 - 4,162 = 338 off.
        new("Half a cent of net goes down to the even one", new(Base: 4_500, Discount: 338, Total: 4_162)) { Drivers = 5, Starter = With(new VolumeBracket(2, 12.5m)) },

        // 4 x 3 = 12; off are 0.3 + 0.6 + 0.9 = 1.8: net 10.2, so 10; 2 off. By parts of 10 : 20 : 30 these are 0.33, 0.67 and 1: the last
        // gets 1, and the largest rest, 0.67, the other.
        new("A discount is shared by the largest remainder", new(Base: 12, Discount: 2, Total: 10))
        {
            Drivers = 4,
            Starter = With(new VolumeBracket(1, 10m), new VolumeBracket(2, 20m), new VolumeBracket(3, 30m)) with { PricePerDriver = 3m },
            Lines =
            [
                "drivers 06-01..06-30 starter: 4 x 3 = 12",
                "volume_discount 06-01..06-30 starter above 2: 1 x 3 x 20 % = -1",
                "volume_discount 06-01..06-30 starter above 3: 1 x 3 x 30 % = -1",
            ],
        },

        // 3 x 1 = 3; off are 0.5 + 0.5 = 1: net 2. Both halves are equal, so the lower bracket has it.
        new("Of equal remainders the lower bracket's is first", new(Base: 3, Discount: 1, Total: 2))
        {
            Drivers = 3,
            Starter = With(new VolumeBracket(1, 50m), new VolumeBracket(2, 50m)) with { PricePerDriver = 1m },
            Lines = ["drivers 06-01..06-30 starter: 3 x 1 = 3", "volume_discount 06-01..06-30 starter above 1: 1 x 1 x 50 % = -1"],
        },

        // 5 x 0.5 = 2.5, to the even 2; 4 x 0.25 = 1 off: net 1.5, to the even 2; 2 - 2 = 0 off.
        new("A discount may be rounded away", new(Base: 2, Total: 2))
        {
            Drivers = 5,
            Starter = With(new VolumeBracket(1, 50m)) with { PricePerDriver = 0.5m },
            Lines = ["drivers 06-01..06-30 starter: 5 x 0.5 = 2"],
        },
    ];

    private static RatingCase[] Currencies() =>
    [
        // 7 x 1,200 yen = 8,400; 10 % = 840; 9,240.
        new("Yen have no decimals", new(Base: 8_400, Tax: 840, Total: 9_240))
        {
            Currency = "JPY",
            Drivers = 7,
            Starter = RatingCase.StarterPrice with { PricePerDriver = 1_200m },
            Tax = new(10m, false, null),
        },

        // 1,201 x 15 / 30 = 600.5 yen, to the even 600.
        new("Half a yen down", new(Base: 600, Total: 600)) { Currency = "JPY", Drivers = 1, Service = [new(16, 30)], Starter = RatingCase.StarterPrice with { PricePerDriver = 1_201m } },

        // 1,203 x 15 / 30 = 601.5 yen, to the even 602.
        new("Half a yen up", new(Base: 602, Total: 602)) { Currency = "JPY", Drivers = 1, Service = [new(16, 30)], Starter = RatingCase.StarterPrice with { PricePerDriver = 1_203m } },

        // 3 x 3.125 dinars = 9,375 fils; x 10 / 30 = 3,125; 5 % = 156.25, so 156; 3,281.
        new("Dinars have three decimals", new(Base: 3_125, Tax: 156, Total: 3_281))
        {
            Currency = "KWD",
            Drivers = 3,
            Service = [new(21, 30)],
            Starter = RatingCase.StarterPrice with { PricePerDriver = 3_125m },
            Tax = new(5m, false, null),
        },

        // 3 x 2,750.5 fils = 8,251.5, to the even 8,252.
        new("Half a fils", new(Base: 8_252, Total: 8_252)) { Currency = "KWD", Drivers = 3, Starter = RatingCase.StarterPrice with { PricePerDriver = 2_750.5m } },
    ];

    private static RatingCase[] Halves() =>
    [
        // 1 x 0.5 = 0.5, to the even 0.
        Priced("Half a cent", 1, 0.5m, 0),

        // 3 x 0.5 = 1.5, to the even 2.
        Priced("One cent and a half", 3, 0.5m, 2),

        // 5 x 0.5 = 2.5, to the even 2.
        Priced("Two cents and a half", 5, 0.5m, 2),

        // 2 x 0.5 = 1.
        Priced("Two halves are a cent", 2, 0.5m, 1),

        // 2.500001 is nearer to 3.
        Priced("A millionth above the half", 1, 2.500001m, 3),

        // 3.499999 is nearer to 3.
        Priced("A millionth below the half", 1, 3.499999m, 3),

        // 8 x 0.3125 = 2.5, to the even 2.
        Priced("Fractions that add up to a half", 8, 0.3125m, 2),
    ];

    private static RatingCase[] JoiningAndLeaving() =>
    [
        // 30 of 30 days: 9,000.
        new("Joined on the 1st", new(Base: 9_000, Total: 9_000)) { Service = [new(1, 30)] },

        // The 16th to the 30th are 15 of 30 days: 4,500.
        new("Joined in the middle", new(Base: 4_500, Total: 4_500)) { Service = [new(16, 30)], Lines = ["drivers 06-16..06-30 starter: 10 x 900 = 4500"] },

        // 1 of 30 days: 300.
        new("Joined on the last day", new(Base: 300, Total: 300)) { Service = [new(30, 30)] },

        // 15 of 30 days: 4,500; 1,000 x 15 / 30 = 500 included; 600 - 500 = 100 x 0.5 = 50; 4,550.
        new("The first month includes its part of the messages", new(Base: 4_500, Messages: 50, Total: 4_550)) { Service = [new(16, 30)], Messages = 600 },

        // 20 x 900 x 15 / 30 = 9,000; 10 x 900 x 10 % x 15 / 30 = 450; 8,550. The brackets count drivers, not days.
        new("A part of a month has the brackets of all its drivers", new(Base: 9_000, Discount: 450, Total: 8_550)) { Drivers = 20, Service = [new(16, 30)], Starter = With(TenAndFifty) },

        // 1 of 30 days: 300.
        new("Left after the 1st", new(Base: 300, Total: 300)) { Service = [new(1, 1)] },

        // 10 of 30 days: 3,000.
        new("Left after the 10th", new(Base: 3_000, Total: 3_000)) { Service = [new(1, 10)], Lines = ["drivers 06-01..06-10 starter: 10 x 900 = 3000"] },

        // 29 of 30 days: 8,700.
        new("Left before the last day", new(Base: 8_700, Total: 8_700)) { Service = [new(1, 29)] },

        // The 12th alone is 1 of 30 days: 300.
        new("Joined and left on one day", new(Base: 300, Total: 300)) { Service = [new(12, 12)] },
    ];

    private static RatingCase[] Months() =>
    [
        // 29 of 29 days: 9,000.
        new("A whole leap February", new(Base: 9_000, Total: 9_000)) { Period = new(2028, 2, 1) },

        // The 15th to the 29th are 15 of 29 days: 135,000 / 29 = 4,655.17, so 4,655.
        new("Half a leap February", new(Base: 4_655, Total: 4_655)) { Period = new(2028, 2, 1), Service = [new(15, 29)] },

        // 1 of 29 days: 9,000 / 29 = 310.34, so 310.
        new("The leap day alone", new(Base: 310, Total: 310)) { Period = new(2028, 2, 1), Service = [new(29, 29)] },

        // 14 of 28 days: 4,500.
        new("Half a plain February", new(Base: 4_500, Total: 4_500)) { Period = new(2026, 2, 1), Service = [new(15, 28)] },

        // 1 of 28 days: 9,000 / 28 = 321.43, so 321.
        new("The last day of a plain February", new(Base: 321, Total: 321)) { Period = new(2026, 2, 1), Service = [new(28, 28)] },

        // 2100 has no leap day. 14 of 28 days: 4,500.
        new("A February of a year by a hundred", new(Base: 4_500, Total: 4_500)) { Period = new(2100, 2, 1), Service = [new(15, 28)] },

        // 31 of 31 days: 9,000.
        new("A whole month of 31 days", new(Base: 9_000, Total: 9_000)) { Period = new(2026, 12, 1) },

        // The 17th to the 31st are 15 of 31 days: 135,000 / 31 = 4,354.84, so 4,355.
        new("Half a month of 31 days", new(Base: 4_355, Total: 4_355)) { Period = new(2026, 1, 1), Service = [new(17, 31)] },

        // 1,000 x 10 / 31 = 322.58, so 323.
        new("Ten days of 31", new(Base: 323, Total: 323)) { Period = new(2026, 7, 1), Drivers = 1, Service = [new(1, 10)], Starter = RatingCase.StarterPrice with { PricePerDriver = 1_000m } },
    ];

    private static RatingCase[] TierChanges() =>
    [
        // All month professional: 10 x 1,500 = 15,000.
        new("Changed on the 1st", new(Base: 15_000, Total: 15_000)) { Service = [new(1, 30, "professional")], Lines = ["drivers 06-01..06-30 professional: 10 x 1500 = 15000"] },

        // 9,000 x 15 / 30 = 4,500; 15,000 x 15 / 30 = 7,500; 12,000.
        new("Changed in the middle", new(Base: 12_000, Total: 12_000))
        {
            Service = [new(1, 15), new(16, 30, "professional")],
            Lines = ["drivers 06-01..06-15 starter: 10 x 900 = 4500", "drivers 06-16..06-30 professional: 10 x 1500 = 7500"],
        },

        // 9,000 x 29 / 30 = 8,700; 15,000 / 30 = 500; 9,200.
        new("Changed on the last day", new(Base: 9_200, Total: 9_200)) { Service = [new(1, 29), new(30, 30, "professional")] },

        // 9,000 / 3 = 3,000; 15,000 / 3 = 5,000; 24,000 / 3 = 8,000; 16,000.
        new("Changed twice", new(Base: 16_000, Total: 16_000)) { Service = [new(1, 10), new(11, 20, "professional"), new(21, 30, "enterprise")] },

        // 15,000 x 10 / 30 = 5,000; 3,000 + 3,000 as a starter before and after; 11,000.
        new("Changed and changed back", new(Base: 11_000, Total: 11_000)) { Service = [new(1, 10), new(11, 20, "professional"), new(21, 30)] },

        // 900 x 15 / 31 = 435.48, so 435; 1,500 x 16 / 31 = 774.19, so 774; 1,209. The sum alone, 1,209.68, would have been 1,210.
        new("Each line is rounded by itself", new(Base: 1_209, Total: 1_209)) { Period = new(2026, 7, 1), Drivers = 1, Service = [new(1, 15), new(16, 31, "professional")] },

        // Base 12,000. Included: 1,000 x 15 / 30 = 500 and 10,000 x 15 / 30 = 5,000; 5,900 - 5,500 = 400 x 0.25, the last tier's = 100; 12,100.
        new("Each tier includes its part, and the last one's price is over it", new(Base: 12_000, Messages: 100, Total: 12_100))
        {
            Service = [new(1, 15), new(16, 30, "professional")],
            Messages = 5_900,
            Lines =
            [
                "drivers 06-01..06-15 starter: 10 x 900 = 4500",
                "drivers 06-16..06-30 professional: 10 x 1500 = 7500",
                "messages 06-01..06-30 professional: 400 x 0.25 = 100",
            ],
        },

        // Base 12,000. Included: 1,001 x 15 / 30 twice = 500.5 + 500.5 = 1,001, rounded once; 1,001 - 1,001 = 0.
        new("What is included is rounded once", new(Base: 12_000, Total: 12_000))
        {
            Service = [new(1, 15), new(16, 30, "professional")],
            Starter = RatingCase.StarterPrice with { IncludedMessages = 1_001 },
            Professional = RatingCase.ProfessionalPrice with { IncludedMessages = 1_001 },
            Messages = 1_001,
        },

        // Starter: 20 x 900 / 2 = 9,000, off 10 x 90 / 2 = 450. Professional: 20 x 1,500 / 2 = 15,000, off 10 x 150 / 2 = 750. 24,000 - 1,200 = 22,800.
        new("Brackets on both sides of a change", new(Base: 24_000, Discount: 1_200, Total: 22_800))
        {
            Drivers = 20,
            Service = [new(1, 15), new(16, 30, "professional")],
            Starter = With(new VolumeBracket(10, 10m)),
            Professional = RatingCase.ProfessionalPrice with { Brackets = [new(10, 10m)] },
        },

        // 9,000 x 10 / 30 twice = 6,000; 1,000 x 20 / 30 = 666.67 included, so 667; 700 - 667 = 33 x 0.5 = 16.5, to the even 16; 6,016.
        new("A pause of service in the middle", new(Base: 6_000, Messages: 16, Total: 6_016)) { Service = [new(1, 10), new(21, 30)], Messages = 700 },

        // 100 x 10 / 31 = 32.26, so 32, twice; 64. The sum alone, 64.52, would have been 65.
        new("A pause makes two lines", new(Base: 64, Total: 64))
        {
            Period = new(2026, 7, 1),
            Drivers = 1,
            Service = [new(1, 10), new(22, 31)],
            Starter = RatingCase.StarterPrice with { PricePerDriver = 100m },
            Lines = ["drivers 07-01..07-10 starter: 1 x 100 = 32", "drivers 07-22..07-31 starter: 1 x 100 = 32"],
        },
    ];

    private static RatingCase[] Trials() =>
    [
        // All 30 days are free, and their messages too.
        new("A trial over all of the month", new()) { Agreement = Trial(6, 30), Messages = 5_000, TrialMessages = 5_000, Lines = [] },

        // As above.
        new("A trial beyond the month", new()) { Agreement = Trial(12, 31), Messages = 5_000, TrialMessages = 5_000, Lines = [] },

        // 15 of 30 days: 4,500; 500 included; 900 - 300 free - 500 = 100 x 0.5 = 50; 4,550.
        new("A trial over half of the month", new(Base: 4_500, Messages: 50, Total: 4_550))
        {
            Agreement = Trial(6, 15),
            Messages = 900,
            TrialMessages = 300,
            Lines = ["drivers 06-16..06-30 starter: 10 x 900 = 4500", "messages 06-16..06-30 starter: 100 x 0.5 = 50"],
        },

        // It ended before: 9,000.
        new("A trial that ended with last month", new(Base: 9_000, Total: 9_000)) { Agreement = Trial(5, 31) },

        // 29 of 30 days: 8,700.
        new("A trial that ends on the 1st", new(Base: 8_700, Total: 8_700)) { Agreement = Trial(6, 1) },

        // Only the 30th is charged: 300.
        new("A trial that ends the day before the last", new(Base: 300, Total: 300)) { Agreement = Trial(6, 29) },

        // Starter from the 11th to the 15th: 9,000 x 5 / 30 = 1,500; professional 7,500; 9,000.
        new("A trial that ends before a change", new(Base: 9_000, Total: 9_000))
        {
            Agreement = Trial(6, 10),
            Service = [new(1, 15), new(16, 30, "professional")],
            Lines = ["drivers 06-11..06-15 starter: 10 x 900 = 1500", "drivers 06-16..06-30 professional: 10 x 1500 = 7500"],
        },

        // The starter's days are all free; professional 7,500.
        new("A trial that ends with a change", new(Base: 7_500, Total: 7_500))
        {
            Agreement = Trial(6, 15),
            Service = [new(1, 15), new(16, 30, "professional")],
            Lines = ["drivers 06-16..06-30 professional: 10 x 1500 = 7500"],
        },

        // 4,500; 1,400 - 900 free = 500, which are the 500 included.
        new("Messages of the trial use up nothing", new(Base: 4_500, Total: 4_500)) { Agreement = Trial(6, 15), Messages = 1_400, TrialMessages = 900 },

        // In service from the 16th: 4,500.
        new("A trial that ended before service began", new(Base: 4_500, Total: 4_500)) { Agreement = Trial(6, 10), Service = [new(16, 30)] },

        // No day is charged, so nothing is included; the 10 that came late from another month: 10 x 0.5 = 5.
        new("Messages that are not of the trial are charged in a month of trial", new(Messages: 5, Total: 5))
        {
            Agreement = Trial(6, 30),
            Messages = 110,
            TrialMessages = 100,
            Lines = ["messages 06-01..06-30 starter: 10 x 0.5 = 5"],
        },
    ];

    private static RatingCase[] Agreements() =>
    [
        // By the card: 9,000 - 450 + 250 = 8,800.
        Agreed with { Name = "By the card alone", Sums = new(Base: 9_000, Discount: 450, Messages: 250, Total: 8_800) },

        // What it does not say is as the card has it: 8,800.
        Agreed with { Name = "An agreement that changes no price", Sums = new(Base: 9_000, Discount: 450, Messages: 250, Total: 8_800), Agreement = Nothing() with { PurchaseOrder = "PO 4711" } },

        // 10 x 800 = 8,000; 5 x 800 x 10 % = 400; 250; 7,850.
        Agreed with { Name = "An agreed price", Sums = new(Base: 8_000, Discount: 400, Messages: 250, Total: 7_850), Agreement = Nothing() with { PricePerDriver = 800m } },

        // 0 - 0 + 250.
        Agreed with { Name = "An agreed price of nothing", Sums = new(Messages: 250, Total: 250), Agreement = Nothing() with { PricePerDriver = 0m } },

        // 9,000; 10 x 900 x 20 % = 1,800; 250; 7,450.
        Agreed with { Name = "Agreed brackets", Sums = new(Base: 9_000, Discount: 1_800, Messages: 250, Total: 7_450), Agreement = Nothing() with { Brackets = [new(0, 20m)] } },

        // 9,000 - 0 + 250 = 9,250.
        Agreed with { Name = "Agreed that there are no brackets", Sums = new(Base: 9_000, Messages: 250, Total: 9_250), Agreement = Nothing() with { Brackets = [] } },

        // 1,500 - 1,400 = 100 x 0.5 = 50; 9,000 - 450 + 50 = 8,600.
        Agreed with { Name = "An agreed included volume", Sums = new(Base: 9_000, Discount: 450, Messages: 50, Total: 8_600), Agreement = Nothing() with { IncludedMessages = 1_400 } },

        // 1,500 x 0.5 = 750; 9,300.
        Agreed with { Name = "Agreed that nothing is included", Sums = new(Base: 9_000, Discount: 450, Messages: 750, Total: 9_300), Agreement = Nothing() with { IncludedMessages = 0 } },

        // 500 x 0.1 = 50; 8,600.
        Agreed with { Name = "An agreed price per message", Sums = new(Base: 9_000, Discount: 450, Messages: 50, Total: 8_600), Agreement = Nothing() with { PricePerMessage = 0.1m } },

        // 10 x 1,000 x 15 / 30 = 5,000 twice.
        new("An agreed price holds for every tier", new(Base: 10_000, Total: 10_000))
        {
            Service = [new(1, 15), new(16, 30, "professional")],
            Agreement = Nothing() with { PricePerDriver = 1_000m },
        },
    ];

    private static RatingCase[] Minimums() =>
    [
        // 8,800 is over 8,000.
        Agreed with { Name = "A minimum below", Sums = new(Base: 9_000, Discount: 450, Messages: 250, Total: 8_800), Agreement = Nothing() with { Minimum = 8_000 } },

        // 8,800 is 8,800: no line.
        Agreed with
        {
            Name = "A minimum exactly met",
            Sums = new(Base: 9_000, Discount: 450, Messages: 250, Total: 8_800),
            Agreement = Nothing() with { Minimum = 8_800 },
            Lines =
            [
                "drivers 06-01..06-30 starter: 10 x 900 = 9000",
                "volume_discount 06-01..06-30 starter above 5: 5 x 900 x 10 % = -450",
                "messages 06-01..06-30 starter: 500 x 0.5 = 250",
            ],
        },

        // 8,801 - 8,800 = 1: base 9,001 - 450 + 250 = 8,801.
        Agreed with { Name = "A minimum missed by a cent", Sums = new(Base: 9_001, Discount: 450, Messages: 250, Total: 8_801), Agreement = Nothing() with { Minimum = 8_801 } },

        // 10,000 - 8,800 = 1,200: base 10,200 - 450 + 250 = 10,000.
        Agreed with
        {
            Name = "A minimum above",
            Sums = new(Base: 10_200, Discount: 450, Messages: 250, Total: 10_000),
            Agreement = Nothing() with { Minimum = 10_000 },
            Lines =
            [
                "drivers 06-01..06-30 starter: 10 x 900 = 9000",
                "volume_discount 06-01..06-30 starter above 5: 5 x 900 x 10 % = -450",
                "messages 06-01..06-30 starter: 500 x 0.5 = 250",
                "minimum 06-01..06-30: 1 x 1200 = 1200",
            ],
        },

        // Nobody drove: 0 + 5,000.
        new("A minimum without drivers", new(Base: 5_000, Total: 5_000)) { Drivers = 0, Agreement = Nothing() with { Minimum = 5_000 } },

        // 5,001 x 15 / 30 = 2,500.5, to the even 2,500.
        new("A minimum of half a month, down", new(Base: 2_500, Total: 2_500)) { Drivers = 0, Service = [new(16, 30)], Agreement = Nothing() with { Minimum = 5_001 } },

        // 5,003 x 15 / 30 = 2,501.5, to the even 2,502.
        new("A minimum of half a month, up", new(Base: 2_502, Total: 2_502)) { Drivers = 0, Service = [new(16, 30)], Agreement = Nothing() with { Minimum = 5_003 } },

        // Days 1 to 10 and 21 to 30 are 20 of 30: 5,000 x 20 / 30 = 3,333.33, so 3,333.
        new("A minimum of the days without a pause", new(Base: 3_333, Total: 3_333)) { Drivers = 0, Service = [new(1, 10), new(21, 30)], Agreement = Nothing() with { Minimum = 5_000 } },

        // 15 days are charged: 5,000 x 15 / 30 = 2,500; from the 16th.
        new("A minimum of the days after the trial", new(Base: 2_500, Total: 2_500))
        {
            Drivers = 0,
            Agreement = Trial(6, 15) with { Minimum = 5_000 },
            Lines = ["drivers 06-16..06-30 starter: 0 x 900 = 0", "minimum 06-16..06-30: 1 x 2500 = 2500"],
        },

        // 0 of 30 days are charged.
        new("A minimum in a month of trial", new()) { Agreement = Trial(6, 30) with { Minimum = 5_000 }, Lines = [] },

        // Not in service.
        new("A minimum without service", new()) { Service = [], Agreement = Nothing() with { Minimum = 5_000 }, Lines = [] },

        // 5,000 by the minimum; - 1,000 = 4,000; 10 % = 400; 4,400. What people take off is taken off the minimum too.
        new("A minimum comes before adjustments and tax", new(Base: 5_000, Adjustments: -1_000, Tax: 400, Total: 4_400))
        {
            Drivers = 0,
            Agreement = Nothing() with { Minimum = 5_000 },
            Adjustments = [-1_000],
            Tax = new(10m, false, null),
        },
    ];

    private static RatingCase[] Messages() =>
    [
        // 1,000 - 1,000 = 0: no line.
        new("Exactly what is included", new(Base: 9_000, Total: 9_000)) { Messages = 1_000, Lines = ["drivers 06-01..06-30 starter: 10 x 900 = 9000"] },

        // 1 x 0.5 = 0.5, to the even 0; the line is there.
        new("One message over", new(Base: 9_000, Total: 9_000))
        {
            Messages = 1_001,
            Lines = ["drivers 06-01..06-30 starter: 10 x 900 = 9000", "messages 06-01..06-30 starter: 1 x 0.5 = 0"],
        },

        // 3 x 0.5 = 1.5, to the even 2.
        new("Three messages over", new(Base: 9_000, Messages: 2, Total: 9_002)) { Messages = 1_003 },

        // 5 x 0.5 = 2.5, to the even 2.
        new("Five messages over", new(Base: 9_000, Messages: 2, Total: 9_002)) { Messages = 1_005 },

        // 10 x 2,400 = 24,000; 4 x 0.125 = 0.5, to the even 0.
        new("Eighths of a cent, down", new(Base: 24_000, Total: 24_000)) { Service = [new(1, 30, "enterprise")], Messages = 100_004 },

        // 10 x 2,400 = 24,000; 12 x 0.125 = 1.5, to the even 2.
        new("Eighths of a cent, up", new(Base: 24_000, Messages: 2, Total: 24_002)) { Service = [new(1, 30, "enterprise")], Messages = 100_012 },

        // 1,001 x 15 / 30 = 500.5 included, to the even 500; 502 - 500 = 2 x 0.5 = 1; 4,501.
        new("Half an included message, down", new(Base: 4_500, Messages: 1, Total: 4_501))
        {
            Service = [new(16, 30)],
            Starter = RatingCase.StarterPrice with { IncludedMessages = 1_001 },
            Messages = 502,
        },

        // 1,003 x 15 / 30 = 501.5 included, to the even 502; 504 - 502 = 2 x 0.5 = 1; 4,501.
        new("Half an included message, up", new(Base: 4_500, Messages: 1, Total: 4_501))
        {
            Service = [new(16, 30)],
            Starter = RatingCase.StarterPrice with { IncludedMessages = 1_003 },
            Messages = 504,
        },

        // 100,000,000,000 x 999,999.999999 = 100,000,000,000,000,000 - 100,000.
        new("The most messages at the highest price", new(Messages: 99_999_999_999_900_000, Total: 99_999_999_999_900_000))
        {
            Drivers = 0,
            Starter = new(0m, 0, 999_999.999999m, []),
            Messages = 100_000_000_000,
        },
    ];

    private static RatingCase[] Taxes() =>
    [
        // 9,000 x 0 % = 0.
        new("No tax", new(Base: 9_000, Total: 9_000)) { Tax = new(0m, false, "Exempt") },

        // 9,000 x 8.25 % = 742.5, to the even 742.
        new("8.25 percent, down", new(Base: 9_000, Tax: 742, Total: 9_742)) { Tax = new(8.25m, false, null) },

        // 600 x 8.25 % = 49.5, to the even 50.
        new("8.25 percent, up", new(Base: 600, Tax: 50, Total: 650)) { Drivers = 1, Starter = RatingCase.StarterPrice with { PricePerDriver = 600m }, Tax = new(8.25m, false, null) },

        // 9,000 x 19 % = 1,710.
        new("19 percent", new(Base: 9_000, Tax: 1_710, Total: 10_710)) { Tax = new(19m, false, null) },

        // 900 x 21.5 % = 193.5, to the even 194.
        new("21.5 percent, up", new(Base: 900, Tax: 194, Total: 1_094)) { Drivers = 1, Tax = new(21.5m, false, null) },

        // 300 x 21.5 % = 64.5, to the even 64.
        new("21.5 percent, down", new(Base: 300, Tax: 64, Total: 364)) { Service = [new(30, 30)], Tax = new(21.5m, false, null) },

        // Three lines of 30 x 10 / 30 = 10; 30 x 8.25 % = 2.475, so 2. Line by line it would have been 0.825, so 1, three times.
        new("Tax is rounded once over all lines", new(Base: 30, Tax: 2, Total: 32))
        {
            Drivers = 1,
            Service = [new(1, 10), new(11, 20, "professional"), new(21, 30)],
            Starter = RatingCase.StarterPrice with { PricePerDriver = 30m },
            Professional = RatingCase.ProfessionalPrice with { PricePerDriver = 30m },
            Tax = new(8.25m, false, null),
        },

        // 51 drivers: 45,900 - 3,780 = 42,120; 1,010 - 1,000 = 10 x 0.5 = 5; 42,125 x 19 % = 8,003.75, so 8,004; 50,129.
        new("Tax is on what is left after the discount", new(Base: 45_900, Discount: 3_780, Messages: 5, Tax: 8_004, Total: 50_129))
        {
            Drivers = 51,
            Starter = With(TenAndFifty),
            Messages = 1_010,
            Tax = new(19m, false, null),
        },

        // The buyer owes the tax: 0.
        new("Reverse charge", new(Base: 9_000, Total: 9_000)) { Tax = new(19m, true, "Reverse charge: the recipient owes the tax.") },
    ];

    private static RatingCase[] Adjustments() =>
    [
        // 9,000 + 2,500 = 11,500.
        new("Something added", new(Base: 9_000, Adjustments: 2_500, Total: 11_500))
        {
            Adjustments = [2_500],
            Lines = ["drivers 06-01..06-30 starter: 10 x 900 = 9000", "adjustment 06-01..06-30 Adjusted 1: 1 x 2500 = 2500"],
        },

        // 9,000 - 1,000 = 8,000; 19 % = 1,520; 9,520.
        new("Something taken off, and its tax", new(Base: 9_000, Adjustments: -1_000, Tax: 1_520, Total: 9_520)) { Adjustments = [-1_000], Tax = new(19m, false, null) },

        // 9,000 + 2,500 - 1,000 + 1 = 10,501.
        new("Adjusted three times", new(Base: 9_000, Adjustments: 1_501, Total: 10_501)) { Adjustments = [2_500, -1_000, 1] },

        // 9,000 - 9,000 = 0.
        new("Taken off to nothing", new(Base: 9_000, Adjustments: -9_000)) { Adjustments = [-9_000], Tax = new(19m, false, null) },

        // 9,000 - 9,001 = -1: no invoice says this, and whoever asks is told.
        new("Taken off too much", new(Base: 9_000, Adjustments: -9_001, Total: -1)) { Adjustments = [-9_001] },

        // No service, but somebody adds 500; 19 % = 95; 595.
        new("Adjusted without service", new(Adjustments: 500, Tax: 95, Total: 595))
        {
            Service = [],
            Adjustments = [500],
            Tax = new(19m, false, null),
            Lines = ["adjustment 06-01..06-30 Adjusted 1: 1 x 500 = 500"],
        },
    ];

    private static TierPrice With(params VolumeBracket[] brackets) => RatingCase.StarterPrice with { Brackets = brackets };

    private static RatingCase Priced(string name, long drivers, decimal price, long sum)
        => new(name, new(Base: sum, Total: sum)) { Drivers = drivers, Starter = RatingCase.StarterPrice with { PricePerDriver = price } };

    private static Agreement Nothing() => new(7, new(2026, 1, 1), null);

    private static Agreement Trial(int month, int lastDay) => Nothing() with { TrialUntil = new(2026, month, lastDay) };
}
