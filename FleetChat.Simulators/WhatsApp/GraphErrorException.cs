using System.Text.Json.Nodes;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>An error as the Graph API tells it. Receivers go by <see cref="Code"/>; HTTP statuses beside Meta's published ones are 400.</summary>
internal sealed class GraphErrorException(int code, string title, string? details = null) : Exception(title)
{
    public int Code { get; } = code;

    public string? Details { get; } = details;

    public int Status { get; init; } = StatusCodes.Status400BadRequest;

    public int? Subcode { get; init; }

    public bool? IsTransient { get; init; }

    public decimal? RetryAfterSeconds { get; init; }

    /// <summary>How Meta words what a fault plan asks for.</summary>
    public static Refusals Refusals { get; } = new(
        TooMany: _ => new GraphErrorException(80007, "Rate limit issues", "Simulated failure") { Status = StatusCodes.Status429TooManyRequests, IsTransient = true }.ToResult(),
        Failure: (_, status) => new GraphErrorException(status == StatusCodes.Status503ServiceUnavailable ? 2 : 131000, "Something went wrong", "Simulated failure") { Status = status, IsTransient = true }.ToResult(),
        ExpiredToken: _ => ExpiredToken().ToResult(),
        IsMedia: MediaApi.IsDownload);

    public static GraphErrorException NoToken() => new(104, "An access token is required to request this resource.") { Status = StatusCodes.Status401Unauthorized };

    public static GraphErrorException BadToken() => new(190, "Invalid OAuth access token - Cannot parse access token") { Status = StatusCodes.Status401Unauthorized };

    public static GraphErrorException ExpiredToken()
        => new(190, "Error validating access token: Session has expired") { Status = StatusCodes.Status401Unauthorized, Subcode = 463 };

    public static GraphErrorException NoObject(string id)
        => new(100, $"Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.") { Subcode = 33 };

    public static GraphErrorException Invalid(string details) => new(100, "Invalid parameter", details);

    public static GraphErrorException Missing(string details) => new(131008, "Required parameter is missing", details);

    public static GraphErrorException BadValue(string details) => new(131009, "Parameter value is not valid", details);

    public static GraphErrorException Of(InvalidFieldException invalid) => invalid.Problem switch
    {
        FieldProblem.Missing => Missing(invalid.Message),
        FieldProblem.BadValue => BadValue(invalid.Message),
        _ => Invalid(invalid.Message),
    };

    public static GraphErrorException NotRegistered() => new(133010, "Account not registered", "Account does not exist in Cloud API, please use /register API to create an account first.");

    public static GraphErrorException SelfSend() => new(131021, "Recipient cannot be sender", "Sender and recipient phone number is the same.");

    public static GraphErrorException OutsideWindow()
        => new(131047, "Re-engagement message", "Message failed to send because more than 24 hours have passed since the customer last replied to this number.");

    public static GraphErrorException Undeliverable() => new(131026, "Message undeliverable", "Message Undeliverable.");

    public static GraphErrorException Throughput()
        => new(130429, "Rate limit hit", "Cloud API message throughput has been reached.") { Status = StatusCodes.Status429TooManyRequests };

    public static GraphErrorException PairLimit()
        => new(131056, "(Business Account, Consumer Account) pair rate limit hit", "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.");

    public static GraphErrorException MessagingLimit() => new(131064, "Messaging limit reached", "The business has begun as many talks in 24 hours as it may.");

    public static GraphErrorException HeldBack()
        => new(131049, "This message was not delivered to maintain healthy ecosystem engagement.", "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.");

    public static GraphErrorException NoMarketing() => new(131050, "User has stopped marketing messages from you", "The person has asked for no marketing messages of this business.");

    public static GraphErrorException NotByUserId() => new(131062, "Business-scoped user ids are not supported for this message", "Authentication templates need a phone number.");

    public static GraphErrorException UploadFailed(string details) => new(131053, "Media upload error", details);

    public static GraphErrorException TemplateMissing(string name, string language)
        => new(132001, "Template name does not exist in the translation", $"template name ({name}) does not exist in {language}") { Status = StatusCodes.Status404NotFound };

    public static GraphErrorException TemplatePaused(string name) => new(132015, "Template is paused", $"template ({name}) is paused due to low quality");

    public static GraphErrorException TemplateDisabled(string name) => new(132016, "Template is disabled", $"template ({name}) was paused too often and is disabled");

    public static GraphErrorException ParameterCount(string part, int given, int expected)
        => new(132000, "Number of parameters does not match the expected number of params", $"{part}: number of localizable_params ({given}) does not match the expected number of params ({expected})");

    public static GraphErrorException ParameterFormat(string details) => new(132012, "Parameter format does not match format in the created template", details);

    public static GraphErrorException TemplateComponent(string details) => new(132018, "There's an issue with the parameters in your template", details);

    public static GraphErrorException TextTooLong(string details) => new(132005, "Translated text too long", details);

    public IResult ToResult()
    {
        var error = SimulatorJson.Object(
            ("message", Code > 200 ? $"(#{Code}) {Message}" : Code == 100 && Subcode is null ? $"(#100) {Message}" : Message),
            ("type", "OAuthException"),
            ("code", Code),
            ("error_subcode", Subcode),
            ("is_transient", IsTransient),
            ("error_data", Details is null ? null : SimulatorJson.Object(("messaging_product", "whatsapp"), ("details", Details))),
            ("fbtrace_id", Unique.Letters(23)));
        return Results.Text(SimulatorJson.Object(("error", error)).ToJsonString(SimulatorJson.Wire), "application/json", System.Text.Encoding.UTF8, Status);
    }

    /// <summary>The same error in a <c>failed</c> status.</summary>
    public JsonArray ToStatusErrors() => new(SimulatorJson.Object(
        ("code", Code),
        ("title", Message),
        ("message", Message),
        ("error_data", SimulatorJson.Object(("details", Details ?? Message))),
        ("href", "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/")));
}
