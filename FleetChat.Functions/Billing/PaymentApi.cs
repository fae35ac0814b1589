using System.ComponentModel.DataAnnotations;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Billing;

/// <summary>How a company pays, and what was paid.</summary>
public sealed class PaymentApi(PaymentAccounts accounts, ListPayments payments, RefundPayment refund, GetTenant companies, IdempotentRequests idempotent)
{
    /// <summary>What invoices are charged to.</summary>
    [Function(nameof(GetPaymentMethod))]
    [Needs(Permission.ReadInvoices)]
    [Answers(typeof(PaymentAccountView), "As it is now.")]
    public async Task<HttpResponseData> GetPaymentMethod([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/billing/payment-method")] HttpRequestData request)
        => await request.AnswerAsync(await accounts.GetAsync(request.Tenant(), request.Cancellation()));

    /// <summary>A link to the page where a card or an account is entered; it can be handed on to whoever pays. What is open is charged once that is done.</summary>
    [Function(nameof(PostPaymentLink))]
    [Needs(Permission.PayInvoices)]
    [Answers(typeof(PaymentLink), "Made.")]
    [Refuses(409)]
    public async Task<HttpResponseData> PostPaymentLink([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/billing/payment-link")] HttpRequestData request)
        => await request.AnswerAsync(await accounts.MakeLinkAsync(request.Tenant(), request.Caller().Actor, request.Cancellation()));

    /// <summary>What changed an invoice's debt, and what was tried.</summary>
    [Function(nameof(GetInvoicePayments))]
    [Needs(Permission.ReadInvoices)]
    [Answers(typeof(InvoicePayments), "The oldest first.")]
    public async Task<HttpResponseData> GetInvoicePayments([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/invoices/{id}/payments")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var invoice) ? await payments.HandleAsync(request.Tenant(), invoice, request.Cancellation()) : BillingErrors.InvoiceNotFound);

    /// <summary>How a company pays. For operators.</summary>
    [Function(nameof(GetPlatformPaymentMethod))]
    [Needs(Permission.ReadBilling)]
    [Answers(typeof(PaymentAccountView), "As it is now.")]
    [PathText("id", "The company's.")]
    public async Task<HttpResponseData> GetPlatformPaymentMethod([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/payment-method")] HttpRequestData request, string id)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await accounts.GetAsync(tenant, request.Cancellation()) : GetTenant.NotFound);

    /// <summary>Charge, remind and suspend nobody of a company until then, while people talk about what it owes. For operators.</summary>
    [Function(nameof(PutDunningHold))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(PaymentAccountView), "Held.")]
    [Takes(typeof(HoldWanted), """{"until": "2026-05-01T00:00:00Z", "reason": "They talk with their bank"}""")]
    [PathText("id", "The company's.")]
    [Refuses(404)]
    public async Task<HttpResponseData> PutDunningHold([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/platform/tenants/{id}/dunning-hold")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<HoldWanted>(request);
        if (!TenantId.TryParse(id, out var tenant)) return await request.AnswerAsync<PaymentAccountView>(GetTenant.NotFound);
        return await request.AnswerAsync(body.Until is { } until ? await accounts.HoldAsync(tenant, until, body.Reason, request.Caller().Actor, request.Cancellation()) : PaymentErrors.HoldInvalid);
    }

    /// <summary>Go on with a company's dunning. For operators.</summary>
    [Function(nameof(DeleteDunningHold))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(PaymentAccountView), "No longer held.")]
    [PathText("id", "The company's.")]
    public async Task<HttpResponseData> DeleteDunningHold([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/platform/tenants/{id}/dunning-hold")] HttpRequestData request, string id)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await accounts.HoldAsync(tenant, null, null, request.Caller().Actor, request.Cancellation()) : GetTenant.NotFound);

    /// <summary>Give back what an invoice was paid too much, to the card or account that it came from. Credit the invoice first. For operators.</summary>
    [Function(nameof(PostRefund))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(RefundView), "It is on its way.", Status = 202)]
    [Takes(typeof(RefundWanted), """{"amount": 12500, "reason": "Two days of outage"}""")]
    [PathText("id", "The company's.")]
    [OncePerKey]
    [Refuses(404)]
    public async Task<HttpResponseData> PostRefund([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/invoices/{invoice}/refunds")] HttpRequestData request, string id, string invoice)
    {
        var (body, bytes) = await RequestBody.ReadJsonAsync<RefundWanted>(request);
        if (!TenantId.TryParse(id, out var tenant) || !(await companies.HandleAsync(tenant, request.Cancellation())).IsOk || !Guid.TryParse(invoice, out var named))
            return await request.AnswerAsync<RefundView>(BillingErrors.InvoiceNotFound);
        return await idempotent.AnswerAsync(request, tenant, bytes, async effect =>
        {
            var given = await refund.HandleAsync(new(tenant, named, body.Amount, body.Reason, request.Caller().Actor, effect), request.Cancellation());
            return given.IsOk ? new(System.Net.HttpStatusCode.Accepted, ApiJson.Write(given.Value)) : ApiAnswer.Of(given.Error);
        });
    }

    private sealed record HoldWanted([Required] DateTimeOffset? Until = null, [Required, StringLength(500, MinimumLength = 1)] string? Reason = null);

    private sealed record RefundWanted([Range(1, 1_000_000_000_000)] long? Amount = null, [Required, StringLength(500, MinimumLength = 1)] string? Reason = null);
}
