using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>A company, prices in its currency, and what it uses, on a clock that stands in March 2026 until somebody moves it.</summary>
internal sealed class BillingDay(TestFleet fleet, TestCompany company)
{
    public const string Operator = "user:operator";

    public static readonly DateOnly March = new(2026, 3, 1);
    public static readonly DateOnly April = new(2026, 4, 1);

    /// <summary>In Chicago.</summary>
    private static readonly DateTimeOffset s_endOfMarch = new(2026, 4, 1, 5, 0, 0, TimeSpan.Zero);

    public static readonly TimeSpan Grace = new BillingOptions().Grace;

    public TestFleet Fleet => fleet;

    public TestCompany Company => company;

    /// <summary>In service since the first of March.</summary>
    public static async Task<BillingDay> StartAsync(TestFleet fleet, string name = "acme", bool hasPrices = true)
    {
        var day = new BillingDay(fleet, await fleet.AddCompanyAsync(name));
        if (hasPrices) await day.EnterPricesAsync();
        await day.SwitchOnAsync(March);
        return day;
    }

    public async Task EnterPricesAsync(string currency = "USD")
    {
        var tier = new TierPrice(1500, 100, 1.5m, [new(10, 10)]);
        Value(await fleet.Get<RateCards>().EnterAsync(new(currency, "2026-01", new Dictionary<string, TierPrice> { ["starter"] = tier with { PricePerDriver = 900 }, ["professional"] = tier with { PricePerDriver = 1200 }, ["enterprise"] = tier }, Operator), default));
    }

    /// <param name="from">The first day of service.</param>
    public async Task SwitchOnAsync(DateOnly from)
    {
        var db = fleet.Db(company);
        await fleet.Database.ExecuteAsAdminAsync($"delete from fleet.service_terms where tenant_id = '{company.Id}'");
        await db.ExecuteAsync(ServiceTerms.Note, default, P.Day(from), P.Text("enterprise"), P.Bool(true));
        await KeepBooksAsync();
    }

    public Task KeepBooksAsync(string zone = "America/Chicago") => Books.KeepAsync(fleet.Db(company), TimeZoneInfo.FindSystemTimeZoneById(zone), default);

    /// <summary>Facts as their causes would write them.</summary>
    /// <param name="at">The moment of all of them.</param>
    public async Task UseAsync(int drivers, int messages, DateTimeOffset at, string zone = "America/Chicago")
    {
        var period = BillingPeriod.Of(at, TimeZoneInfo.FindSystemTimeZoneById(zone));
        const string insert = """
            insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
            select $1, $2, gen_random_uuid(), case when $2 = 'driver_active' then $3::text else '' end, $3, $4, 1
            from generate_series(1, $5)
            """;
        await fleet.Db(company).ExecuteAsync(insert, default, P.Text("driver_active"), P.Day(period), P.Time(at), P.Number(drivers));
        await fleet.Db(company).ExecuteAsync(insert, default, P.Text("message_out"), P.Day(period), P.Time(at), P.Number(messages));
    }

    public void EndMarch() => fleet.Clock.SetUtcNow(s_endOfMarch);

    public void EndGrace() => fleet.Clock.SetUtcNow(s_endOfMarch + Grace);

    public Task<MonthInvoiced> BillAsync(DateOnly? period = null) => fleet.Get<InvoiceMonth>().HandleAsync(company.Id, period ?? March, default);

    public async Task<InvoiceView> InvoiceAsync(DateOnly? period = null) => Value(await fleet.Get<GetInvoice>().HandleAsync(company.Id, InvoiceIds.Of(company.Id, period ?? March), default));

    /// <summary>March, final.</summary>
    public async Task<InvoiceView> FinalAsync(int drivers = 12, int messages = 150, TimeSpan late = default)
    {
        await UseAsync(drivers, messages, new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero));
        EndGrace();
        fleet.Clock.Advance(late);
        Assert.True((await BillAsync()).IsFinal);
        return await InvoiceAsync();
    }

    public static T Value<T>(Result<T> result)
    {
        Assert.True(result.IsOk, result.Error?.ToString());
        return result.Value;
    }
}
