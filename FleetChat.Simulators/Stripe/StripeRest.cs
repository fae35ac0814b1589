using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.Stripe;

/// <summary>One authenticated call.</summary>
/// <param name="Key">Its idempotency key.</param>
internal sealed record StripeCall(HttpRequest Request, StripeForm Form, string? Key, string RequestId)
{
    public string Route(string name) => (string)Request.RouteValues[name]!;
}

/// <summary>What every call of Stripe's API has in common: the key, forms, idempotency, error bodies, the journal.</summary>
internal sealed class StripeRest(StripeState state, TimeProvider clock, SimulatorJournal journal)
{
    private readonly IdempotencyKeys keys = new();

    public void Map(WebApplication app, StripePayments payments, StripeMoneyBack back, StripeEvents events)
    {
        CustomersApi.Map(app, this, state, events);
        CheckoutApi.Map(app, this, state, events);
        PaymentIntentsApi.Map(app, this, state, payments);
        RefundsApi.Map(app, this, state, back);
        EventsApi.Map(app, this, state, events);
        app.MapFallback(Handle(call => throw StripeErrorException.NoRoute(call.Request.Method, call.Request.Path)));
    }

    public RequestDelegate Handle(Func<StripeCall, JsonObject> carryOut) => async context =>
    {
        var requestId = StripeState.NewId("req");
        var form = new StripeForm(await EntriesAsync(context.Request));
        var key = HttpMethods.IsPost(context.Request.Method) && context.Request.Headers["Idempotency-Key"] is [{ Length: > 0 } given] ? given : null;
        var answer = await AnswerAsync(new(context.Request, form, key, requestId), carryOut);
        var isReplay = answer.RequestId != requestId;
        Write(context.Request, form, key, isReplay, answer);
        await SendAsync(context, answer, key, requestId, isReplay);
    };

    private async Task<StripeAnswer> AnswerAsync(StripeCall call, Func<StripeCall, JsonObject> carryOut)
    {
        try
        {
            Authenticate(call.Request);
            return call.Key is { } key ? await OnceAsync(call, key, carryOut) : CarryOut(call, carryOut).Answer;
        }
        catch (StripeErrorException refused)
        {
            return new(refused.Status, refused.ToBody(), call.RequestId);
        }
    }

    private async Task<StripeAnswer> OnceAsync(StripeCall call, string key, Func<StripeCall, JsonObject> carryOut)
    {
        lock (state.Gate)
        {
            if (keys.Begin(key, $"{call.Request.Path}?{call.Form.Fingerprint}", clock.GetUtcNow()) is { } known)
                return known;
        }
        (StripeAnswer Answer, bool IsKept) done = default;
        try
        {
            if (state.Settings.ExecutionMs is > 0 and var real)
                await Task.Delay(real, CancellationToken.None);
            return (done = CarryOut(call, carryOut)).Answer;
        }
        finally
        {
            lock (state.Gate)
                keys.End(key, done.IsKept ? done.Answer : null);
        }
    }

    private (StripeAnswer Answer, bool IsKept) CarryOut(StripeCall call, Func<StripeCall, JsonObject> carryOut)
    {
        lock (state.Gate)
        {
            state.Schedule.RunDue();
            state.Call = call;
            try
            {
                var expand = call.Form.List("expand");
                var answer = carryOut(call);
                StripeJson.Expand(answer, expand, state.Find);
                return (new(StatusCodes.Status200OK, answer.ToJsonString(SimulatorJson.Wire), call.RequestId), true);
            }
            catch (StripeErrorException refused)
            {
                return (new(refused.Status, refused.ToBody(), call.RequestId), refused.IsKept);
            }
            finally
            {
                state.Call = null;
            }
        }
    }

    private void Authenticate(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
            throw StripeErrorException.NoKey();
        if (!header.StartsWith(scheme, StringComparison.Ordinal) || header[scheme.Length..] != state.Settings.ApiKey)
            throw StripeErrorException.BadKey();
    }

    // A POST has its parameters in a form, everything else in the query.
    private static async Task<IReadOnlyList<KeyValuePair<string, string>>> EntriesAsync(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method))
            return [.. from parameter in request.Query from value in parameter.Value select KeyValuePair.Create(parameter.Key, value ?? "")];
        if (!request.HasFormContentType)
            return [];
        var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        return [.. from parameter in form from value in parameter.Value select KeyValuePair.Create(parameter.Key, value ?? "")];
    }

    private static async Task SendAsync(HttpContext context, StripeAnswer answer, string? key, string requestId, bool isReplay)
    {
        var headers = context.Response.Headers;
        headers["Request-Id"] = requestId;
        headers["Stripe-Version"] = context.Request.Headers["Stripe-Version"];
        if (key is not null) headers["Idempotency-Key"] = key;
        if (isReplay) (headers["Idempotent-Replayed"], headers["Original-Request"]) = ("true", answer.RequestId);
        await Results.Text(answer.Body, "application/json", System.Text.Encoding.UTF8, answer.Status).ExecuteAsync(context);
    }

    private void Write(HttpRequest request, StripeForm form, string? key, bool isReplay, StripeAnswer answer) => journal.Write("rest.request", SimulatorJson.Object(
        ("method", request.Method),
        ("path", request.Path.ToString()),
        ("parameters", StripeJson.Map(form.Entries.DistinctBy(entry => entry.Key).ToDictionary())),
        ("stripe_version", request.Headers["Stripe-Version"].ToString()),
        ("idempotency_key", key),
        ("replayed", isReplay ? true : null),
        ("status", answer.Status),
        ("request_id", answer.RequestId)));
}
