using System.Globalization;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Prices;

/// <summary>How a company is taxed, and how long it has to pay.</summary>
/// <param name="Version">0: nothing was entered, no tax is charged.</param>
/// <param name="TaxPercent">Such as 8.25.</param>
/// <param name="ReverseCharge">The company pays the tax itself: none is charged, and the note says so on the invoice.</param>
/// <param name="PaymentDays">From an invoice's date to the day by which it is paid.</param>
public sealed record BillingAccount(int Version, decimal TaxPercent, bool ReverseCharge, string? TaxNote, int PaymentDays)
{
    internal TaxTerms Tax => new(TaxPercent, ReverseCharge, TaxNote);
}

public sealed record ChangeBillingAccountInput(TenantId Tenant, decimal TaxPercent, bool ReverseCharge, string? TaxNote, int PaymentDays, string Actor);

/// <summary>How companies are taxed and pay; what is changed holds for invoices that are not final.</summary>
public sealed class BillingAccounts(TenantDbs dbs, GetTenant get, IOptions<BillingOptions> options, TimeProvider time)
{
    public static readonly Error NoteMissing = Error.Invalid("billing.tax_note_missing", "Where the company pays the tax itself, say so in the sentence that the law asks for.", "$.tax_note");

    public async Task<Result<BillingAccount>> GetAsync(TenantId tenant, CancellationToken ct)
        => await get.FindAsync(dbs.For(tenant), ct) is null ? GetTenant.NotFound : await FindAsync(dbs.For(tenant), ct);

    public async Task<Result<BillingAccount>> ChangeAsync(ChangeBillingAccountInput input, CancellationToken ct)
    {
        if (input.TaxPercent is < 0 or > 100 || decimal.Round(input.TaxPercent, 3) != input.TaxPercent || input.PaymentDays is < 0 or > 180) return BillingErrors.AccountInvalid;
        if (input.TaxNote is not null && !BillingText.IsGiven(input.TaxNote)) return BillingErrors.TextInvalid("$.tax_note", BillingText.Longest);
        if (input.ReverseCharge && string.IsNullOrWhiteSpace(input.TaxNote)) return NoteMissing;
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await TenantLock.TakeAsync(db, ct) is null) return GetTenant.NotFound;
        var before = await FindAsync(db, ct);
        await db.WriteAsync(Save, ct, Percent(input.TaxPercent), P.Bool(input.ReverseCharge), P.Text(input.TaxNote), P.Number(input.PaymentDays), P.Text(input.Actor), P.Time(time.GetUtcNow()));
        var after = await FindAsync(db, ct);
        db.Audit(time, input.Actor, "billing_account.changed", input.Tenant.Value, $"version {after.Version}", new(before, after));
        await db.CommitAsync(ct);
        return after;
    }

    private const string Find = """
        select version, tax_percent, is_reverse_charge, tax_note, payment_days
        from fleet.billing_accounts
        where tenant_id = $1
        """;

    internal async Task<BillingAccount> FindAsync(TenantDb db, CancellationToken ct)
    {
        await using var batch = AddTo(db.Batch());
        await using var reader = await batch.ReadAsync(ct);
        return await ReadAsync(reader, ct);
    }

    internal static TenantBatch AddTo(TenantBatch batch) => batch.Add(Find);

    internal async Task<BillingAccount> ReadAsync(TenantReader reader, CancellationToken ct)
        => (await reader.ListAsync(row => new BillingAccount(row.GetInt32(0), row.GetDecimal(1), row.GetBoolean(2), row.TextOrNull(3), row.GetInt32(4)), ct)).SingleOrDefault()
            ?? new(0, 0, false, null, options.Value.PaymentDays);

    private const string Save = """
        insert into fleet.billing_accounts (tenant_id, tax_percent, is_reverse_charge, tax_note, payment_days, version, changed_by, changed_at)
        values ($1, $2::numeric, $3, $4, $5, 1, $6, $7)
        on conflict (tenant_id) do update
        set tax_percent = excluded.tax_percent, is_reverse_charge = excluded.is_reverse_charge, tax_note = excluded.tax_note, payment_days = excluded.payment_days,
            version = fleet.billing_accounts.version + 1, changed_by = excluded.changed_by, changed_at = excluded.changed_at
        """;

    private static Npgsql.NpgsqlParameter Percent(decimal value) => P.Text(value.ToString(CultureInfo.InvariantCulture));
}
