using System.Net;
using FleetChat.Core.Billing.Payments;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Billing;

/// <summary>Stripe's webhooks, one address for all companies. Guarded by Stripe's signature.</summary>
public sealed class StripeWebhookFunction(HearPayments hear)
{
    /// <summary>200 once it is in the books; 503 where Stripe itself could not be asked, so that it comes again.</summary>
    [Function("StripeWebhook")]
    public async Task<HttpResponseData> ReceiveAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/stripe/webhook")] HttpRequestData request, CancellationToken ct)
    {
        var body = await RequestBody.ReadAsync(request);
        var (status, text) = await hear.ReceiveAsync(body, request.Header("Stripe-Signature"), ct) switch
        {
            PaymentHearing.Done => (HttpStatusCode.OK, "OK"),
            PaymentHearing.Later => (HttpStatusCode.ServiceUnavailable, "Later"),
            _ => (HttpStatusCode.Unauthorized, "Unauthorized"),
        };
        return await PlainText.AnswerAsync(request, status, text);
    }
}
