using System.Net;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.Extensions.Primitives;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class DurableHttpTests
{
    [Fact]
    public void A_request_is_written_as_the_host_reads_it()
    {
        var request = new DurableHttpRequest(HttpMethod.Post, new Uri("https://example.com/a"))
        {
            Content = "body",
            Headers = new Dictionary<string, StringValues> { ["Accept"] = "text/plain", ["X-Many"] = new[] { "1", "2" } },
            Timeout = TimeSpan.FromSeconds(5),
        };

        Assert.Equal(
            """{"method":"POST","uri":"https://example.com/a","headers":{"Accept":"text/plain","X-Many":["1","2"]},"content":"body","""
            + "\"asynchronousPatternEnabled\":false,\"retryOptions\":null,\"timeout\":\"00:00:05\"}",
            JsonSerializer.Serialize(request));
    }

    [Fact]
    public void A_request_is_read_again()
    {
        var request = JsonSerializer.Deserialize<DurableHttpRequest>(
            """{"method":"PUT","uri":"https://example.com/b","headers":{"X-Many":["1","2"]},"retryOptions":{"MaxNumberOfAttempts":3}}""")!;

        Assert.Equal((HttpMethod.Put, new Uri("https://example.com/b")), (request.Method, request.Uri));
        Assert.Equal(new[] { "1", "2" }, request.Headers!["x-many"].ToArray());
        Assert.Equal(3, request.HttpRetryOptions!.MaxNumberOfAttempts);
    }

    [Fact]
    public void A_response_is_read_with_headers_in_any_case()
    {
        var response = JsonSerializer.Deserialize<DurableHttpResponse>("""{"statusCode":202,"headers":{"Location":"/x","Odd":5},"content":"ok"}""")!;

        Assert.Equal((HttpStatusCode.Accepted, "ok"), (response.StatusCode, response.Content));
        Assert.Equal("/x", response.Headers!["location"]);
        Assert.Empty(response.Headers["Odd"].ToArray());
    }

    [Fact]
    public void Retries_of_a_call_are_unlimited_in_time_unless_told()
    {
        var options = new HttpRetryOptions();

        Assert.Equal((1, TimeSpan.FromDays(6), TimeSpan.MaxValue), (options.BackoffCoefficient, options.MaxRetryInterval, options.RetryTimeout));
        Assert.Empty(options.StatusCodesToRetry);
        Assert.Equal([HttpStatusCode.BadGateway], new HttpRetryOptions([HttpStatusCode.BadGateway]).StatusCodesToRetry);
    }
}
