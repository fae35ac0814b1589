using System.Globalization;
using System.Net;

namespace FleetChat.Functions.Http;

/// <summary>An answer that refuses a request: see RFC 9457.</summary>
/// <param name="Code">Stable, part of the API.</param>
/// <param name="Detail">One sentence that tells the reader what to do. No secrets, no contents.</param>
/// <param name="Field">JSON path or query parameter of what is wrong.</param>
public sealed record Problem(HttpStatusCode Status, string Code, string Detail, string? Field = null)
{
    /// <summary>A header that belongs to the answer, such as Retry-After.</summary>
    public (string Name, string Value)? Header { get; init; }

    /// <summary>One constant answer, whatever is wrong with the key or token.</summary>
    public static readonly Problem Unauthenticated = new(HttpStatusCode.Unauthorized, "access.unauthenticated",
        "Send a valid API key or a token of your sign-in: Authorization: Bearer ...") { Header = ("WWW-Authenticate", "Bearer") };

    public static readonly Problem LengthRequired = new(HttpStatusCode.LengthRequired, "request.length_required",
        "Send the header Content-Length: a chunked body does not reach us.");

    public static readonly Problem UnsupportedMediaType = new(HttpStatusCode.UnsupportedMediaType, "request.unsupported_media_type",
        "Send the body as JSON with the header Content-Type: application/json, in UTF-8.");

    public static readonly Problem VersionUnnamed = new(HttpStatusCode.PreconditionRequired, "request.if_match_missing",
        "Send the header If-Match with the ETag that GET showed, so that nobody's change is lost.", "If-Match");

    public static Problem Nul(string path) => Invalid("request.nul", "Leave the character U+0000 out: it can't be kept.", path);

    /// <summary>Tells nothing: what happened is in our log.</summary>
    public static readonly Problem Unexpected = new(HttpStatusCode.InternalServerError, "internal.unexpected",
        "Something went wrong on our side. Try again; if it stays, ask FleetChat's support.");

    /// <summary>Whose key it is, and what became of it, is in our log.</summary>
    public static readonly Problem KeyMissing = new(HttpStatusCode.ServiceUnavailable, "internal.key_missing",
        "The key that opens what is asked for can't be read on our side, so nothing was shown or changed; nothing is lost. Try again in some minutes; if it stays, ask FleetChat's support.");

    public static Problem TooLarge(int maxBytes) => new(HttpStatusCode.RequestEntityTooLarge, "request.too_large",
        string.Create(CultureInfo.InvariantCulture, $"Send at most {maxBytes} bytes in one request."));

    public static Problem TooManyRequests(TimeSpan wait) => RetryAfter(wait,
        new(HttpStatusCode.TooManyRequests, "request.too_many", "Send fewer requests: wait as long as Retry-After says, in seconds."));

    public static Problem Invalid(string code, string detail, string field) => new(HttpStatusCode.BadRequest, code, detail, field);

    public static Problem Conflict(string code, string detail) => new(HttpStatusCode.Conflict, code, detail);

    public static Problem RetryAfter(TimeSpan wait, Problem problem)
        => problem with { Header = ("Retry-After", Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture)) };
}

/// <summary>A request that is refused before a use case sees it. <see cref="ProblemMiddleware"/> answers with its problem.</summary>
public sealed class RequestRefusedException(Problem problem) : Exception(problem.Code)
{
    public Problem Problem { get; } = problem;
}
