using System.Diagnostics;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>What one request is called: in its answer, in each log line about it, and in the audit trail.</summary>
public static class RequestCorrelation
{
    public const string Header = "X-Correlation-Id";

    private const string TraceHeader = "traceparent";
    private const int LongestId = 128;

    /// <summary>
    /// The id that the caller gave, else his trace's, else that of the trace which begins here, else the invocation's, which the host's log has.
    /// What is no such id is ignored: nobody is refused for how he follows his requests.
    /// </summary>
    public static string Of(HttpRequestData request)
        => request.Header(Header) is { } given && IsId(given) ? given
            : FindTrace(request.Header(TraceHeader)) ?? FindTrace(request.FunctionContext.TraceContext?.TraceParent) ?? request.FunctionContext.InvocationId;

    // It goes into headers and logs, so nothing that could end a line.
    private static bool IsId(string id) => id.Length is > 0 and <= LongestId && id.All(character => character is > ' ' and <= '~');

    private static string? FindTrace(string? traceParent)
        => ActivityContext.TryParse(traceParent, traceState: null, out var context) ? context.TraceId.ToHexString() : null;
}
