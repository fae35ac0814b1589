using FleetChat.Functions.Security;

namespace FleetChat.Tests.Conventions;

public sealed class TriggerTests
{
    /// <summary>What anybody may read: whether the host lives, how its API is called, and what comes after a payment page. None of it touches a tenant's data.</summary>
    private static readonly string[] Open = ["api/docs", "api/openapi.json", "health/live", "health/ready", "payment/{outcome}"];

    private static readonly Lazy<IReadOnlyList<Triggers.Function>> s_functions = new(() => Triggers.FunctionsIn(Sources.Functions));

    private static IEnumerable<Triggers.Function> HttpFunctions => s_functions.Value.Where(f => f.HttpTrigger is not null);

    [Fact]
    public void Every_function_is_one_that_the_real_host_loads_and_no_key_of_the_host_opens()
        => Findings.AssertNone(Triggers.Broken(s_functions.Value));

    [Fact]
    public void Only_the_routes_named_here_are_open() => Assert.Equal(Open.Order(), OpenRoutes.Names.Select(RouteOf).Order());

    [Fact]
    public void Webhooks_and_signed_links_and_nothing_else_are_guarded_by_a_signature()
        => Assert.Equal(
            HttpFunctions.Where(f => f.Route!.Split('/').Contains("webhook") || f.Route is "media/{token}" or "pay/{token}").Select(f => f.Name).Order(),
            SignedRoutes.Names.Order());

    [Fact]
    public void Every_other_route_is_the_apis()
        => Findings.AssertNone(HttpFunctions
            .Where(f => !OpenRoutes.Names.Contains(f.Name) && !SignedRoutes.Names.Contains(f.Name) && !f.Route!.StartsWith("api/", StringComparison.Ordinal))
            .Select(f => f.Name));

    [Fact]
    public void A_good_function_is_found_good()
    {
        var functions = FunctionsIn(Good);

        Assert.Equal("api/things/{id}", Assert.Single(functions).Route);
        Assert.Empty(Triggers.Broken(functions));
    }

    [Theory]
    [InlineData("Anonymous", "Function", "level")]
    [InlineData("AuthorizationLevel.Anonymous, ", "", "level")]
    [InlineData("api/things", "admin/things", "refuses to start")]
    [InlineData("api/things", "Runtime/things", "refuses to start")]
    [InlineData(", Route = \"api/things/{id}\"", "", "no route")]
    [InlineData("public sealed class Things", "internal sealed class Things", "public")]
    [InlineData("string[]? Nudges", "string? Nudges", "string[]")]
    [InlineData("string[]? Nudges", "string[]? Request", "two bindings")]
    [InlineData("// another", "[Function(\"getthing\")] public string Again([HttpTrigger(AuthorizationLevel.Anonymous, Route = \"api/x\")] object r) => Name;", "the name of 2")]
    public void A_broken_rule_is_found(string part, string other, string said)
    {
        Assert.Contains(part, Good, StringComparison.Ordinal);
        var broken = Assert.Single(Triggers.Broken(FunctionsIn(Good.Replace(part, other, StringComparison.Ordinal))));
        Assert.Contains(said, broken, StringComparison.Ordinal);
    }

    private const string Good = """
        using Microsoft.Azure.Functions.Worker;

        public sealed class Things
        {
            private const string Name = "GetThing";

            [Function(Name)]
            public Task<Answer> GetThing([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/things/{id}")] object request, string id)
                => Task.FromResult(new Answer { Nudges = [id] });

            // another
        }

        public sealed class Answer
        {
            [HttpResult]
            public object? Response { get; set; }

            [QueueOutput("nudges")]
            public string[]? Nudges { get; set; }
        }
        """;

    // A name that is no function's would wait, open, for the function that takes it.
    private static string RouteOf(string name) => HttpFunctions.SingleOrDefault(f => f.Name == name)?.Route ?? $"no function is called {name}";

    private static IReadOnlyList<Triggers.Function> FunctionsIn(string source) => Triggers.FunctionsIn(Sources.CompileWithWorker(source));
}
