using System.Net;
using FleetChat.Core.Billing.Payments;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Billing;

/// <summary>Where the link of an e-mail leads, and where people come back to from the processor's page.</summary>
public sealed class PaymentLinkApi(PaymentAccounts accounts)
{
    /// <summary>Guarded by the link's own signature.</summary>
    [Function(nameof(GetPaymentPage))]
    public async Task<HttpResponseData> GetPaymentPage([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "pay/{token}")] HttpRequestData request, string token)
    {
        if (await accounts.OpenLinkAsync(token, request.Cancellation()) is not { } opened)
            return await PlainText.AnswerAsync(request, HttpStatusCode.Unauthorized, "This link is wrong or over. Ask for a new one, or use that of the last e-mail.");
        if (!opened.IsOk) return await PlainText.AnswerAsync(request, HttpStatusCode.ServiceUnavailable, "The payment page can't be reached just now. Please try again in a few minutes.");
        var response = request.CreateResponse(HttpStatusCode.SeeOther);
        response.Headers.Add("Location", opened.Value.ToString());
        response.Headers.Add("Cache-Control", "no-store");
        response.Headers.Add("Referrer-Policy", "no-referrer");
        return response;
    }

    /// <summary>For people who come back from the payment page.</summary>
    [Function(nameof(GetPaymentEnd))]
    public Task<HttpResponseData> GetPaymentEnd([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "payment/{outcome}")] HttpRequestData request, string outcome) => outcome switch
    {
        "entered" => PlainText.AnswerAsync(request, HttpStatusCode.OK, "Thank you. What is open is charged within minutes, and you get an e-mail about it. You can close this page."),
        "left" => PlainText.AnswerAsync(request, HttpStatusCode.OK, "Nothing was entered. Use the link of the e-mail again whenever you like."),
        _ => PlainText.AnswerAsync(request, HttpStatusCode.NotFound, "There is nothing here."),
    };
}
