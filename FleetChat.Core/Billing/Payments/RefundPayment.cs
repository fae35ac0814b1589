using System.Text.Json;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Payments;

/// <param name="Amount">Minor units; null: all that was paid too much.</param>
/// <param name="IdempotencyKey">Null: each request is a new one.</param>
public sealed record RefundPaymentInput(TenantId Tenant, Guid Invoice, long? Amount, string? Reason, string Actor, string? IdempotencyKey);

/// <param name="Amount">Minor units.</param>
public sealed record RefundView(Guid Id, Guid InvoiceId, long Amount, string Currency, string Reason, [OneOf(typeof(RefundPayment), nameof(RefundPayment.States))] string Status, DateTimeOffset CreatedAt);

/// <summary>Gives money back to the card or account that it came from: what an invoice was paid too much, once it was credited. The processor is asked after the commit.</summary>
public sealed class RefundPayment(
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, IPaymentProcessor processor, SettlePayment settle, IOptions<StripeOptions> stripe, TimeProvider time) : ICallHandler
{
    private const string Kind = "refund";
    internal const string Begun = "begun";
    private const string Succeeded = "succeeded";
    private const string Failed = "failed";

    /// <summary>Trouble that outlasts a call's attempts is people's to end, as a key that was taken away.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(30);

    public static readonly IReadOnlyList<string> States = [Begun, "processing", Succeeded, Failed];

    public async Task<Result<RefundView>> HandleAsync(RefundPaymentInput input, CancellationToken ct)
    {
        if (input.Amount <= 0) return BillingErrors.AmountInvalid;
        if (!BillingText.IsGiven(input.Reason)) return BillingErrors.TextInvalid("$.reason", BillingText.Longest);
        if (!stripe.Value.IsSetUp) return PaymentErrors.NothingCharged;
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await InvoiceSql.LockAsync(db, settings, keys, time, input.Invoice, ct) is not { } invoice) return BillingErrors.InvoiceNotFound;
        if (input.IdempotencyKey is not null && await RefundSql.FindByEffectAsync(db, input.IdempotencyKey, ct) is { } made) return made.View;
        var refunds = await RefundSql.ListAsync(db, input.Invoice, ct);
        var room = RefundSql.RoomOf(invoice, refunds);
        var amount = input.Amount ?? room;
        if (amount > room || amount <= 0) return PaymentErrors.RefundTooHigh;
        if (FindPayment(await PaymentSql.ListAsync(db, input.Invoice, ct), refunds, amount) is not { } payment) return PaymentErrors.NothingCharged;
        var view = new RefundView(time.NewId(), input.Invoice, amount, invoice.Currency, input.Reason, Begun, time.GetUtcNow());
        await RefundSql.InsertAsync(db, new(payment, view), input.IdempotencyKey, input.Actor, ct);
        await CallSql.TryInsertAsync(db, await keys.GetAsync(db.Tenant, ct), time, new(CallLanes.Payments, Kind, $"refund:{view.Id:N}", JsonSerializer.SerializeToElement(new Content(view.Id))), ct);
        db.Audit(time, input.Actor, "invoice.refunded", input.Invoice.ToString(), $"{amount} {invoice.Currency}");
        await db.CommitAsync(ct);
        return view;
    }

    // The newest that has so much left: a payment's own refunds never exceed it.
    private static string? FindPayment(List<PaymentAttempt> attempts, List<RefundRow> refunds, long amount) => attempts
        .FindLast(attempt => attempt is { State: PaymentState.Succeeded, PaymentId: { } id }
            && attempt.Order.Amount - refunds.Where(refund => refund.PaymentId == id && refund.View.Status != Failed).Sum(refund => refund.View.Amount) >= amount)?.PaymentId;

    public bool Handles(string kind) => kind == Kind;

    /// <summary>Made as often as it takes: the processor knows the order again. One that is over is never made again: what it was to give back may have gone by another since.</summary>
    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var id = IdOf(call);
        if (await RefundSql.FindAsync(dbs.For(tenant.Tenant), id, ct) is not { } row) return CallResult.Fail("no such refund");
        if (row.View.Status is Succeeded or Failed) return Ended("over", id);
        try
        {
            var refund = await processor.RefundAsync(new(id, row.PaymentId, row.View.Amount, row.View.Currency, row.View.CreatedAt), ct);
            await settle.RecordRefundsAsync(tenant.Tenant, row.View.InvoiceId, [refund], ct);
            return Ended(RefundSql.Write(refund.State), id);
        }
        catch (PaymentException failure) when (failure.Failure == PaymentFailure.Permanent)
        {
            return CallResult.Fail(failure.Code ?? "refused", async (processing, token) =>
            {
                await RefundSql.ChangeAsync(processing.Db, id, Failed, token);
                await CloseAsync(processing, id, token);
            });
        }
        catch (PaymentException failure)
        {
            return CallResult.Retry(failure.Code ?? failure.Failure.ToString(), time.GetUtcNow() + failure.RetryAfter);
        }
    }

    /// <summary>Money that is promised is never given up, and it takes up room until it has gone: people are told, and it is tried on.</summary>
    public CallResult GiveUp(Call call, string reason) => CallResult.Repeat(reason, time.GetUtcNow() + Later,
        (processing, ct) => Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.CallFailed, Alerts.Warning, SubjectOf(IdOf(call)), ct));

    private static CallResult Ended(string outcome, Guid refund) => CallResult.Done(outcome, (processing, ct) => CloseAsync(processing, refund, ct));

    private static Task CloseAsync(Processing processing, Guid refund, CancellationToken ct)
        => Alerts.CloseAsync(processing.Db, processing.Time, AlertCodes.CallFailed, SubjectOf(refund), ct);

    // Its own: another refund that goes through says nothing of this one.
    private static string SubjectOf(Guid refund) => $"{Kind} {refund}";

    private static Guid IdOf(Call call) => call.Content.Deserialize<Content>()!.Refund;

    private sealed record Content(Guid Refund);
}
