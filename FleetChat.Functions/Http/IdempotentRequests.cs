using System.Net;
using System.Text;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Http;

/// <summary>
/// Does the work of a POST once for each <c>Idempotency-Key</c>: a repeat gets the first one's answer.
/// </summary>
public sealed class IdempotentRequests(IdempotencyKeys keys)
{
    private const string KeyHeader = "Idempotency-Key";
    private const string ReplayedHeader = "Idempotent-Replayed";

    private static readonly Problem KeyInvalid = Problem.Invalid(
        "idempotency.key_invalid", "Give an Idempotency-Key of 1 to 255 printable ASCII characters, such as a UUID.", KeyHeader);

    private static readonly Problem KeyReused = ProblemResponses.Of(IdempotencyKeys.Reused);

    private static readonly Problem StillRunning = Problem.RetryAfter(TimeSpan.FromSeconds(5), Problem.Conflict(
        "idempotency.still_running", "The first request with this Idempotency-Key is still at work. Send it again after Retry-After, in seconds."));

    /// <param name="body">As it came.</param>
    /// <param name="work">Gets the key for its effects: what it writes under this key it must write once. Null: the caller gave no key.</param>
    public Task<HttpResponseData> AnswerAsync(HttpRequestData request, byte[] body, Func<string?, Task<ApiAnswer>> work) => AnswerAsync(request, request.Tenant(), body, work);

    /// <inheritdoc cref="AnswerAsync(HttpRequestData, byte[], Func{string?, Task{ApiAnswer}})"/>
    /// <param name="tenant">Whose keys these are, where FleetChat's people act on a company that there is.</param>
    public async Task<HttpResponseData> AnswerAsync(HttpRequestData request, TenantId tenant, byte[] body, Func<string?, Task<ApiAnswer>> work)
    {
        var ct = request.Cancellation();
        if (ReadKey(request) is not { } key) return await (await work(null)).WriteAsync(request);

        switch (await keys.ClaimAsync(tenant, key, Identity(request, body), ct))
        {
            case IdempotencyClaim.First first:
                var answer = await work(first.EffectKey);
                // The work is done: a client that has gone will ask again with this key.
                await keys.AnswerAsync(tenant, key, (int)answer.Status, answer.Body, CancellationToken.None);
                return await answer.WriteAsync(request);
            case IdempotencyClaim.Answered answered:
                var repeated = await new ApiAnswer((HttpStatusCode)answered.StatusCode, answered.Response).WriteAsync(request);
                repeated.Headers.Add(ReplayedHeader, "true");
                return repeated;
            case IdempotencyClaim.Running:
                throw new RequestRefusedException(StillRunning);
            default:
                throw new RequestRefusedException(KeyReused);
        }
    }

    /// <returns>Null: the caller gave none.</returns>
    /// <exception cref="RequestRefusedException">It is none.</exception>
    public static string? ReadKey(HttpRequestData request)
    {
        if (request.Header(KeyHeader) is not { } key) return null;
        return key.Length is 0 or > IdempotencyKeys.MaxLength || key.Any(character => character is < ' ' or > '~') ? throw new RequestRefusedException(KeyInvalid) : key;
    }

    private static byte[] Identity(HttpRequestData request, byte[] body)
        => [.. Encoding.UTF8.GetBytes($"{request.Method} {request.Url.AbsolutePath}\n"), .. body];
}
