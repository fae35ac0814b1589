using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Tenants;

/// <summary>FleetChat's own numbers, for its operators. No company's data: tied to no tenant, and a number is what makes a repeated POST the same.</summary>
public sealed class NumberPoolApi(NumberPool pool, EnterNumber enter, VerifyNumber verify)
{
    [Function(nameof(GetPoolNumbers))]
    [Needs(Permission.ReadPool)]
    public async Task<HttpResponseData> GetPoolNumbers([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/numbers")] HttpRequestData request)
        => await request.AnswerAsync<NumbersView>(new NumbersView(await pool.ListAsync(request.Cancellation())));

    [Function(nameof(PostPoolNumber))]
    [Needs(Permission.ChangePool)]
    public async Task<HttpResponseData> PostPoolNumber([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/numbers")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<EnterNumberInput>(request);
        return await request.AnswerAsync(await enter.HandleAsync(body, request.Caller().Actor, request.Cancellation()));
    }

    [Function(nameof(PostPoolNumberCode))]
    [Needs(Permission.ChangePool)]
    public async Task<HttpResponseData> PostPoolNumberCode(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/numbers/{id}/code")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<CodeBody>(request);
        return await request.AnswerAsync(Guid.TryParse(id, out var number) ? await verify.HandleAsync(number, body.Code, request.Caller().Actor, request.Cancellation()) : NumberErrors.NotFound);
    }

    private sealed record NumbersView(IReadOnlyList<PoolNumber> Numbers);

    private sealed record CodeBody(string? Code = null);
}
