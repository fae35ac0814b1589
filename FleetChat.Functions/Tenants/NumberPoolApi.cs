using System.ComponentModel.DataAnnotations;
using FleetChat.Core;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Tenants;

/// <summary>FleetChat's own numbers, for its operators. No company's data: tied to no tenant, and a number is what makes a repeated POST the same.</summary>
public sealed class NumberPoolApi(NumberPool pool, MetaQuotas quotas, EnterNumber enter, VerifyNumber verify)
{
    /// <summary>FleetChat's WhatsApp numbers and who has them. For FleetChat's own people.</summary>
    [Function(nameof(GetPoolNumbers))]
    [Needs(Permission.ReadPool)]
    [Answers(typeof(NumbersView), "All of them, and how much of what Meta allows is used.")]
    public async Task<HttpResponseData> GetPoolNumbers([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/numbers")] HttpRequestData request)
        => await request.AnswerAsync<NumbersView>(new NumbersView(await pool.ListAsync(request.Cancellation()), await quotas.ListAsync(request.Cancellation())));

    /// <summary>Enter a number: it joins its WhatsApp account, and Meta sends a code to it. Repeated, it sends a new code and does nothing twice; of a number that is verified it takes another access token, if WhatsApp shows the number to it. For operators.</summary>
    [Function(nameof(PostPoolNumber))]
    [Needs(Permission.ChangePool)]
    [Answers(typeof(PoolNumber), "Entered; the code is waited for. Or verified, with the token that was given.")]
    [Takes(typeof(EnterNumberInput), """{"phone_number": "+15558230001", "display": "+1-555-823-0001", "verified_name": "FleetChat", "business_account_id": "102290129340398", "access_token": "EAAJB...", "data_region": "us", "code_method": "SMS"}""")]
    [Refuses(409)]
    public async Task<HttpResponseData> PostPoolNumber([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/numbers")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<EnterNumberInput>(request);
        return await request.AnswerAsync(await enter.HandleAsync(body, request.Caller().Actor, request.Cancellation()));
    }

    /// <summary>Enter the code that Meta sent: the number is registered, and free for a company. For operators.</summary>
    [Function(nameof(PostPoolNumberCode))]
    [Needs(Permission.ChangePool)]
    [Answers(typeof(PoolNumber), "Free.")]
    [Takes(typeof(PoolNumberCode), """{"code": "123456"}""")]
    [Refuses(409)]
    public async Task<HttpResponseData> PostPoolNumberCode(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/numbers/{id}/code")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<PoolNumberCode>(request);
        return await request.AnswerAsync(Guid.TryParse(id, out var number) ? await verify.HandleAsync(number, body.Code, request.Caller().Actor, request.Cancellation()) : NumberErrors.NotFound);
    }

    /// <param name="Quotas">Of what Meta allows FleetChat.</param>
    private sealed record NumbersView(IReadOnlyList<PoolNumber> Numbers, IReadOnlyList<MetaQuota> Quotas);

    private sealed record PoolNumberCode([Required, RegularExpression("^[0-9]{1,10}$")] string? Code = null);
}
