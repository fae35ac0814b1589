using System.ComponentModel.DataAnnotations;
using System.Net;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;

namespace FleetChat.Functions.Billing;

/// <summary>The books, as FleetChat's operators keep them.</summary>
public sealed class BillingApi(BillingRuns runs, GetInvoice invoices, Adjustments adjustments, ChangeDebt debt, ReturnBankMoney bank, GetTenant companies, IdempotentRequests idempotent)
{
    /// <summary>How far billing is, month by month, over all companies. For operators.</summary>
    [Function(nameof(GetBillingProgress))]
    [Needs(Permission.ReadBilling)]
    [Answers(typeof(BillingProgressList), "The newest month first, two years at the most.")]
    public async Task<HttpResponseData> GetBillingProgress([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/billing")] HttpRequestData request)
        => await request.AnswerAsync<BillingProgressList>(new BillingProgressList(await runs.ProgressAsync(request.Cancellation())));

    /// <summary>Begin what is due now instead of within a quarter of an hour. Nothing is billed twice by it. For operators.</summary>
    [Function(nameof(PostBillingRun))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(BillingRunsBegun), "Begun.", Status = 202)]
    public async Task<HttpResponseData> PostBillingRun(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/billing/runs")] HttpRequestData request, [DurableClient] DurableTaskClient client)
    {
        var begun = await BillingTimer.BeginAsync(runs, client, isByHand: true, request.Cancellation());
        return await new ApiAnswer(HttpStatusCode.Accepted, ApiJson.Write(new BillingRunsBegun([.. begun.Select(wave => wave.Period)]))).WriteAsync(request);
    }

    /// <summary>A company's invoices and credit notes, the newest first. For operators.</summary>
    [Function(nameof(GetPlatformInvoices))]
    [Needs(Permission.ReadBilling)]
    [Answers(typeof(Page<InvoiceView>), "A page.")]
    [PathText("id", "The company's.")]
    public async Task<HttpResponseData> GetPlatformInvoices([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/invoices")] HttpRequestData request, string id)
    {
        var page = new QueryParameters(request).Page();
        return await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await invoices.ListAsync(tenant, page, request.Cancellation()) : GetTenant.NotFound);
    }

    /// <summary>What was added to a month that is not closed. For operators.</summary>
    [Function(nameof(GetAdjustments))]
    [Needs(Permission.ReadBilling)]
    [Answers(typeof(AdjustmentList), "All of the month.")]
    [PathText("id", "The company's.")]
    [PathText("period", "The month, such as 2026-03.")]
    [Refuses(400)]
    public async Task<HttpResponseData> GetAdjustments(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/months/{period}/adjustments")] HttpRequestData request, string id, string period)
    {
        if (await FindAsync(request, id) is not { } tenant) return await request.AnswerAsync<AdjustmentList>(GetTenant.NotFound);
        return await request.AnswerAsync<AdjustmentList>(BillingPeriod.TryParse(period, out var month)
            ? new AdjustmentList(await adjustments.ListAsync(tenant, month, request.Cancellation()))
            : BillingErrors.PeriodInvalid);
    }

    /// <summary>Add something to a month that is not closed, or take something off. For operators.</summary>
    [Function(nameof(PostAdjustment))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(AdjustmentView), "Added.")]
    [Takes(typeof(AdjustmentWanted), """{"text": "Two days of outage", "amount": -5000}""")]
    [PathText("id", "The company's.")]
    [PathText("period", "The month, such as 2026-03.")]
    [OncePerKey]
    [Refuses(404)]
    public async Task<HttpResponseData> PostAdjustment(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/months/{period}/adjustments")] HttpRequestData request, string id, string period)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<AdjustmentWanted>(request);
        if (await FindAsync(request, id) is not { } tenant) return await request.AnswerAsync<AdjustmentView>(GetTenant.NotFound);
        if (!BillingPeriod.TryParse(period, out var month)) return await request.AnswerAsync<AdjustmentView>(BillingErrors.PeriodInvalid);
        return await idempotent.AnswerAsync(request, tenant, bytes, async effect
            => ApiAnswer.Of(await adjustments.AddAsync(new(tenant, month, body.Text, body.Amount, request.Caller().Actor, effect), request.Cancellation())));
    }

    /// <summary>Take an adjustment back while its month is not closed. For operators.</summary>
    [Function(nameof(DeleteAdjustment))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(AdjustmentView), "Taken back.")]
    [PathText("id", "The company's.")]
    [PathText("period", "The month, such as 2026-03.")]
    [Refuses(400, 409)]
    public async Task<HttpResponseData> DeleteAdjustment(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/months/{period}/adjustments/{adjustment}")] HttpRequestData request, string id, string period, string adjustment)
    {
        if (await FindAsync(request, id) is not { } tenant) return await request.AnswerAsync<AdjustmentView>(GetTenant.NotFound);
        if (!BillingPeriod.TryParse(period, out var month)) return await request.AnswerAsync<AdjustmentView>(BillingErrors.PeriodInvalid);
        return await request.AnswerAsync(Guid.TryParse(adjustment, out var named)
            ? await adjustments.TakeBackAsync(tenant, month, named, request.Caller().Actor, request.Cancellation())
            : BillingErrors.AdjustmentNotFound);
    }

    /// <summary>Credit an invoice, wholly or in part. For operators.</summary>
    [Function(nameof(PostCreditNote))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(InvoiceView), "The credit note, which is final.")]
    [Takes(typeof(CreditWanted), """{"amount": 12500, "reason": "Two days of outage"}""")]
    [PathText("id", "The company's.")]
    [OncePerKey]
    [Refuses(404)]
    public async Task<HttpResponseData> PostCreditNote(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/invoices/{invoice}/credit-notes")] HttpRequestData request, string id, string invoice)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<CreditWanted>(request);
        if (await FindAsync(request, id) is not { } tenant || !Guid.TryParse(invoice, out var named)) return await request.AnswerAsync<InvoiceView>(BillingErrors.InvoiceNotFound);
        return await idempotent.AnswerAsync(request, tenant, bytes, async effect
            => ApiAnswer.Of(await debt.CreditAsync(new(tenant, named, body.Amount, body.Reason, request.Caller().Actor, effect), request.Cancellation())));
    }

    /// <summary>Enter money that came by the bank. The same reference again is the same payment. For operators.</summary>
    [Function(nameof(PostBankPayment))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(InvoiceView), "The invoice as it is now.")]
    [Takes(typeof(PaymentWanted), """{"amount": 12500, "reference": "2026-04-14 NONREF 55"}""")]
    [PathText("id", "The company's.")]
    [Refuses(404, 409)]
    public async Task<HttpResponseData> PostBankPayment(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/invoices/{invoice}/payments")] HttpRequestData request, string id, string invoice)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<PaymentWanted>(request);
        if (await FindAsync(request, id) is not { } tenant || !Guid.TryParse(invoice, out var named)) return await request.AnswerAsync<InvoiceView>(BillingErrors.InvoiceNotFound);
        return await request.AnswerAsync(await debt.PayAsync(new(tenant, named, body.Amount, body.Reference, request.Caller().Actor), request.Cancellation()));
    }

    /// <summary>Enter money that was sent back by the bank: at most what was paid too much. The same reference again is the same transfer. For operators.</summary>
    [Function(nameof(PostBankRefund))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(InvoiceView), "The invoice as it is now.")]
    [Takes(typeof(ReturnWanted), """{"amount": 12500, "reference": "2026-05-02 NONREF 71", "reason": "Paid twice"}""")]
    [PathText("id", "The company's.")]
    [Refuses(404, 409)]
    public Task<HttpResponseData> PostBankRefund(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/invoices/{invoice}/bank-refunds")] HttpRequestData request, string id, string invoice)
        => ReturnAsync(request, id, invoice, bank.RefundAsync);

    /// <summary>Take back a bank payment that was entered and did not come, wholly or in part: what it paid is owed again. The reference is that payment's, and once more is the same. For operators.</summary>
    [Function(nameof(PostBankReversal))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(InvoiceView), "The invoice as it is now.")]
    [Takes(typeof(ReturnWanted), """{"amount": 12500, "reference": "2026-04-14 NONREF 55", "reason": "It was another company's"}""")]
    [PathText("id", "The company's.")]
    [Refuses(404, 409)]
    public Task<HttpResponseData> PostBankReversal(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/invoices/{invoice}/bank-reversals")] HttpRequestData request, string id, string invoice)
        => ReturnAsync(request, id, invoice, bank.ReverseAsync);

    private async Task<HttpResponseData> ReturnAsync(HttpRequestData request, string id, string invoice, Func<ReturnBankMoneyInput, CancellationToken, Task<Result<InvoiceView>>> enter)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<ReturnWanted>(request);
        if (await FindAsync(request, id) is not { } tenant || !Guid.TryParse(invoice, out var named)) return await request.AnswerAsync<InvoiceView>(BillingErrors.InvoiceNotFound);
        return await request.AnswerAsync(await enter(new(tenant, named, body.Amount, body.Reference, body.Reason, request.Caller().Actor), request.Cancellation()));
    }

