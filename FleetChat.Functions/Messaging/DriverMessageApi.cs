using System.ComponentModel.DataAnnotations;
using System.Net;
using FleetChat.Core;
using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Inbox;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Messaging;

/// <summary>An answer, and the nudge that tells the sender of the new message.</summary>
public sealed class DriverMessageAnswer
{
    [HttpResult]
    public HttpResponseData? Response { get; set; }

    [QueueOutput(QueueNames.Send)]
    public string[]? Nudges { get; set; }
}

public sealed class DriverMessageApi(SendDispatcherMessage send, IdempotentRequests idempotent)
{
    /// <summary>Write to a driver: as text inside WhatsApp's 24-hour window, in a template outside.</summary>
    [Function(nameof(PostDriverMessage))]
    [Needs(Permission.SendMessages)]
    [Answers(typeof(MessageTaken), "Taken; it is sent within seconds.", Status = 202)]
    [Takes(typeof(SendMessage), """{"text": "Gate 7, please."}""")]
    [OncePerKey]
    public async Task<DriverMessageAnswer> PostDriverMessage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/drivers/{id}/messages")] HttpRequestData request, string id)
    {
        var answer = new DriverMessageAnswer();
        var (body, bytes) = await RequestBody.ReadJsonAsync<SendMessage>(request);
        answer.Response = await idempotent.AnswerAsync(request, bytes, async effectKey =>
        {
            var sent = await SendAsync(request, id, body.Text ?? "", effectKey);
            if (!sent.IsOk) return ApiAnswer.Of(sent.Error);
            answer.Nudges = sent.Value.Nudges.ToMessages();
            return new(HttpStatusCode.Accepted, ApiJson.Write(new MessageTaken(sent.Value.MessageId, sent.Value.Kind)));
        });
        return answer;
    }

    private async Task<Result<SentDispatcherMessage>> SendAsync(HttpRequestData request, string id, string text, string? effectKey)
        => Guid.TryParse(id, out var driver)
            ? await send.HandleAsync(new(request.Tenant(), driver, text, request.Caller().Actor) { IdempotencyKey = effectKey }, request.Cancellation())
            : GetDriver.NotFound;

    private sealed record SendMessage([Required, StringLength(1000, MinimumLength = 1)] string? Text = null);

    /// <param name="Kind">Text inside WhatsApp's 24-hour window, a template outside.</param>
    private sealed record MessageTaken(Guid MessageId, [OneOf("text", "template")] string Kind);
}
