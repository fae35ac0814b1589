using System.Net;
using System.Text;
using System.Text.Json;
using FleetChat.Core.Samsara;
using FleetChat.Simulators.Samsara;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Samsara;

/// <summary>The client against the simulator, and against answers that no simulator gives.</summary>
public sealed class SamsaraClientTests : IAsyncLifetime, IDisposable
{
    private const long Org = 5005929;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 2, 15, 0, 0, TimeSpan.Zero));
    private readonly HttpClient _http = new();
    private SamsaraSimulator _samsara = null!;
    private SamsaraAccess _access = null!;
    private SamsaraClient _client = null!;

    public async Task InitializeAsync()
    {
        _samsara = await SamsaraSimulator.StartAsync(new() { Clock = _clock });
        await _samsara.Control.AddOrgAsync(new(Org, "North Haulage", "token"));
        _access = new(_samsara.Address, "token");
        _client = new(_http);
    }

    public async Task DisposeAsync() => await _samsara.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Lists_come_whole_over_all_their_pages()
    {
        for (var number = 0; number < 600; number++) await _samsara.Control.AddDriverAsync(Org, new($"driver {number}", $"{1000 + number}"));

        var active = await _client.ListDriversAsync(_access, isActive: true, tag: "", default);
        var deactivated = await _client.ListDriversAsync(_access, isActive: false, tag: "", default);

        Assert.Equal(600, active.Select(d => d.GetProperty("id").GetString()).Distinct().Count());
        Assert.Empty(deactivated);
    }

    [Fact]
    public async Task Routes_are_listed_by_time_and_written_without_their_stops()
    {
        var driver = await _samsara.Control.AddDriverAsync(Org, new("Ana"));
        var route = await AddRouteAsync(driver);
        await AddRouteAsync(driver, TimeSpan.FromDays(30));

        var listed = Assert.Single(await _client.ListRoutesAsync(_access, Now.AddDays(-1), Now.AddDays(1), default));
        await _client.ChangeRouteAsync(_access, route.Id, new("gate 4", new Dictionary<string, string> { ["fleetchat"] = "é+/" }), default);
        var one = await _client.GetRouteAsync(_access, route.Id, default);

        Assert.Equal(route.Id, listed.GetProperty("id").GetString());
        Assert.Equal(("gate 4", "é+/", 2), (one.GetProperty("notes").GetString(), one.GetProperty("externalIds").GetProperty("fleetchat").GetString(), one.GetProperty("stops").GetArrayLength()));
    }

    [Fact]
    public async Task Who_drives_what_he_does_and_how_fast_are_read()
    {
        var (driver, codriver) = (await _samsara.Control.AddDriverAsync(Org, new("Ana")), await _samsara.Control.AddDriverAsync(Org, new("Bo")));
        var vehicle = await _samsara.Control.AddVehicleAsync(Org, new("Truck 7"));
        await _samsara.Control.AssignAsync(Org, new(driver, vehicle));
        await _samsara.Control.AssignAsync(Org, new(codriver, vehicle, IsPassenger: true));
        await _samsara.Control.ChangeDriverAsync(Org, driver, new(DutyStatus: "driving"));
        await _samsara.Control.MoveVehicleAsync(Org, vehicle, new(31, -97, 55));

        var assignments = await _client.ListAssignmentsAsync(_access, [vehicle], Now.AddHours(-1), Now.AddHours(1), default);
        var duties = await _client.ListDutiesAsync(_access, [driver], default);
        var speeds = await _client.ListSpeedsAsync(_access, [vehicle], default);

        Assert.Equal([new(vehicle, driver, Now, null, false), new(vehicle, codriver, Now, null, true)], assignments);
        Assert.Equal([new(driver, "driving")], duties);
        Assert.Equal(55, Assert.Single(speeds).MilesPerHour);
        Assert.Empty(await _client.ListAssignmentsAsync(_access, [], Now, Now, default));
    }

    [Fact]
    public async Task Documents_are_handed_in_and_messages_sent_to_the_drivers_app()
    {
        var driver = await _samsara.Control.AddDriverAsync(Org, new("Ana"));
        var type = await _samsara.Control.AddDocumentTypeAsync(Org, new("POD", new Dictionary<string, string> { ["Link"] = "string" }));
        using var fields = JsonDocument.Parse("""[{"label":"Link","type":"string","value":{"stringValue":"https://example.com"}}]""");

        var id = await _client.CreateDocumentAsync(_access, new(type, driver, fields.RootElement) { Notes = "2 pages" }, default);
        await _client.SendMessageAsync(_access, driver, new string('x', 3000), default);

        Assert.StartsWith(driver, id, StringComparison.Ordinal);
        Assert.Equal(type, Assert.Single(await _client.ListDocumentTypesAsync(_access, default)).GetProperty("id").GetString());
        Assert.All((await _samsara.Control.JournalAsync()).Where(e => e.Kind == "rest.request"), entry => Assert.Equal(200, entry.Data.GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task Quiet_that_is_asked_for_may_be_a_fraction_of_a_second()
    {
        await _samsara.Control.FailCallsAsync(new(429, RetryAfterSeconds: 0.40235m));

        var exception = await Assert.ThrowsAsync<SamsaraException>(() => _client.GetRouteAsync(_access, "1", default));

        Assert.Equal((SamsaraFailure.RateLimited, TimeSpan.FromSeconds(0.40235)), (exception.Failure, exception.RetryAfter));
    }

    [Fact]
    public async Task Bare_string_of_the_old_api_is_an_error_as_any_other()
    {
        var exception = await Assert.ThrowsAsync<SamsaraException>(() => _client.SendMessageAsync(_access, "123", "hello", default));

        Assert.Equal((SamsaraFailure.NotFound, null), (exception.Failure, exception.RequestId));
    }

    [Theory]
    [InlineData(401, SamsaraFailure.Refused)]
    [InlineData(403, SamsaraFailure.Refused)]
    [InlineData(404, SamsaraFailure.NotFound)]
    [InlineData(400, SamsaraFailure.Invalid)]
    [InlineData(429, SamsaraFailure.RateLimited)]
    [InlineData(500, SamsaraFailure.Transient)]
    [InlineData(503, SamsaraFailure.Transient)]
    public async Task Status_says_what_to_do(int status, SamsaraFailure failure)
    {
        await _samsara.Control.FailCallsAsync(new(status));

        var exception = await Assert.ThrowsAsync<SamsaraException>(() => _client.ListDriversAsync(_access, true, "", default));

        Assert.Equal((failure, status), (exception.Failure, exception.Status));
        Assert.NotNull(exception.RequestId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tok\nen")]
    [InlineData("a wrong one")]
    public async Task Token_that_is_none_is_refused(string token)
        => Assert.Equal(SamsaraFailure.Refused, (await Assert.ThrowsAsync<SamsaraException>(() => _client.ListDriversAsync(_access with { Token = token }, true, "", default))).Failure);

    [Theory]
    [InlineData("""{"data":[],"pagination":{"endCursor":"","hasNextPage":true}}""")]
    [InlineData("""{"data":[],"pagination":{"endCursor":"round and round","hasNextPage":true}}""")]
    [InlineData("""{"pagination":{"endCursor":"","hasNextPage":false}}""")]
    [InlineData("""{"data":{}}""")]
    [InlineData("<html>maintenance</html>")]
    [InlineData("")]
    public async Task List_that_is_not_whole_is_none(string page)
    {
        var client = Answering(_ => new(HttpStatusCode.OK) { Content = new StringContent(page) });

        Assert.Equal(SamsaraFailure.Transient, (await Assert.ThrowsAsync<SamsaraException>(() => client.ListRoutesAsync(_access, Now, Now, default))).Failure);
    }

    [Fact]
    public async Task Page_that_fails_fails_the_list_and_one_that_comes_too_soon_is_waited_for()
    {
        const string first = """{"data":[{"id":"1"}],"pagination":{"endCursor":"a b","hasNextPage":true}}""";
        const string second = """{"data":[{"id":"2"}],"pagination":{"endCursor":"","hasNextPage":false}}""";
        var tooSoon = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        tooSoon.Headers.TryAddWithoutValidation("Retry-After", "0.01");
        var answers = new Queue<HttpResponseMessage>([Ok(first), tooSoon, Ok(second), Ok(first), new(HttpStatusCode.BadGateway)]);
        var asked = new List<string>();
        var client = Answering(request =>
        {
            asked.Add(request.RequestUri!.Query);
            return answers.Dequeue();
        });

        Assert.Equal(2, (await client.ListVehiclesAsync(_access, "t 1", default)).Count);
        await Assert.ThrowsAsync<SamsaraException>(() => client.ListVehiclesAsync(_access, "", default));

        Assert.Equal(["?parentTagIds=t%201", "?parentTagIds=t%201&after=a%20b", "?parentTagIds=t%201&after=a%20b", "", "?after=a%20b"], asked);

        static HttpResponseMessage Ok(string json) => new(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
    }

    [Fact]
    public async Task Line_that_breaks_is_trouble_that_may_pass()
    {
        var client = Answering(_ => throw new HttpRequestException("no route"));

        var exception = await Assert.ThrowsAsync<SamsaraException>(() => client.GetDriverAsync(_access, "1", default));

        Assert.Equal((SamsaraFailure.Transient, 0), (exception.Failure, exception.Status));
    }

    private DateTimeOffset Now => _clock.GetUtcNow();

    private Task<RouteView> AddRouteAsync(string driver, TimeSpan ahead = default)
        => _samsara.Control.AddRouteAsync(Org, new("Load", [new("Yard", Now + ahead), new("Mill", Now + ahead + TimeSpan.FromHours(2))], DriverId: driver));

    private static SamsaraClient Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) => new(new HttpClient(new Answers(answer)));

    private sealed class Answers(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }
}
