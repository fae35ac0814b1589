using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Stripe;

namespace FleetChat.Core.Billing.Payments;

/// <summary>Makes calls of Stripe.net, and says what its refusals mean.</summary>
internal static class StripeCalls
{
    private const string IdempotencyError = "idempotency_error";

    // What holds the key is found by a search from then on.
    private static readonly TimeSpan UntilFound = TimeSpan.FromMinutes(1);

    /// <param name="otherTerms">What it means that Stripe knows the key of the call with other parameters.</param>
    /// <param name="findIn">What a refusal has in it that is an answer all the same.</param>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    public static async Task<T> CallAsync<T>(
        Func<Task<T>> call, CancellationToken ct, PaymentFailure otherTerms = PaymentFailure.Permanent, Func<StripeError, T?>? findIn = null)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (StripeException refused)
        {
            if (refused.StripeError is { } error && findIn?.Invoke(error) is { } found) return found;
            throw Read(refused, otherTerms);
        }
        catch (HttpRequestException exception)
            when (exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            // No connection was made: surely nothing was sent.
            throw new PaymentException(PaymentFailure.Transient, 0, null, null, null, exception);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or SocketException or IOException || (exception is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new PaymentException(PaymentFailure.Unknown, 0, null, null, null, exception);
        }
    }

    private static PaymentException Read(StripeException refused, PaymentFailure otherTerms)
    {
        var (status, error) = ((int)refused.HttpStatusCode, refused.StripeError);
        var quiet = error?.Type == IdempotencyError && refused.HttpStatusCode != HttpStatusCode.Conflict ? UntilFound : RetryAfter(refused);
        return new(FailureOf(refused.HttpStatusCode, error, otherTerms), status, error?.Code, refused.StripeResponse?.RequestId, quiet);
    }

    private static PaymentFailure FailureOf(HttpStatusCode status, StripeError? error, PaymentFailure otherTerms) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => PaymentFailure.Blocked,
        // The same key is being used at this moment, or the object is.
        HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict => PaymentFailure.Transient,
        // 2xx: an answer that could not be read. An answer without an error is not Stripe's.
        < HttpStatusCode.BadRequest or >= HttpStatusCode.InternalServerError => PaymentFailure.Unknown,
        _ => error?.Type switch
        {
            null => PaymentFailure.Unknown,
            IdempotencyError => otherTerms,
            _ => PaymentFailure.Permanent,
        },
    };

    private static TimeSpan? RetryAfter(StripeException refused)
        => refused.StripeResponse?.Headers.TryGetValues("Retry-After", out var values) == true
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 86400
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
