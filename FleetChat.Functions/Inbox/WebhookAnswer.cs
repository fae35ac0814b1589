using System.Net;
using FleetChat.Core.Samsara;
using FleetChat.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Inbox;

/// <summary>A webhook's answer, and the nudges that go with it.</summary>
public sealed class WebhookAnswer
{
    [HttpResult]
    public HttpResponseData? Response { get; set; }

    [QueueOutput(QueueNames.Process)]
    public string[]? Nudges { get; set; }

    /// <summary>200 and <c>OK</c> once it is stored, one constant 401 for everything that was rejected.</summary>
    internal static async Task<WebhookAnswer> OfAsync(HttpRequestData request, WebhookReceipt receipt)
    {
        var (status, text) = receipt.IsAccepted ? (HttpStatusCode.OK, "OK") : (HttpStatusCode.Unauthorized, "Unauthorized");
        var response = await PlainText.AnswerAsync(request, status, text);
        return new() { Response = response, Nudges = receipt.Nudges.ToMessages() };
    }
}
