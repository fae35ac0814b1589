using System.Text.Json.Nodes;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.Stripe;

/// <summary>An error as Stripe tells it.</summary>
/// <param name="type"><c>api_error</c>, <c>card_error</c>, <c>idempotency_error</c> or <c>invalid_request_error</c>.</param>
internal sealed class StripeErrorException(int status, string type, string? code, string message) : Exception(message)
{
    // A decline that has a code of its own is no card_declined.
    private static readonly string[] OwnCodes = ["authentication_required", "expired_card", "incorrect_cvc", "processing_error"];

    public int Status => status;

    public string Type => type;

    public string? Code => code;

    public string? DeclineCode { get; init; }

    public string? Param { get; init; }

    public PaymentMethod? Method { get; init; }

    /// <summary>Of the payment that failed.</summary>
    public PaymentIntent? Intent { get; set; }

    public Charge? Charge { get; set; }

    /// <summary>The call was carried out as far as this error: its idempotency key keeps it. Wrong parameters come before, and are not kept.</summary>
    public bool IsKept { get; init; }

    /// <summary>How Stripe words what a fault plan asks for.</summary>
    public static Refusals Refusals { get; } = new(
        TooMany: _ => new StripeErrorException(StatusCodes.Status429TooManyRequests, "invalid_request_error", "rate_limit", "Request rate limit exceeded.").ToResult(),
        Failure: (_, status) => new StripeErrorException(status, "api_error", null, "An unknown error occurred. Simulated failure.").ToResult(),
        ExpiredToken: _ => new StripeErrorException(StatusCodes.Status401Unauthorized, "invalid_request_error", "api_key_expired", "Expired API Key provided.").ToResult(),
        IsMedia: _ => false);

    public static StripeErrorException NoKey() => new(
        StatusCodes.Status401Unauthorized, "invalid_request_error", null, "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth.");

    public static StripeErrorException BadKey() => new(StatusCodes.Status401Unauthorized, "invalid_request_error", null, "Invalid API Key provided: sk_test_****");

    public static StripeErrorException NoRoute(string method, string path)
        => new(StatusCodes.Status404NotFound, "invalid_request_error", null, $"Unrecognized request URL ({method}: {path}).");

    public static StripeErrorException NoObject(string kind, string id, string param = "id")
        => new(StatusCodes.Status404NotFound, "invalid_request_error", "resource_missing", $"No such {kind}: '{id}'") { Param = param };

    public static StripeErrorException Missing(string param)
        => new(StatusCodes.Status400BadRequest, "invalid_request_error", "parameter_missing", $"Missing required param: {param}.") { Param = param };

    public static StripeErrorException Unknown(string param)
        => new(StatusCodes.Status400BadRequest, "invalid_request_error", "parameter_unknown", $"Received unknown parameter: {param}") { Param = param };

    public static StripeErrorException Invalid(string param, string message, string? code = null)
        => new(StatusCodes.Status400BadRequest, "invalid_request_error", code, message) { Param = param };

    /// <summary>What is asked for doesn't fit the state of things.</summary>
    public static StripeErrorException Unfit(string? code, string message, PaymentIntent? intent = null)
        => new(StatusCodes.Status400BadRequest, "invalid_request_error", code, message) { Intent = intent, IsKept = true };

    public static StripeErrorException OtherParameters(string key) => new(
        StatusCodes.Status400BadRequest,
        "idempotency_error",
        null,
        $"Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}'.");

    public static StripeErrorException KeyInUse(string key) => new(
        StatusCodes.Status409Conflict, "idempotency_error", "idempotency_key_in_use", $"There is currently another in-progress request using this Idempotent Key: {key}.");

    /// <param name="reason">Such as <c>insufficient_funds</c>.</param>
    public static StripeErrorException Declined(PaymentMethod method, string reason)
    {
        var (usual, message) = method.IsDebit ? ("payment_method_provider_decline", "The bank refused the debit.") : ("card_declined", "Your card was declined.");
        return new(StatusCodes.Status402PaymentRequired, "card_error", OwnCodes.Contains(reason) ? reason : usual, message) { DeclineCode = reason, Method = method, IsKept = true };
    }

    public IResult ToResult() => Results.Text(ToBody(), "application/json", System.Text.Encoding.UTF8, Status);

    public string ToBody()
    {
        var error = ToPaymentError();
        if (Intent is not null) error["payment_intent"] = Intent.ToJson();
        return new JsonObject { ["error"] = error }.ToJsonString(SimulatorJson.Wire);
    }

    /// <summary>As it stands in the payment that it is about.</summary>
    public JsonObject ToPaymentError() => SimulatorJson.Object(
        ("type", Type),
        ("code", Code),
        ("decline_code", DeclineCode),
        ("charge", Charge?.Id),
        ("doc_url", Code is null ? null : $"https://stripe.com/docs/error-codes/{Code.Replace('_', '-')}"),
        ("message", Message),
        ("param", Param),
        ("payment_method", Method?.ToJson()));
}
