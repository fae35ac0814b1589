using System.Net;
using System.Text.Json.Serialization;
using FleetChat.Core;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>The one place that turns errors and refusals into problem documents.</summary>
public static class ProblemResponses
{
    public static Problem Of(Error error) => new(StatusOf(error.Kind), error.Code, error.Message, error.Field);

    public static byte[] Document(Problem problem) => ApiJson.Write(new ProblemDocument(
        $"urn:fleetchat:problem:{problem.Code}", TitleOf(problem.Status), (int)problem.Status, problem.Detail, problem.Code, problem.Field));

    public static async Task<HttpResponseData> WriteAsync(HttpRequestData request, Problem problem)
    {
        var response = await new ApiAnswer(problem.Status, Document(problem)).WriteAsync(request);
        if (problem.Header is var (name, value)) response.Headers.Add(name, value);
        return response;
    }

    private static HttpStatusCode StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Invalid => HttpStatusCode.BadRequest,
        ErrorKind.NotFound => HttpStatusCode.NotFound,
        ErrorKind.Conflict => HttpStatusCode.Conflict,
        ErrorKind.Forbidden => HttpStatusCode.Forbidden,
        ErrorKind.Stale => HttpStatusCode.PreconditionFailed,
        ErrorKind.Unavailable => HttpStatusCode.ServiceUnavailable,
        ErrorKind.Unprocessable => HttpStatusCode.UnprocessableEntity,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "an error kind without a status"),
    };

    private static string TitleOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => "Bad request",
        HttpStatusCode.Unauthorized => "Unauthorized",
        HttpStatusCode.Forbidden => "Forbidden",
        HttpStatusCode.NotFound => "Not found",
        HttpStatusCode.Conflict => "Conflict",
        HttpStatusCode.LengthRequired => "Length required",
        HttpStatusCode.PreconditionFailed => "Precondition failed",
        HttpStatusCode.PreconditionRequired => "Precondition required",
        HttpStatusCode.ServiceUnavailable => "Service unavailable",
        HttpStatusCode.RequestEntityTooLarge => "Content too large",
        HttpStatusCode.UnsupportedMediaType => "Unsupported media type",
        HttpStatusCode.UnprocessableEntity => "Unprocessable content",
        HttpStatusCode.TooManyRequests => "Too many requests",
        HttpStatusCode.InternalServerError => "Internal server error",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "a problem without a title"),
    };
}

/// <summary>A refusal as the API writes it (RFC 9457).</summary>
/// <param name="Type">Of the problem: its code as a URN.</param>
/// <param name="Detail">What to do, in words.</param>
/// <param name="Code">Stable; docs/errors.md lists all.</param>
/// <param name="Field">What is to blame: a path in the body, or the name of a parameter or header. Left out where nothing is.</param>
public sealed record ProblemDocument(
    string Type, string Title, int Status, string Detail, string Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field);