    /// <summary>Void a final invoice of which nothing was paid or credited: its number stays taken. For operators.</summary>
    [Function(nameof(PostVoid))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(InvoiceView), "The invoice as it is now.")]
    [Takes(typeof(VoidWanted), """{"reason": "Billed by mistake"}""")]
    [PathText("id", "The company's.")]
    [Refuses(404, 409)]
    public async Task<HttpResponseData> PostVoid([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/invoices/{invoice}/void")] HttpRequestData request, string id, string invoice)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<VoidWanted>(request);
        if (await FindAsync(request, id) is not { } tenant || !Guid.TryParse(invoice, out var named)) return await request.AnswerAsync<InvoiceView>(BillingErrors.InvoiceNotFound);
        return await request.AnswerAsync(await debt.VoidAsync(tenant, named, body.Reason, request.Caller().Actor, request.Cancellation()));
    }

    /// <returns>Null: there is no such company.</returns>
    private async Task<TenantId?> FindAsync(HttpRequestData request, string id)
        => TenantId.TryParse(id, out var tenant) && (await companies.HandleAsync(tenant, request.Cancellation())).IsOk ? tenant : null;

    private sealed record AdjustmentWanted([Required, StringLength(500, MinimumLength = 1)] string? Text = null, [Range(-1_000_000_000_000, 1_000_000_000_000)] long Amount = 0);

    private sealed record CreditWanted([Range(1, 1_000_000_000_000)] long? Amount = null, [Required, StringLength(500, MinimumLength = 1)] string? Reason = null);

    private sealed record PaymentWanted([Range(1, 1_000_000_000_000)] long Amount = 0, [Required, StringLength(100, MinimumLength = 1)] string? Reference = null);

    private sealed record ReturnWanted(
        [Range(1, 1_000_000_000_000)] long Amount = 0, [Required, StringLength(100, MinimumLength = 1)] string? Reference = null, [Required, StringLength(500, MinimumLength = 1)] string? Reason = null);

    private sealed record VoidWanted([Required, StringLength(500, MinimumLength = 1)] string? Reason = null);
}

public sealed record BillingProgressList(IReadOnlyList<BillingProgress> Data);

/// <param name="Periods">Months of which something is done now.</param>
public sealed record BillingRunsBegun(IReadOnlyList<string> Periods);

public sealed record AdjustmentList(IReadOnlyList<AdjustmentView> Data);
