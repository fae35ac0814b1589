using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Invoices;

/// <param name="Amount">Minor units with tax; null: all that is left.</param>
/// <param name="IdempotencyKey">Null: each request is a new one.</param>
public sealed record CreditInvoiceInput(TenantId Tenant, Guid Invoice, long? Amount, string? Reason, string Actor, string? IdempotencyKey);

/// <param name="Reference">The bank's: the same again is the same payment.</param>
public sealed record RecordPaymentInput(TenantId Tenant, Guid Invoice, long Amount, string? Reference, string Actor);

/// <summary>What a final invoice leaves to be paid is changed by what is entered beside it: credit notes, payments, voiding. It stays as it is.</summary>
public sealed class ChangeDebt(
    TenantDbs dbs, DataKeys keys, GetInvoice get, TenantSettingsCache settings, GetTenant companies, LiftPaid lift, LostPayments lost, IOptions<BillingOptions> options, TimeProvider time)
{
    private const string FindByEffect = """
        select id
        from fleet.invoices
        where tenant_id = $1
          and effect_key = $2
        """;

    /// <summary>Never over what is left; the credit note is final at once.</summary>
    public async Task<Result<InvoiceView>> CreditAsync(CreditInvoiceInput input, CancellationToken ct)
    {
        if (input.Amount <= 0) return BillingErrors.AmountInvalid;
        if (!BillingText.IsGiven(input.Reason)) return BillingErrors.TextInvalid("$.reason", BillingText.Longest);
        var note = await CreditOnceAsync(input, ct);
        if (!note.IsOk) return note.Error;
        await lift.AfterAsync(input.Tenant, input.Invoice, ct);
        return await get.HandleAsync(input.Tenant, note.Value, ct);
    }

    private async Task<Result<Guid>> CreditOnceAsync(CreditInvoiceInput input, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await LockAsync(db, input.Invoice, ct) is not { } invoice) return BillingErrors.InvoiceNotFound;
        if (input.IdempotencyKey is not null && await db.FindAsync<Guid?>(FindByEffect, row => row.GetGuid(0), ct, P.Text(input.IdempotencyKey)) is { } made) return made;
        if (FindObstacle(invoice) is { } obstacle) return obstacle;
        var left = invoice.TotalAmount - invoice.CreditedAmount;
        var amount = input.Amount ?? left;
        if (amount > left || amount <= 0) return BillingErrors.CreditTooHigh;
        var id = time.NewId();
        await CollectInvoice.TellAsync(db, time, input.Invoice, ct);
        await WriteCreditAsync(db, invoice, id, CreditNote.Taxes(invoice, await CreditedTaxesAsync(db, input.Invoice, ct), amount), input, ct);
        await DebtAlerts.SettleAsync(db, time, input.Invoice, ct);
        await db.CommitAsync(ct);
        return id;
    }

    private async Task WriteCreditAsync(TenantTransaction db, InvoiceView invoice, Guid id, IReadOnlyList<TaxGroup> taxes, CreditInvoiceInput input, CancellationToken ct)
    {
        var (key, company) = (await keys.GetAsync(db.Tenant, ct), (await companies.FindAsync(db, ct))!);
        var (net, tax, now) = (taxes.Sum(group => group.Net), taxes.Sum(group => group.Tax), time.GetUtcNow());
        var period = BillingPeriod.Parse(invoice.BillingPeriod);
        var rated = new RatedMonth(0, 0, 0, 0, 0, net, tax, net + tax, [], taxes)
        {
            Period = period,
            Currency = invoice.Currency,
            RateCardVersion = 0,
            AgreementVersion = null,
            PurchaseOrder = invoice.PurchaseOrder,
        };
        var line = new NewLine(InvoiceLineKind.Credit, input.Reason!, period, period.AddMonths(1).AddDays(-1), 1, net, null, net);
        await using var batch = db.Batch();
        InvoiceSql.SaveDraft(batch, key, new(id, InvoiceKind.CreditNote, period, invoice.Currency, rated, [line], null, null, invoice.PurchaseOrder, invoice.Id, input.Reason!,
            new(invoice.Supplier, invoice.Buyer), input.IdempotencyKey, now));
        InvoiceSql.Enter(batch, time, invoice.Id, "credit_note", id.ToString("N"), -rated.TotalAmount, input.Actor);
        await batch.ExecuteAsync(ct);
        await SendInvoice.WriteAsync(db, key, time, id, ct);
        db.Audit(time, input.Actor, "invoice.credited", invoice.Id.ToString(), $"{rated.TotalAmount} {invoice.Currency}");
        var today = BillingPeriod.Today(now, TimeZoneInfo.FindSystemTimeZoneById(company.TimeZone));
        await using var last = db.Batch();
        InvoiceSql.Finalise(last, id, options.Value.CreditNoteSeries, company.DataRegion, today, today, now);
        await last.ExecuteAsync(ct);
    }

    /// <summary>Money that came by the bank.</summary>
    public async Task<Result<InvoiceView>> PayAsync(RecordPaymentInput input, CancellationToken ct)
    {
        if (input.Amount <= 0) return BillingErrors.AmountInvalid;
        if (!BillingText.IsGiven(input.Reference, BillingText.LongestReference)) return BillingErrors.TextInvalid("$.reference", BillingText.LongestReference);
        if (await PayOnceAsync(input, ct) is { } obstacle) return obstacle;
        await lift.AfterAsync(input.Tenant, input.Invoice, ct);
        return await get.HandleAsync(input.Tenant, input.Invoice, ct);
    }

    private async Task<Error?> PayOnceAsync(RecordPaymentInput input, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await LockAsync(db, input.Invoice, ct) is not { } invoice) return BillingErrors.InvoiceNotFound;
        if (FindObstacle(invoice) is { } obstacle) return obstacle;
        if (await InvoiceSql.FindEntryAsync(db, input.Invoice, "payment", BankSource.Reversal(input.Reference), ct) is not null) return BillingErrors.PaymentReversed;
        if (await InvoiceSql.FindEntryAsync(db, input.Invoice, "payment", BankSource.Transfer(input.Reference), ct) is { } known)
            return known == -input.Amount ? null : BillingErrors.PaymentKnown;
        if (input.Amount > invoice.DueAmount) return BillingErrors.PaymentTooHigh;
        await using var batch = db.Batch();
        InvoiceSql.Enter(batch, time, input.Invoice, "payment", BankSource.Transfer(input.Reference), -input.Amount, input.Actor);
        await batch.ExecuteAsync(ct);
        await CollectInvoice.TellAsync(db, time, input.Invoice, ct);
        await DebtAlerts.SettleAsync(db, time, input.Invoice, ct);
        db.Audit(time, input.Actor, "invoice.paid_by_bank", input.Invoice.ToString(), $"{input.Amount} {invoice.Currency}");
        await db.CommitAsync(ct);
        return null;
    }

    private const string SetVoid = """
        update fleet.invoices
        set state = 'void', reason = $3
        where tenant_id = $1
          and id = $2
        """;

    /// <summary>An invoice that should not be: its number stays taken, and nothing is owed. Again the same.</summary>
    public async Task<Result<InvoiceView>> VoidAsync(TenantId tenant, Guid id, string? reason, string actor, CancellationToken ct)
    {
        if (!BillingText.IsGiven(reason)) return BillingErrors.TextInvalid("$.reason", BillingText.Longest);
        try
        {
            await lost.TakeBackAsync(tenant, id, ct);
        }
        catch (PaymentException)
        {
            return PaymentErrors.Unavailable;
        }
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            if (await LockAsync(db, id, ct) is not { } invoice) return BillingErrors.InvoiceNotFound;
            if (invoice.Status == InvoiceState.Void) return invoice;
            if (FindObstacle(invoice) is { } obstacle) return obstacle;
            if (invoice.PaidAmount != 0 || invoice.CreditedAmount != 0) return BillingErrors.NotVoidable;
            // What the bank is asked for this moment can't be taken back by a stroke of the pen.
            if ((await PaymentSql.ListAsync(db, id, ct)).Exists(attempt => attempt.IsOpen)) return PaymentErrors.UnderWay;
            await using var batch = db.Batch().Add(SetVoid, P.Uuid(id), P.Text(reason));
            InvoiceSql.Enter(batch, time, id, "void", id.ToString("N"), -invoice.TotalAmount, actor);
            await batch.ExecuteAsync(ct);
            await CollectInvoice.TellAsync(db, time, id, ct);
            // All of it may have been paid, and have come back.
            await DebtAlerts.SettleAsync(db, time, id, ct);
            db.Audit(time, actor, "invoice.voided", id.ToString(), $"{invoice.TotalAmount} {invoice.Currency}");
            await db.CommitAsync(ct);
        }
        await lift.AfterAsync(tenant, id, ct);
        return await get.HandleAsync(tenant, id, ct);
    }

    internal static Error? FindObstacle(InvoiceView invoice) => invoice switch
    {
        { Kind: InvoiceKind.Statement } => BillingErrors.StatementNotOwed,
        { Kind: InvoiceKind.CreditNote } => BillingErrors.InvoiceNotFound,
        { Status: InvoiceState.Draft } => BillingErrors.NotFinal,
        { Status: InvoiceState.Void } => BillingErrors.NotVoidable,
        _ => null,
    };

    private Task<InvoiceView?> LockAsync(TenantTransaction db, Guid id, CancellationToken ct) => InvoiceSql.LockAsync(db, settings, keys, time, id, ct);

    private const string SumCredited = """
        select t.percent, t.is_reverse_charge, t.note, sum(t.net_amount)::bigint, sum(t.tax_amount)::bigint
        from fleet.invoices c
        join fleet.invoice_taxes t on t.tenant_id = $1 and t.invoice_id = c.id
        where c.tenant_id = $1
          and c.credited_invoice = $2
        group by t.percent, t.is_reverse_charge, t.note
        """;

    private static Task<List<TaxGroup>> CreditedTaxesAsync(TenantDb db, Guid invoice, CancellationToken ct)
        => db.ListAsync(SumCredited, row => new TaxGroup(row.GetDecimal(0), row.GetBoolean(1), row.TextOrNull(2), row.GetInt64(3), row.GetInt64(4)), ct, P.Uuid(invoice));
}
