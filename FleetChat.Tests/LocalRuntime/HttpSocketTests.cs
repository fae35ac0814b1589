using System.Text;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>Requests that no client library would send, and clients that misbehave.</summary>
public sealed class HttpSocketTests(HttpSocketTests.Host fixture) : IClassFixture<HttpSocketTests.Host>
{
    private const string Good = "GET /echo/good HTTP/1.1\r\nHost: x\r\n\r\n";
    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";

    private Uri Address => fixture.Runtime.Server.Address;

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404)]
    [InlineData("CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 404)]
    [InlineData("GET http://x/echo/absolute HTTP/1.1\r\nHost: x\r\n\r\n", 200)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404)]
    [InlineData("GET //echo/x HTTP/1.1\r\nHost: x\r\n\r\n", 404)]
    [InlineData("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404)]
    [InlineData("POST /log HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 404)]
    [InlineData("BREW /echo/tea HTTP/1.1\r\nHost: x\r\n\r\n", 200)]
    [InlineData("BREW /log HTTP/1.1\r\nHost: x\r\n\r\n", 404)]
    [InlineData("GET /echo/x HTTP/1.0\r\n\r\n", 200)]
    [InlineData("GET /echo/x HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /echo/x HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400)]
    [InlineData("GET /echo/x HTTP/2.0\r\nHost: x\r\n\r\n", 505)]
    [InlineData("GET /echo/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 200)]
    [InlineData("GET /echo/% HTTP/1.1\r\nHost: x\r\n\r\n", 200)]
    [InlineData("GET /echo/%c3%28 HTTP/1.1\r\nHost: x\r\n\r\n", 200)]
    [InlineData("GET /echo/x?a=%zz&%&=&a&&a=%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n", 200)]
    [InlineData("GET /echo/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET /echo/x\0y HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET /echo/x HTTP/1.1\r\nHost: x\r\nX-Bad: a\0b\r\n\r\n", 400)]
    [InlineData("POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", 400)]
    [InlineData("not http at all\r\n\r\n", 400)]
    public async Task Odd_requests_are_answered(string request, int status)
    {
        Assert.Equal(status, (await RawHttp.AskAsync(Address, request)).Status);
        Assert.Equal((200, "GET good 0"), await RawHttp.AskAsync(Address, Good));
    }

    [Fact]
    public async Task An_answer_to_HEAD_has_no_body()
    {
        using var raw = await RawHttp.ConnectAsync(Address);

        await raw.SendAsync("HEAD /echo/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        var answer = await raw.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_sent_in_one_go_are_answered_in_their_order()
    {
        using var raw = await RawHttp.ConnectAsync(Address);

        await raw.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(i => $"POST /echo/{i} HTTP/1.1\r\nHost: x\r\nContent-Length: {i}\r\n\r\n{new string('b', i)}")));

        for (var i = 0; i < 20; i++) Assert.Equal((200, $"POST {i} {i}"), await raw.ReadAsync());
    }

    [Theory]
    [InlineData(8_000, 200)]
    [InlineData(9_000, 414)]
    [InlineData(100_000, 414)]
    public async Task A_very_long_address_is_refused(int length, int status)
        => Assert.Equal(status, (await RawHttp.AskAsync(Address, $"GET /echo/{new string('a', length)} HTTP/1.1\r\nHost: x\r\n\r\n")).Status);

    [Theory]
    [InlineData(1, 30_000, 200)]
    [InlineData(1, 40_000, 431)]
    [InlineData(90, 10, 200)]
    [InlineData(200, 10, 431)]
    public async Task Very_long_and_very_many_headers_are_refused(int count, int length, int status)
    {
        var headers = string.Concat(Enumerable.Range(0, count).Select(i => $"X-{i}: {new string('h', length)}\r\n"));
        Assert.Equal(status, (await RawHttp.AskAsync(Address, $"GET /echo/x HTTP/1.1\r\nHost: x\r\n{headers}\r\n")).Status);
    }

    [Fact]
    public async Task A_body_over_100_MB_is_answered_with_500()
    {
        using var raw = await RawHttp.ConnectAsync(Address);
        var megabyte = new byte[1024 * 1024];

        await raw.SendAsync("POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 104857601\r\n\r\n");
        for (var i = 0; i < 100; i++) await raw.SendAsync(megabyte);
        await raw.SendAsync("!");

        Assert.Equal(500, (await raw.ReadAsync()).Status);
        await raw.SendAsync(Good);
        Assert.Equal((200, "GET good 0"), await raw.ReadAsync());
    }

    [Fact]
    public async Task A_body_in_chunks_arrives_empty_and_the_connection_goes_on()
    {
        using var raw = await RawHttp.ConnectAsync(Address);

        await raw.SendAsync("POST /echo/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + Good);

        Assert.Equal((200, "POST x 0"), await raw.ReadAsync());
        Assert.Equal((200, "GET good 0"), await raw.ReadAsync());
    }

    [Fact]
    public async Task Who_announces_much_and_sends_little_takes_no_memory_and_holds_up_nobody()
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var slow = new List<RawHttp>();
        try
        {
            for (var i = 0; i < 60; i++)
            {
                slow.Add(await RawHttp.ConnectAsync(Address));
                await slow[^1].SendAsync("POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nb");
            }
            for (var i = 0; i < 20; i++) Assert.Equal((200, "GET good 0"), await RawHttp.AskAsync(Address, Good));

            Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 3_000_000_000);
        }
        finally
        {
            foreach (var connection in slow) connection.Dispose();
        }
    }

    [Fact]
    public async Task Idle_connections_and_half_requests_hold_up_nobody()
    {
        var idle = new List<RawHttp>();
        try
        {
            for (var i = 0; i < (s_isLong ? 3_000 : 300); i++)
            {
                idle.Add(await RawHttp.ConnectAsync(Address));
                if (i % 3 == 1) await idle[^1].SendAsync("GET /echo/x HTT");
                if (i % 3 == 2) await idle[^1].SendAsync("POST /echo/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
            }

            var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawHttp.AskAsync(Address, Good)));

            Assert.All(answers, answer => Assert.Equal((200, "GET good 0"), answer));
        }
        finally
        {
            foreach (var connection in idle) connection.Dispose();
        }
    }

    [Fact]
    public async Task A_request_that_is_still_being_sent_does_not_hold_the_clock()
    {
        var start = new DateTimeOffset(2027, 3, 1, 9, 59, 0, TimeSpan.Zero);
        await using var app = await RuntimeApp.CreateAsync();
        await app.Clock.FreezeAsync(start);
        var host = await app.StartHostAsync("one");
        using var slow = await RawHttp.ConnectAsync(host.Server.Address);
        await slow.SendAsync("POST /name HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");

        await app.Clock.StepToAsync(start.AddHours(1), new() { ShortestPeriod = TimeSpan.FromMinutes(10) }).WaitAsync(TimeSpan.FromSeconds(4));

        await slow.SendAsync(" whole");
        Assert.Equal(200, (await slow.ReadAsync()).Status);
    }

    [Fact]
    public async Task A_body_that_ends_early_is_no_error_of_the_function()
    {
        using var raw = await RawHttp.ConnectAsync(Address);

        await raw.SendAsync("POST /echo/early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
        raw.EndSending();

        Assert.DoesNotContain("200", await raw.ReadToEndAsync() ?? "no end", StringComparison.Ordinal);
        Assert.Equal((200, "GET good 0"), await RawHttp.AskAsync(Address, Good));
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_its_call()
    {
        var log = fixture.App.Log;
        var cancelled = log.Of("Wait").Count(w => w == "cancelled");
        using (var raw = await RawHttp.ConnectAsync(Address))
        {
            await raw.SendAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
            await Until.TrueAsync(() => log.Of("Wait").Count(w => w == "begun") > cancelled, because: "the call to begin");
        }

        await Until.TrueAsync(() => log.Of("Wait").Count(w => w == "cancelled") > cancelled, because: "the call to be cancelled");
    }

    [Fact]
    public async Task A_stop_that_runs_out_of_time_cancels_calls_and_cuts_their_callers_off()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");
        using var raw = await RawHttp.ConnectAsync(host.Server.Address);
        using var half = await RawHttp.ConnectAsync(host.Server.Address);
        using var idle = await RawHttp.ConnectAsync(host.Server.Address);
        await raw.SendAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
        await half.SendAsync("POST /name HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
        await Until.TrueAsync(() => app.Log.Of("Wait").Count == 1, because: "the call to begin");

        using var time = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await host.StopAsync(time.Token).WaitAsync(TimeSpan.FromSeconds(15));

        await Until.TrueAsync(() => app.Log.Of("Wait").Count == 2, because: "the call to be cancelled");
        Assert.Equal("", await raw.ReadToEndAsync());
        Assert.NotNull(await half.ReadToEndAsync());
        Assert.Equal("", await idle.ReadToEndAsync());
    }

    [Fact]
    public async Task Whatever_is_sent_the_host_answers_or_closes_and_goes_on()
    {
        var random = new Random(20270301);
        for (var i = 0; i < (s_isLong ? 5_000 : 200); i++)
        {
            using var raw = await RawHttp.ConnectAsync(Address);
            var request = Spoiled(random);
            try
            {
                await raw.SendAsync(request);
                raw.EndSending();
            }
            catch (IOException)
            {
                // It was refused before it was sent.
            }
            Assert.True(await raw.ReadToEndAsync() is not null, $"no end after {Encoding.Latin1.GetString(request)}");
        }
        Assert.Equal((200, "GET good 0"), await RawHttp.AskAsync(Address, Good));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"name\":null}")]
    [InlineData("{\"other\":1,\"other\":{\"a\":[1,{}]}}")]
    [InlineData("{\"n\":1e999999,\"m\":123456789012345678901234567890,\"d\":\"2020-01-01T00:00:00+99:00\"}")]
    [InlineData("{\"\":1,\"$type\":\"System.Object\",\"__proto__\":2}")]
    [InlineData("{\"a\":/* comment */1,}")]
    [InlineData("{\"a\":\u00ff\u00fe}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"a\":1} {\"b\":2}")]
    [InlineData("{{{{}}}}")]
    [InlineData("{\"a\"")]
    public async Task Odd_JSON_reaches_the_function(string json)
    {
        var answer = await RawHttp.AskAsync(Address, $"POST /name HTTP/1.1\r\nHost: x\r\nContent-Length: {json.Length}\r\n\r\n{json}");

        Assert.Equal((200, "none"), answer);
    }

    [Fact]
    public async Task JSON_nested_without_end_reaches_the_function()
    {
        var json = "{\"a\":" + new string('[', 200_000) + new string(']', 200_000) + "}";

        Assert.Equal((200, "none"), await RawHttp.AskAsync(Address, $"POST /name HTTP/1.1\r\nHost: x\r\nContent-Length: {json.Length}\r\n\r\n{json}"));
    }

    /// <summary>A good request with a few bytes changed, left out or doubled.</summary>
    private static byte[] Spoiled(Random random)
    {
        var bytes = Encoding.Latin1.GetBytes("POST /name?a=1&b=%20 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nCookie: a=b; c=d\r\nContent-Length: 14\r\n\r\n{\"name\":\"Ann\"}").ToList();
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            if (random.Next(3) == 0) bytes.RemoveAt(at);
            else if (random.Next(2) == 0) bytes[at] = (byte)random.Next(256);
            else bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(40), bytes.Count - at)));
        }
        return [.. bytes];
    }

    /// <summary>One host for all of these.</summary>
    public sealed class Host : IAsyncLifetime
    {
        public RuntimeApp App { get; private set; } = null!;

        public RuntimeHost Runtime { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            App = await RuntimeApp.CreateAsync();
            Runtime = await App.StartHostAsync("sockets");
        }

        public async Task DisposeAsync() => await App.DisposeAsync();
    }
}
