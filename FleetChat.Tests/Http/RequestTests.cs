using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Http;

/// <summary>How requests are read. The route that takes a message has a queue output beside its answer; the other has none.</summary>
public sealed class RequestTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private string WithQueueOutput => $"/api/drivers/{api.A.Driver}/messages";

    private string WithoutQueueOutput => $"/api/conversations/{api.A.Conversation}/take";

    [Fact]
    public void Both_kinds_of_routes_are_what_they_are_called()
    {
        Assert.True(Route.All.Single(route => route.Function == "PostDriverMessage").HasQueueOutput);
        Assert.False(Route.All.Single(route => route.Function == "PostConversationTake").HasQueueOutput);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_over_one_MiB_gets_413(bool queueOutput)
    {
        using var response = await api.A.PostAsync(Path(queueOutput), $$"""{"text":"{{new string('x', 1024 * 1024)}}"}""");

        await HttpAssert.ProblemAsync(response, HttpStatusCode.RequestEntityTooLarge, "request.too_large");
    }

    [Theory]
    [InlineData("/api/drivers", """{"samsara_driver_id":"9\u0000","name":"a"}""", "$.samsara_driver_id")]
    [InlineData("/api/webhook-endpoints", """{"url":"https://example.com/","types":["a","b\u0000"]}""", "$.types[1]")]
    [InlineData("/api/drivers", """{"a\u0000":"9"}""", "$")]
    public async Task Character_that_the_database_cannot_keep_gets_400_and_its_place(string path, string json, string field)
    {
        using var response = await api.A.PostAsync(path, json);

        var problem = await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "request.nul");
        Assert.Contains(field, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_character_gets_400()
    {
        using var response = await api.A.PostAsync("/api/drivers", """{"samsara_driver_id":"9","name":"\ud800 and \u0000"}""");

        await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "request.json_invalid");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chunked_body_gets_411(bool queueOutput)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path(queueOutput)) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = true;

        using var response = await api.A.SendAsync(request);

        var problem = await HttpAssert.ProblemAsync(response, HttpStatusCode.LengthRequired, "request.length_required");
        Assert.Contains("Content-Length", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "text/plain")]
    [InlineData(true, "application/json; charset=utf-16")]
    [InlineData(true, null)]
    [InlineData(false, "application/x-www-form-urlencoded")]
    public async Task Body_that_is_not_called_JSON_gets_415(bool queueOutput, string? contentType)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path(queueOutput)) { Content = content };

        using var response = await api.A.SendAsync(request);

        await HttpAssert.ProblemAsync(response, HttpStatusCode.UnsupportedMediaType, "request.unsupported_media_type");
    }

    [Theory]
    [InlineData(true, "{\"text\":", "$.text")]
    [InlineData(true, "{\"text\":5}", "$.text")]
    [InlineData(true, "{\"text\":\"a\",\"colour\":\"red\"}", "$.colour")]
    [InlineData(true, "{\"text\":\"a\",\"text\":\"b\"}", "$.text")]
    [InlineData(true, "[]", "$")]
    [InlineData(true, "null", "$")]
    [InlineData(true, "", "$")]
    [InlineData(false, "{\"from_others\":\"no\"}", "$.from_others")]
    [InlineData(false, "{\"fromOthers\":null}", "$.fromOthers")]
    public async Task Wrong_JSON_gets_400_with_the_path_of_the_field(bool queueOutput, string json, string field)
    {
        using var response = await api.A.PostAsync(Path(queueOutput), json);

        Assert.Equal(field, HttpAssert.Field(await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "request.json_invalid")));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"text\":null}")]
    [InlineData("{\"text\":\" \"}")]
    public async Task Error_of_a_use_case_gets_its_status_beside_a_queue_output(string json)
    {
        using var response = await api.A.PostAsync(WithQueueOutput, json);

        Assert.Equal("$.text", HttpAssert.Field(await HttpAssert.ProblemAsync(response, HttpStatusCode.BadRequest, "messaging.text_length")));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("driver_id=no-id", "driver_id")]
    [InlineData("direction=sideways", "direction")]
    [InlineData("cursor=made-up", "cursor")]
    [InlineData("drivr_id=0199b0a0-0000-7000-8000-000000000001", "drivr_id")]
    public async Task Wrong_parameter_gets_400_with_its_name(string query, string parameter)
    {
        using var response = await api.A.GetAsync($"/api/messages?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains($"\"field\":\"{parameter}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_are_readable_and_neither_cached_nor_taken_for_anything_but_JSON()
    {
        using var response = await api.A.GetAsync("/api/drivers");

        Assert.Contains("\"+15558231000\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    private string Path(bool queueOutput) => queueOutput ? WithQueueOutput : WithoutQueueOutput;
}
