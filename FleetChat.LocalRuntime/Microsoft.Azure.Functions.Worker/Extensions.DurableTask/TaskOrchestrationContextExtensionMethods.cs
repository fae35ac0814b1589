using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;

namespace Microsoft.DurableTask;

public static class TaskOrchestrationContextExtensionMethods
{
    /// <summary>The activity that the real host keeps for HTTP calls of orchestrators.</summary>
    internal const string HttpActivityName = "BuiltIn::HttpActivity";

    public static Task<DurableHttpResponse> CallHttpAsync(this TaskOrchestrationContext context, DurableHttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.CallActivityAsync<DurableHttpResponse>(HttpActivityName, request);
    }

    public static Task<DurableHttpResponse> CallHttpAsync(
        this TaskOrchestrationContext context,
        HttpMethod method,
        Uri uri,
        string? content = null,
        HttpRetryOptions? retryOptions = null)
        => context.CallHttpAsync(new DurableHttpRequest(method, uri) { Content = content, HttpRetryOptions = retryOptions });
}
