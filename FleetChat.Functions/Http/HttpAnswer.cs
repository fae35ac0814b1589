using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>Answers a request from middleware, in place of the function.</summary>
public static class HttpAnswer
{
    /// <remarks>
    /// A function whose only output is HTTP is answered by its invocation's result. One with further outputs has a binding
    /// for the answer: set as the result, the response object itself would be sent as JSON with status 200.
    /// </remarks>
    public static void Set(FunctionContext context, HttpResponseData response)
    {
        var binding = context.GetOutputBindings<HttpResponseData>().FirstOrDefault(output => output.BindingType == "http" && output.Name != "$return");
        if (binding is null) context.GetInvocationResult().Value = response;
        else binding.Value = response;
    }
}
