namespace FleetChat.Tests.Conventions;

public sealed class ErrorPlaceTests
{
    /// <summary>Where errors are made all the same: file and member, and why nothing is missing in the catalogue.</summary>
    private static readonly Dictionary<(string File, string Member), string> Exceptions = new()
    {
        [("FleetChat.Functions/Http/ProblemResponses.cs", "Of")] = "Says of an error what the error says.",
    };

    private static readonly Lazy<IReadOnlyList<ErrorFinding>> s_inProduct = new(() => ErrorPlaces.OutsideOfTheCatalog(Sources.Product));

    [Fact]
    public void Every_error_is_made_where_the_catalogue_sees_it()
        => Findings.AssertNone(s_inProduct.Value.Where(f => !Exceptions.ContainsKey((f.File, f.Member))));

    [Fact]
    public void Every_exception_is_still_needed()
        => Findings.AssertNone(Exceptions.Keys.Except(s_inProduct.Value.Select(f => (f.File, f.Member))));

    [Theory]
    [InlineData("""public Error Run() => Error.Invalid("a.b", "Do this.");""")]
    [InlineData("""public Error Run() => new(1, "a.b", "Do this.");""")]
    [InlineData("""public Error Run() => new Error(1, "a.b", "Do this.");""")]
    [InlineData("""public object Run() => Row("a.b", "Do this.");""")]
    [InlineData("""public static Error? Run(string text) => text == "" ? Error.Invalid("a.b", "Do this.") : null;""")]
    [InlineData("""public static Error Run(DateTime at) => Error.Invalid("a.b", $"Do this by {at}.");""")]
    [InlineData("""public static readonly Error[] Run = [Error.Invalid("a.b", "Do this.")];""")]
    [InlineData("""public static Func<Error> Run = () => Error.Invalid("a.b", "Do this.");""")]
    [InlineData("""public Error Run() => Known with { Code = "a.b" };""")]
    public void Error_that_the_catalogue_would_miss_is_found(string member) => Assert.Single(FindingsIn(member));

    [Theory]
    [InlineData("""public static readonly Error Run = Error.Invalid("a.b", "Do this.");""")]
    [InlineData("""public static readonly Error Run = Row("a.b", "Do this.");""")]
    [InlineData("""public static Error Run => new(1, "a.b", "Do this.");""")]
    [InlineData("""public static Error Run(string scope, int longest) => Error.Invalid("a.b", $"Do {scope} in {longest}.");""")]
    [InlineData("""public static Error Run(IEnumerable<string> scopes) => Error.Invalid("a.b", string.Join(", ", scopes));""")]
    [InlineData("""public Error? Run(string text) => text == "" ? Known : null;""")]
    [InlineData("""public Error Run() => Known with { Field = "$.b" };""")]
    public void Error_that_the_catalogue_sees_passes(string member) => Assert.Empty(FindingsIn(member));

    private static IReadOnlyList<ErrorFinding> FindingsIn(string member) => ErrorPlaces.OutsideOfTheCatalog([Sources.Compile(
        """
        namespace FleetChat.Core;

        public sealed record Error(int Kind, string Code, string Message)
        {
            public string? Field { get; init; }

            public static Error Invalid(string code, string message) => new(1, code, message);
        }
        """,
        $$"""
        #nullable enable
        using FleetChat.Core;

        public sealed class Small
        {
            private static readonly Error Known = Error.Invalid("a.known", "Do that.");

            {{member}}

            private static Error Row(string code, string message) => Error.Invalid(code, message);
        }
        """)]);
}
