namespace FleetChat.Tests.Conventions;

public sealed class TriggerTests
{
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

    private static IReadOnlyList<Triggers.Function> FunctionsIn(string source) => Triggers.FunctionsIn(Sources.CompileWithWorker(source));
}
