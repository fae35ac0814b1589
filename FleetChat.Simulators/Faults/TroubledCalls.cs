using System.Globalization;
using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FleetChat.Simulators.Faults;

/// <summary>How one API refuses, in its own words.</summary>
/// <param name="TooMany">The body of a 429.</param>
/// <param name="Failure">The body of a 5xx.</param>
internal sealed record Refusals(Func<HttpContext, IResult> TooMany, Func<HttpContext, int, IResult> Failure, Func<HttpContext, IResult> ExpiredToken, Func<PathString, bool> IsMedia);

/// <summary>Lets calls run into the trouble that the dice say, before or after they are carried out.</summary>
internal sealed class TroubledCalls(FaultDice dice, Refusals refusals)
{
    private static readonly int[] Failures = [StatusCodes.Status500InternalServerError, StatusCodes.Status502BadGateway, StatusCodes.Status503ServiceUnavailable];

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var isControl = context.Request.Path.StartsWithSegments(SimulatorApp.ControlPrefix, StringComparison.Ordinal);
        var trouble = isControl ? null : dice.OfCall(context.Request.Method, context.Request.Path, refusals.IsMedia(context.Request.Path));
        switch (trouble?.Kind)
        {
            case null:
                await next(context);
                break;
            case CallTrouble.Slow:
                await WaitAsync(trouble.Amount * trouble.Plan.SlowMs, context);
                await next(context);
                break;
            case CallTrouble.TooMany:
                context.Response.Headers.RetryAfter = Math.Round((decimal)trouble.Amount, 5).ToString(CultureInfo.InvariantCulture);
                await refusals.TooMany(context).ExecuteAsync(context);
                break;
            case CallTrouble.ServerError:
                await refusals.Failure(context, Failures[(int)(trouble.Amount * Failures.Length)]).ExecuteAsync(context);
                break;
            case CallTrouble.ExpiredToken:
                await refusals.ExpiredToken(context).ExecuteAsync(context);
                break;
            case CallTrouble.ExpiredMedia:
                await Results.NotFound().ExecuteAsync(context);
                break;
            default:
                await LeaveAloneAsync(trouble, context, next);
                break;
        }
    }

    private static async Task LeaveAloneAsync(Trouble<CallTrouble> trouble, HttpContext context, RequestDelegate next)
    {
        if (trouble.Kind is CallTrouble.TimeOutAfter or CallTrouble.ResetAfter)
        {
            // The whole call, and an answer that goes nowhere.
            context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
            await next(context);
        }
        if (trouble.Kind is CallTrouble.TimeOutBefore or CallTrouble.TimeOutAfter)
            await WaitAsync(trouble.Plan.TimeOutMs, context);
        context.Abort();
    }

    private static async Task WaitAsync(double milliseconds, HttpContext context)
        => await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
