using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using FleetChat.Core.Data;
using FleetChat.Tests.Security;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.Http;

public sealed class CorrelationTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Header = "X-Correlation-Id";
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string TraceParent = $"00-{Trace}-b7ad6b7169203331-01";

    public static TheoryData<string> Functions => [.. Route.All.Select(route => route.Function)];

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task Every_route_names_the_request_in_its_answer_whatever_it_is(string function)
    {
        var route = Route.All.Single(r => r.Function == function);
        using var client = new HttpClient { BaseAddress = api.Host.Address };
        using var request = new HttpRequestMessage(new(route.Method), route.Path.Replace('{', '-').Replace('}', '-'));
        request.Headers.Add(Header, "shift-7/order.12");

        using var response = await client.SendAsync(request);

        Assert.Equal("shift-7/order.12", IdOf(response));
    }

    [Theory]
    [InlineData("/api/drivers", HttpStatusCode.OK)]
    [InlineData("/api/drivers/no-id", HttpStatusCode.NotFound)]
    [InlineData("/api/drivers?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/api/keys", HttpStatusCode.Forbidden)]
    [InlineData("/health/live", HttpStatusCode.OK)]
    [InlineData("/api/whatsapp/webhook", HttpStatusCode.BadRequest)]
    public async Task Answer_of_every_status_bears_the_callers_id(string path, HttpStatusCode status)
    {
        using var response = await AskAsync((Header, "mine"), path);

        Assert.Equal((status, "mine"), (response.StatusCode, IdOf(response)));
    }

    [Fact]
    public async Task Answer_beside_a_queue_output_bears_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/drivers/{api.A.Driver}/messages") { Content = new StringContent("""{"text":"Gate 7."}""", null, "application/json") };
        request.Headers.Add(Header, "mine");

        using var response = await api.A.SendAsync(request);

        Assert.Equal((HttpStatusCode.Accepted, "mine"), (response.StatusCode, IdOf(response)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(128)]
    public async Task Id_of_every_allowed_length_is_taken(int length)
    {
        using var response = await AskAsync((Header, new string('~', length)));

        Assert.Equal(new string('~', length), IdOf(response));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a\tb")]
    [InlineData("129")]
    public async Task What_is_no_id_is_ignored_and_the_request_named_anew(string id)
    {
        var given = id == "129" ? new string('x', 129) : id;
        using var response = await AskAsync((Header, given));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotEqual(given, IdOf(response));
        Assert.InRange(IdOf(response).Length, 32, 36);
    }

    [Fact]
    public async Task Callers_trace_names_the_request_unless_he_gives_an_id()
    {
        using var traced = await AskAsync(("traceparent", TraceParent));
        using var named = await AskAsync(("traceparent", TraceParent), more: (Header, "mine"));

        Assert.Equal((Trace, "mine"), (IdOf(traced), IdOf(named)));
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("nonsense")]
    public async Task Trace_that_is_none_is_ignored(string traceParent)
    {
        using var response = await AskAsync(("traceparent", traceParent));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotEqual(Trace, IdOf(response), StringComparer.OrdinalIgnoreCase);
        Assert.NotEqual(new string('0', 32), IdOf(response));
    }

    [Fact]
    public async Task Two_requests_have_two_names()
    {
        using var one = await api.A.GetAsync("/api/drivers");
        using var two = await api.A.GetAsync("/api/drivers");

        Assert.NotEqual(IdOf(one), IdOf(two));
    }

    [Fact]
    public async Task Repeat_of_a_request_has_its_own_name()
    {
        using var first = await api.A.PostAsync($"/api/conversations/{api.A.Conversation}/take", "{}", "named");
        using var repeat = await api.A.PostAsync($"/api/conversations/{api.A.Conversation}/take", "{}", "named");

        Assert.True(repeat.Headers.Contains("Idempotent-Replayed"));
        Assert.NotEqual(IdOf(first), IdOf(repeat));
    }

    [Fact]
    public async Task Log_lines_and_the_audit_trail_call_the_request_so()
    {
        var log = new ScopedLog();
        await using var host = await ApiHost.StartAsync("correlated", configure: builder => builder.Logging.AddProvider(log));
        using var company = await ApiCompany.SetUpAsync(host, "named_haulage_001");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tenants/other_haulage_001");
        request.Headers.Add(Header, "mine");

        using var response = await company.SendAsync(request);

        Assert.Equal((HttpStatusCode.Forbidden, "mine"), (response.StatusCode, IdOf(response)));
        Assert.Contains(log.Lines, line => line is ("GetTenantById refused a request: access.denied", "mine"));
        Assert.Equal("mine", await host.Database.ScalarAsAdminAsync<string>("""
            select correlation
            from fleet.audit_entries
            where tenant_id = $1
              and action = 'access.denied'
            """, P.Text(company.Tenant.Value)));
    }

    [Fact]
    public async Task Work_of_a_request_goes_on_with_the_callers_trace()
    {
        var traces = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.Azure.Functions.Worker",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => traces.Enqueue($"{activity.DisplayName} {activity.TraceId} {activity.ParentSpanId}"),
        };
        ActivitySource.AddActivityListener(listener);

        using var response = await AskAsync(("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));

        await Until.TrueAsync(() => traces.Contains("GET /api/drivers 4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7"), because: "the span of the request to end");
    }

    private static string IdOf(HttpResponseMessage response) => response.Headers.GetValues(Header).Single();

    private async Task<HttpResponseMessage> AskAsync((string Name, string Value) header, string path = "/api/drivers", (string Name, string Value)? more = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        if (more is var (name, value)) request.Headers.Add(name, value);
        return await api.A.SendAsync(request);
    }

    private sealed class ScopedLog : ILoggerProvider, ILogger, ISupportExternalScope
    {
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public ConcurrentQueue<(string Line, object? Correlation)> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            object? correlation = null;
            _scopes.ForEachScope((scope, _) => correlation = (scope as IEnumerable<KeyValuePair<string, object>>)?.FirstOrDefault(item => item.Key == "CorrelationId").Value ?? correlation, correlation);
            Lines.Enqueue((formatter(state, exception), correlation));
        }

        public void Dispose()
        {
        }
    }
}
