using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Http;

/// <summary>A client of the API that fails where an answer is not as <c>docs/openapi.json</c> describes it.</summary>
public sealed class DescribedClient() : HttpClient(new AnswersAsDescribed())
{
    private sealed class AnswersAsDescribed() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var response = await base.SendAsync(request, ct);
            await response.Content.LoadIntoBufferAsync(ct);
            var body = await response.Content.ReadAsByteArrayAsync(ct);
            Findings.AssertNone(ApiContract.FindDifferences(request.Method, request.RequestUri!.AbsolutePath, response, body));
            return response;
        }
    }
}
