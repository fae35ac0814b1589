using System.Diagnostics;
using System.Net;
using FleetChat.Core.Monitoring;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace FleetChat.Functions.Monitoring;

/// <summary>Counts each request against what is promised of it, and marks the spans that are to be kept.</summary>
public sealed class MeasureMiddleware : IFunctionsWorkerMiddleware
{
    private const string MoneysFunctions = "FleetChat.Functions.Billing.";

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        var span = Activity.Current;
        if (context.FunctionDefinition.EntryPoint.StartsWith(MoneysFunctions, StringComparison.Ordinal)) SpanMarks.SetMoney(span);
        var name = context.FunctionDefinition.Name;
        if (!context.IsHttp() || OpenRoutes.Names.Contains(name))
        {
            await next(context);
            return;
        }
        var begun = Stopwatch.GetTimestamp();
        await next(context);
        // None, where nobody is left to be answered.
        if (context.GetHttpResponseData() is not { } answer) return;
        var isWebhook = SignedRoutes.Webhooks.Contains(name);
        var result = answer.StatusCode >= HttpStatusCode.InternalServerError
            ? Promises.Failed
            : Promises.Judge(Stopwatch.GetElapsedTime(begun), isWebhook ? Promises.WebhookAnswer : Promises.ApiAnswer);
        if (result == Promises.Failed) SpanMarks.SetFailed(span);
        FleetMetrics.CountRequest(isWebhook ? "webhook" : "api", name, result);
    }
}
