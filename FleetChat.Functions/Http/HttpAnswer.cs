using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>The answer to a request, as middleware sets and sees it.</summary>
public static class HttpAnswer
{
    /// <summary>In place of the function's own.</summary>
    /// <remarks>
    /// A function whose only output is HTTP is answered by its invocation's result. One with further outputs has a binding
    /// for the answer: set as the result, the response object itself would be sent as JSON with status 200.
    /// </remarks>
    public static void Set(FunctionContext context, HttpResponseData response)
    {
        var binding = FindBinding(context);
        if (binding is null) context.GetInvocationResult().Value = response;
        else binding.Value = response;
    }

    /// <summary>It can still be changed.</summary>
    /// <returns>Null: nobody has answered, because nobody is left to be answered.</returns>
    public static HttpResponseData? Find(FunctionContext context) => context.GetInvocationResult().Value as HttpResponseData ?? FindBinding(context)?.Value;

    private static OutputBindingData<HttpResponseData>? FindBinding(FunctionContext context)
        => context.GetOutputBindings<HttpResponseData>().FirstOrDefault(output => output.BindingType == "http" && output.Name != "$return");
}
