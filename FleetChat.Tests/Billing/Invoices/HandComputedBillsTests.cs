using System.Globalization;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>
/// Cases of the table of months (RatingCases) that no month shows by itself: a credit over several invoices, and a company that moves to another time zone about a month's end. Their sums were
/// worked out by hand, in the comment above each.
/// </summary>
public sealed class HandComputedBillsTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private BillingDay _day = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("by_hand");
        _fleet = await TestFleet.StartAsync(_database);
        _day = await BillingDay.StartAsync(_fleet);
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    // March: 12 x 15.00 - 2 x 15.00 x 10 % + 50 x 1.5 cents = 177.75; x 8.25 % = 14.664375, so 14.66; 192.41.
    // April: 3 x 15.00 = 45.00; x 8.25 % = 3.7125, so 3.71; 48.71.
    // 210.00 were promised. All of March, 192.41, with its tax of 14.66: 177.75 + 14.66. Of April the rest, 17.59: 3.71 x 17.59 / 48.71 = 1.3397, so 1.34 of tax and 16.25 net; 31.12 are left to be paid.
    // Later all of that too: 3.71 - 1.34 = 2.37 of tax and 28.75 net. Taxes credited: 14.66 + 1.34 + 2.37 = 18.37 = 14.66 + 3.71. Net: 177.75 + 16.25 + 28.75 = 222.75 = 177.75 + 45.00.
    [Fact]
    public async Task A_credit_over_several_invoices()
    {
        BillingDay.Value(await _fleet.Get<BillingAccounts>().ChangeAsync(new(_day.Company.Id, 8.25m, false, null, 10, BillingDay.Operator), default));
        var march = await _day.FinalAsync();
        await _day.UseAsync(3, 0, new(2026, 4, 10, 12, 0, 0, TimeSpan.Zero));
        _fleet.Clock.SetUtcNow(new DateTimeOffset(2026, 5, 1, 5, 0, 0, TimeSpan.Zero) + BillingDay.Grace);
        Assert.True((await _day.BillAsync(BillingDay.April)).IsFinal);
        var april = await _day.InvoiceAsync(BillingDay.April);
        Assert.Equal((19_241, 4_871), (march.TotalAmount, april.TotalAmount));

        // No invoice takes more than it is.
        Assert.Equal(BillingErrors.CreditTooHigh, (await CreditAsync(march, 21_000)).Error);
        var notes = new[] { BillingDay.Value(await CreditAsync(march, null)), BillingDay.Value(await CreditAsync(april, 1_759)) };
        Assert.Equal((0, 3_112), (await DueAsync(BillingDay.March), await DueAsync(BillingDay.April)));
        var rest = BillingDay.Value(await CreditAsync(april, null));

        Assert.Equal([(17_775, 1_466), (1_625, 134), (2_875, 237)], notes.Append(rest).Select(note => (note.TotalAmount - note.TaxAmount, note.TaxAmount)));
        Assert.Equal((march.TaxAmount + april.TaxAmount, 22_275), (notes.Append(rest).Sum(note => note.TaxAmount), notes.Append(rest).Sum(note => note.TotalAmount - note.TaxAmount)));
        Assert.Equal(["CN-US-000001", "CN-US-000002", "CN-US-000003"], notes.Append(rest).Select(note => note.Number));
        Assert.Equal(0, await _database.ScalarAsAdminAsync<long>("select sum(amount)::bigint from fleet.receivables"));
        Assert.Equal(BillingErrors.CreditTooHigh, (await CreditAsync(april, 1)).Error);
    }

    // All of them: a driver costs 15.00, a message 10 cents from the first on.
    private static readonly Dictionary<string, MovedCase> s_moves = new()
    {
        // Honolulu's March ends on 1 April at 10:00 UTC, Auckland's (UTC+13) on 31 March at 11:00. It moves at 20:00, when March is over there.
        // Before that, with Honolulu's day: 10:30 and 12:00 are in March, by A. Heard after it: what was said at 19:00 is 1 April in Auckland, by B; so is 22:00, by A.
        // March: 1 x 1,500 + 2 x 10 = 1,520. April: 2 x 1,500 + 2 x 10 = 3,020.
        ["east"] = new("Pacific/Honolulu", "Pacific/Auckland", MovedAt: "2026-03-31 20:00", ClosedAt: "2026-04-01 11:00",
            [new('A', "2026-03-31 10:30"), new('A', "2026-03-31 12:00"), new('B', "2026-03-31 19:00", Heard: "2026-03-31 21:00"), new('A', "2026-03-31 22:00")],
            March: (1, 2, 1_520), April: (2, 2, 3_020)),

        // Auckland's March ends at 11:00, and a draft of it is made; 12:00 is in April, by A. It moves at 13:00 and has 21 hours of March before it once more: 14:00 by A and 09:59 by B are in March, 10:00 by A is
        // in April. What was in April stays there.
        // March: A and B, 2 x 1,500, + 3 x 10 = 3,030. April: A, 1,500, + 2 x 10 = 1,520.
        ["west"] = new("Pacific/Auckland", "Pacific/Honolulu", MovedAt: "2026-03-31 13:00", ClosedAt: "2026-04-02 10:00",
            [new('A', "2026-03-31 10:59"), new('A', "2026-03-31 12:00"), new('A', "2026-03-31 14:00"), new('B', "2026-04-01 09:59"), new('A', "2026-04-01 10:00")],
            March: (2, 3, 3_030), April: (1, 2, 1_520)),

        // Kiritimati (UTC+14) has closed March, 24 hours after its end at 10:00, when it moves to Pago Pago (UTC-11), where it is March for 45 minutes more. What is said then, by A and by B, is late: billed in April.
        // A was active in March already, and it is billed; B was not, and costs something in April; 11:00 is April's own, by A.
        // March: 1 x 1,500 + 1 x 10 = 1,510. April: 2 x 1,500 + 3 x 10 = 3,030.
        ["back over a closed month's end"] = new("Pacific/Kiritimati", "Pacific/Pago_Pago", MovedAt: "2026-04-01 10:15", ClosedAt: "2026-04-01 10:00",
            [new('A', "2026-03-31 09:59"), new('A', "2026-04-01 10:30"), new('B', "2026-04-01 10:40"), new('A', "2026-04-01 11:00")],
            March: (1, 1, 1_510), April: (2, 3, 3_030)),
    };

    public static TheoryData<string> Moves => [.. s_moves.Keys];

    [Theory]
    [MemberData(nameof(Moves))]
    public async Task Of_a_company_that_moves_to_another_zone_everything_is_in_one_month_and_once(string name)
    {
        var move = s_moves[name];
        await MoveAsync(move.From);
        BillingDay.Value(await _fleet.Get<Agreements>().EnterAsync(new(_day.Company.Id, "2026-03", null, new(PricePerDriver: 1_500, Brackets: [], IncludedMessages: 0, PricePerMessage: 10), BillingDay.Operator), default));
        var phones = new Dictionary<char, string> { ['A'] = "12125550101", ['B'] = "12125550102" };
        foreach (var (driver, phone) in phones) await _fleet.AddDriverAsync(_day.Company, $"{driver}", $"+{phone}");

        List<(DateTimeOffset At, Func<Task> Act)> steps =
        [
            .. move.Said.Select<Said, (DateTimeOffset, Func<Task>)>((said, n) => (Time(said.Heard ?? said.At), () => SayAsync(phones[said.Driver], Time(said.At), n))),
            (Time(move.MovedAt), () => MoveAsync(move.To)),
            (Time(move.ClosedAt).AddSeconds(-1), async () => Assert.False((await _day.BillAsync()).IsFinal)),
            (Time(move.ClosedAt), async () => Assert.True((await _day.BillAsync()).IsFinal)),
        ];
        foreach (var (at, act) in steps.OrderBy(step => step.At))
        {
            _fleet.Clock.SetUtcNow(at);
            await _day.BillAsync();
            await act();
        }
        _fleet.Clock.SetUtcNow(BillingPeriod.EndOf(BillingDay.April, TimeZoneInfo.FindSystemTimeZoneById(move.To)) + BillingDay.Grace);
        Assert.True((await _day.BillAsync(BillingDay.April)).IsFinal);

        Assert.Equal(move.March, Sums(await _day.InvoiceAsync()));
        Assert.Equal(move.April, Sums(await _day.InvoiceAsync(BillingDay.April)));
        Assert.Equal(
            Enumerable.Repeat(1L, move.Said.Length),
            await _fleet.Db(_day.Company).ListAsync("select count(*) from fleet.usage_facts where tenant_id = $1 and kind = 'message_in' and is_folded and billed_in in ('2026-03-01', '2026-04-01') group by source_id", row => row.GetInt64(0), default));
    }

    private Task<Result<InvoiceView>> CreditAsync(InvoiceView invoice, long? amount)
        => _fleet.Get<ChangeDebt>().CreditAsync(new(_day.Company.Id, invoice.Id, amount, "Two bad months", BillingDay.Operator, null), default);

    private async Task<long> DueAsync(DateOnly period) => (await _day.InvoiceAsync(period)).DueAmount;

    private async Task MoveAsync(string zone)
    {
        BillingDay.Value(await _fleet.Get<ChangeTenant>().HandleAsync(new(_day.Company.Id, new(TimeZone: zone), BillingDay.Operator), default));
        // As another host would know it seconds later.
        await _fleet.Get<TenantSettingsCache>().ReadAsync(_day.Company.Id, default);
    }

    private async Task SayAsync(string phone, DateTimeOffset at, int n)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(_day.Company, messages: [Payloads.Text(phone, "On my way back.", $"wamid.{n}", at.ToUnixTimeSeconds())]))).Nudges);

    private static (long Drivers, long Messages, long Total) Sums(InvoiceView invoice) => (invoice.ActiveDrivers, invoice.MessageVolume, invoice.TotalAmount);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <param name="ClosedAt">When March becomes final, and not a second before.</param>
    private sealed record MovedCase(
        string From, string To, string MovedAt, string ClosedAt, Said[] Said, (long Drivers, long Messages, long Total) March, (long Drivers, long Messages, long Total) April);

    /// <param name="Heard">Null: at once.</param>
    private sealed record Said(char Driver, string At, string? Heard = null);
}
