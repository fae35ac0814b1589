using System.Net;
using System.Reflection;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Invocation;
using FleetChat.Tests.Postgres;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;

namespace FleetChat.Tests.LocalRuntime;

public sealed class StartTests
{
    [Theory]
    [InlineData("""[Function("A")] public static string One([HttpTrigger] HttpRequestData r) => ""; [Function("a")] public static string Two([HttpTrigger] HttpRequestData r) => "";""", "several methods bear this name")]
    [InlineData("""[Function("A")] public static string One([HttpTrigger(Route = "admin/x")] HttpRequestData r) => "";""", "route 'admin/x'")]
    [InlineData("""[Function("A")] public static string One([HttpTrigger(Route = "Runtime")] HttpRequestData r) => "";""", "route 'Runtime'")]
    [InlineData("""[Function("A")] public static Outputs One([HttpTrigger] HttpRequestData answer) => new();""", "called 'answer'")]
    [InlineData("""[Function("A")] static string One([HttpTrigger] HttpRequestData r) => "";""", "must be a public method")]
    [InlineData("""[Function("A")] public static string One(HttpRequestData r) => "";""", "0 triggers")]
    [InlineData("""[Function("A")] public static string One([HttpTrigger("get", Route = "x")] HttpRequestData r) => ""; [Function("B")] public static string Two([HttpTrigger("post", "GET", Route = "X")] HttpRequestData r) => "";""", "with the same method")]
    [InlineData("""[Function("A")] public static void One([QueueTrigger("my_queue")] string m) { }""", "'my_queue' is no name for a queue")]
    [InlineData("""[Function("A b")] public static void One([QueueTrigger("queue")] string m) { }""", "a name is a letter")]
    [InlineData("""[Function("A")] public static void One([QueueTrigger("%Missing%")] string m) { }""", "no app setting Missing")]
    public void What_the_real_host_would_not_load_is_refused_at_start(string functions, string reason)
    {
        var assembly = CompiledFunctions.Compile($$"""
            using Microsoft.Azure.Functions.Worker;
            using Microsoft.Azure.Functions.Worker.Http;
            public class Outputs
            {
                [HttpResult] public HttpResponseData Answer { get; set; }
                [QueueOutput("queue")] public string[] Messages { get; set; }
            }
            public static class Functions { {{functions}} }
            """);

        var refused = Assert.Throws<InvalidOperationException>(() => Read(assembly));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void App_settings_fill_in_names_between_percent_signs()
    {
        var assembly = CompiledFunctions.Compile("""
            using Microsoft.Azure.Functions.Worker;
            public static class Functions { [Function("A")] public static void One([QueueTrigger("%Prefix%-Jobs")] string m) { } }
            """);

        var function = Assert.Single(Read(assembly, ("Prefix", "Night")).Functions);

        Assert.Equal("night-jobs", Assert.IsType<QueueTriggerBinding>(function.Trigger).Queue);
    }

    [Fact]
    public void An_application_is_built_once()
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        using var host = builder.Build();

        Assert.Throws<InvalidOperationException>(builder.Build);
    }

    [Fact]
    public async Task Stopping_lets_calls_come_to_their_end()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");
        using var put = await host.Http.PostAsync("put", new StringContent("hold:message"));
        var held = host.Http.GetStringAsync("hold/call");
        await Until.TrueAsync(() => app.Log.Of("Hold").Count + app.Log.Of("Work").Count == 2, because: "both to begin");

        var stopping = host.StopAsync();
        app.Log.Open("call");
        app.Log.Open("message");
        await stopping;

        Assert.Equal("held", await held);
        Assert.Single(app.Log.Of("Worked"));
        Assert.Equal(0, await app.CountMessagesAsync("work"));
    }

    [Fact]
    public async Task A_host_that_cannot_load_a_function_does_not_start()
    {
        await using var database = await TestDatabase.EmptyAsync("refused");
        var assembly = CompiledFunctions.Compile("""
            using Microsoft.Azure.Functions.Worker;
            public static class Functions { [Function("A")] public static void One([TimerTrigger("every day")] TimerInfo t) { } }
            """);

        using var host = RuntimeHost.Build(database.Logins.LocalRuntime, assembly);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());

        Assert.Contains("'every day' is not a NCRONTAB expression", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_of_a_JSON_body_are_offered_to_parameters()
    {
        await using var app = await RuntimeApp.CreateAsync();
        var host = await app.StartHostAsync("one");

        using var answer = await host.Http.PostAsync("name", new StringContent("""{"Name":"of the body"}"""));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("of the body", await answer.Content.ReadAsStringAsync());
    }

    private static FunctionCatalog Read(Assembly assembly, params (string Name, string Value)[] settings)
        => FunctionCatalog.Read(assembly, new AppSettings(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)))
            .Build()));
}
