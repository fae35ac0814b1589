namespace FleetChat.Tests.Conventions;

public sealed class SqlTextTests
{
    /// <summary>Where SQL is put together all the same: file and member, and why it cannot be a parameter.</summary>
    private static readonly Dictionary<(string File, string Member), string> Exceptions = new()
    {
        [("FleetChat.Core/Data/AdministratorConnection.cs", "ExecuteAsync")] =
            "Creating roles and databases takes no parameters; the server's own format() quotes names and passwords into a constant text.",
        [("FleetChat.Core/Data/TenantDb.cs", "SaveAsync")] =
            "A savepoint's name takes no parameter; it is a constant of whoever saves.",
        [("FleetChat.LocalRuntime/Hosting/LocalSchema.cs", "RunScriptAsync")] =
            "The text is a numbered script that is embedded in the assembly; nothing is put into it.",
    };

    private static readonly Lazy<IReadOnlyList<SqlFinding>> s_inProduct = new(() => SqlText.NotConstant(Sources.Product));

    [Fact]
    public void Every_command_text_is_a_constant()
        => Findings.AssertNone(s_inProduct.Value.Where(f => !Exceptions.ContainsKey((f.File, f.Member))));

    [Fact]
    public void Every_exception_is_still_needed()
        => Findings.AssertNone(Exceptions.Keys.Except(s_inProduct.Value.Select(f => (f.File, f.Member))));

    [Theory]
    [InlineData("new NpgsqlCommand(\"select * from t where id = \" + id)")]
    [InlineData("new NpgsqlCommand($\"select * from t where id = {id}\")")]
    [InlineData("new NpgsqlBatchCommand(string.Format(Select, id))")]
    [InlineData("new NpgsqlCommand { CommandText = Select + id }")]
    [InlineData("connection.BeginTextImport(\"copy \" + id + \" from stdin\")")]
    [InlineData("source.CreateCommand(fromAField)")]
    [InlineData("Query(Select + id)")]
    [InlineData("Outer(Select + id)")]
    [InlineData("new[] { id }.Select(text => Query(text))")]
    [InlineData("Query(id == \"a\" ? Select : Select + id)")]
    public void Text_put_together_is_found(string expression)
        => Assert.Equal("Run", Assert.Single(FindingsIn(expression)).Member);

    [Theory]
    [InlineData("new NpgsqlCommand(\"select 1\")")]
    [InlineData("new NpgsqlCommand(Select)")]
    [InlineData("new NpgsqlCommand(Select + \" limit 1\")")]
    [InlineData("new NpgsqlBatchCommand { CommandText = Select }")]
    [InlineData("Outer(Select)")]
    [InlineData("Query(id == \"a\" ? Select : \"select 2\")")]
    [InlineData("Say(\"select \" + id)")]
    public void Constant_text_and_text_that_is_no_command_pass(string expression) => Assert.Empty(FindingsIn(expression));

    private static IReadOnlyList<SqlFinding> FindingsIn(string expression)
    {
        var compilation = Sources.Compile($$"""
            using Npgsql;

            public sealed class Small(NpgsqlDataSource source, NpgsqlConnection connection)
            {
                private const string Select = "select id from t";
                private readonly string fromAField = Environment.CommandLine;

                public object Run(string id) => {{expression}};

                private object Outer(string statement) => Query(statement);

                private NpgsqlCommand Query(string anything) => source.CreateCommand(anything);

                private object Say(string text) => text + connection + fromAField + Select;
            }
            """);
        return SqlText.NotConstant([compilation]);
    }
}
