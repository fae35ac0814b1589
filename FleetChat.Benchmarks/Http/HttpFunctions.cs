using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Benchmarks.Http;

public sealed class QueuedAnswer
{
    [HttpResult]
    public HttpResponseData? Answer { get; set; }

    [QueueOutput(HttpFunctions.UnreadQueue)]
    public string[]? Unread { get; set; }

    [QueueOutput(HttpFunctions.ReadQueue)]
    public string[]? Read { get; set; }
}

/// <summary>What the load is put on: as little as a function can do.</summary>
public sealed class HttpFunctions
{
    internal const string UnreadQueue = "unread";
    internal const string ReadQueue = "read";
    private static readonly string[] Message = ["""{"tenant":"benchmark","lane":7}"""];

    [Function("Empty")]
    public static HttpResponseData Empty([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "empty")] HttpRequestData request)
        => request.CreateResponse(HttpStatusCode.OK);

    [Function("Queued")]
    public static QueuedAnswer Queued([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "queued")] HttpRequestData request)
        => new() { Answer = request.CreateResponse(HttpStatusCode.OK), Unread = Message };

    [Function("QueuedAndRead")]
    public static QueuedAnswer QueuedAndRead([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "queued-and-read")] HttpRequestData request)
        => new() { Answer = request.CreateResponse(HttpStatusCode.OK), Read = Message };

    [Function("Reader")]
    public static void Reader([QueueTrigger(ReadQueue)] string message) => ArgumentNullException.ThrowIfNull(message);
}
