using System.Net;
using FleetChat.Core;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>A status and a JSON body: from 400 on a problem document, unless it says otherwise.</summary>
public sealed record ApiAnswer(HttpStatusCode Status, byte[] Body)
{
    public string ContentType { get; init; } = (int)Status >= 400 ? "application/problem+json" : "application/json";

    /// <summary>The version of what is shown, for If-Match; null: it has none.</summary>
    public int? Version { get; init; }

    public static ApiAnswer Of<T>(Result<T> result) => result.IsOk ? new(HttpStatusCode.OK, ApiJson.Write(result.Value)) : Of(result.Error);

    public static ApiAnswer Of(Error error)
    {
        var problem = ProblemResponses.Of(error);
        return new(problem.Status, ProblemResponses.Document(problem));
    }

    public async Task<HttpResponseData> WriteAsync(HttpRequestData request)
    {
        // Never WriteAsJsonAsync: beside a Content-Type of one's own the real worker answers 500.
        var response = request.CreateResponse(Status);
        response.Headers.Add("Content-Type", ContentType);
        response.Headers.Add("X-Content-Type-Options", "nosniff");
        // Drivers' names and words: no proxy keeps them.
        response.Headers.Add("Cache-Control", "no-store");
        if (Version is { } version) response.Headers.Add("ETag", EntityTag.Of(version));
        await response.WriteBytesAsync(Body);
        return response;
    }
}

public static class ApiAnswers
{
    /// <summary>Answers with a use case's result.</summary>
    public static Task<HttpResponseData> AnswerAsync<T>(this HttpRequestData request, Result<T> result)
        => ApiAnswer.Of(result).WriteAsync(request);
}
