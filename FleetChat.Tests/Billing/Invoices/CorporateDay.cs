using System.Text.Json;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Corporate;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>A corporate account: companies by name, each with its zone, and the waves that bill them.</summary>
internal sealed class CorporateDay(TestFleet fleet)
{
    private static readonly DateTimeOffset s_march = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private readonly Dictionary<string, (BillingDay Day, string Zone)> _companies = [];
    private readonly HashSet<string> _currencies = [];

    public TestFleet Fleet => fleet;

    public BillingDay this[string name] => _companies[name].Day;

    /// <param name="tax">Percent.</param>
    public async Task<BillingDay> AddAsync(string name, string zone = "America/Chicago", string currency = "USD", decimal tax = 0, bool isInService = true)
    {
        var day = new BillingDay(fleet, await fleet.AddCompanyAsync(name));
        if (_currencies.Add(currency)) await day.EnterPricesAsync(currency);
        await fleet.Database.ExecuteAsAdminAsync($"update fleet.tenants set time_zone = '{zone}', currency = '{currency}' where tenant_id = '{day.Company.Id}'");
        if (isInService) await day.SwitchOnAsync(BillingDay.March);
        else await fleet.Database.ExecuteAsAdminAsync($"delete from fleet.service_terms where tenant_id = '{day.Company.Id}'");
        await day.KeepBooksAsync(zone);
        if (tax > 0) BillingDay.Value(await fleet.Get<BillingAccounts>().ChangeAsync(new(day.Company.Id, tax, false, null, 14, BillingDay.Operator), default));
        _companies.Add(name, (day, zone));
        return day;
    }

    public Task UseAsync(string name, int drivers, int messages, DateTimeOffset? at = null) => _companies[name].Day.UseAsync(drivers, messages, at ?? s_march, _companies[name].Zone);

    public async Task<Result<ParentView>> LinkAsync(string child, string parent) => await fleet.Get<SetParent>().HandleAsync(new(this[child].Company.Id.Value, this[parent].Company.Id.Value, BillingDay.Operator), default);

    public async Task<Result<ParentView>> UnlinkAsync(string child) => await fleet.Get<ClearParent>().HandleAsync(new(this[child].Company.Id.Value, BillingDay.Operator), default);

    /// <summary>What a quarter of an hour's wave does, one company after the other.</summary>
    public async Task WaveAsync()
    {
        var runs = fleet.Get<BillingRuns>();
        foreach (var wave in await runs.ListDueAsync(isByHand: true, default))
        {
            foreach (var tenant in (await runs.ListTenantsAsync(wave, default)).TenantIds)
                await fleet.Get<InvoiceMonth>().HandleAsync(Core.Tenants.TenantId.Parse(tenant), BillingPeriod.Parse(wave.Period), default);
        }
    }

    /// <param name="count">A parent may be before its children in the first.</param>
    public async Task WavesAsync(DateTimeOffset at, int count = 2)
    {
        fleet.Clock.SetUtcNow(at);
        for (var n = 0; n < count; n++) await WaveAsync();
    }

    public async Task<IReadOnlyList<InvoiceView>> ListAsync(string name) => BillingDay.Value(await fleet.Get<GetInvoice>().ListAsync(this[name].Company.Id, new(100, null), default)).Data;

    public async Task<InvoiceView> PreviewAsync(string name) => BillingDay.Value(await fleet.Get<GetInvoice>().PreviewAsync(this[name].Company.Id, null, default));

    public Task<long> CountAsync(string sql) => fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from {sql}");

    public Task<long> AlertsAsync(string name) => CountAsync($"fleet.alerts where tenant_id = '{this[name].Company.Id}' and code = 'invoice.blocked' and closed_at is null");

    /// <summary>All that was billed, with names instead of ids, which are of the database, and without numbers, which are in the order of the work.</summary>
    public async Task<string> BooksAsync()
    {
        var books = new List<string>();
        foreach (var name in _companies.Keys.Order(StringComparer.Ordinal))
        {
            var invoices = (await ListAsync(name)).OrderBy(invoice => invoice.BillingPeriod, StringComparer.Ordinal).Select(invoice => invoice with { Id = Guid.Empty, Number = null });
            books.Add($"{name}: {JsonSerializer.Serialize(invoices, PublicJson.Options)}");
        }
        return _companies.Aggregate(string.Join('\n', books), (text, company) => text.Replace(company.Value.Day.Company.Id.Value, company.Key, StringComparison.Ordinal));
    }
}
