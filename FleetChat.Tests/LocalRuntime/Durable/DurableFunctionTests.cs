using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using FleetChat.Tests.Postgres;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <summary>Orchestrators and activities as functions, started and watched through HTTP functions with a client.</summary>
public sealed class DurableFunctionTests(DurableFunctionApp app) : IClassFixture<DurableFunctionApp>
{
    [Fact]
    public async Task A_client_bound_to_an_http_function_starts_and_awaits_an_orchestration()
    {
        var done = await app.RunAsync("Chain", 5);

        Assert.Equal("Completed", done.Status);
        Assert.Equal("\"0 1 2 3 4\"", done.Output);
    }

    [Fact]
    public async Task An_orchestration_can_be_started_now_and_told_later()
    {
        var id = await app.Http.GetStringAsync("begin/Waits");
        using var raised = await app.Http.PostAsync($"raise/{id}/go", new StringContent("on"));

        Assert.Equal("\"went on\"", (await app.FinishAsync(id)).Output);
    }

    [Theory]
    [InlineData("InputAsParameter")]
    [InlineData("InputOfContext")]
    [InlineData("inputASPARAMETER")]
    public async Task An_orchestrator_reads_its_input_as_parameter_or_from_its_context(string orchestrator)
        => Assert.Equal("\"S-1 weighs 7\"", (await app.RunAsync(orchestrator, new { Id = "S-1", Weight = 7 })).Output);

    [Theory]
    [InlineData("InputAsParameter")]
    [InlineData("InputOfContext")]
    public async Task An_orchestrator_without_input_sees_none(string orchestrator)
        => Assert.Equal("\"nothing\"", (await app.RunAsync(orchestrator)).Output);

    [Fact]
    public async Task An_activity_is_told_its_instance()
    {
        var done = await app.RunAsync("DescribesActivity", new { Id = "S-1", Weight = 7 });

        Assert.Equal($"\"S-1 of {done.Id}\"", done.Output);
    }

    [Fact]
    public async Task Functions_of_a_class_with_services_are_orchestrators_and_activities_too()
        => Assert.Equal("\"with a clock\"", (await app.RunAsync("OfClass")).Output);

    [Fact]
    public async Task Triggers_can_give_other_names()
        => Assert.Equal("\"renamed\"", (await app.RunAsync("Other orchestrator")).Output);

    [Fact]
    public async Task A_sub_orchestration_of_functions_answers_its_parent()
        => Assert.Equal("\"parent of 0 1\"", (await app.RunAsync("Parent")).Output);

    [Fact]
    public async Task An_orchestrator_calls_http_by_an_activity_of_the_host()
        => Assert.Equal("\"202 answer to question yes\"", (await app.RunAsync("CallsHttp", new Uri(app.Http.BaseAddress!, "echo"))).Output);

    [Fact]
    public async Task An_http_call_that_finds_nobody_fails_its_orchestrator_with_the_reason()
    {
        var done = await app.RunAsync("CallsHttp", "http://127.0.0.1:1/");

        Assert.Equal("Failed", done.Status);
        Assert.Contains("Task 'BuiltIn::HttpActivity' (#0) failed", done.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Middleware_stands_around_each_turn_and_its_next_returns_each_time()
    {
        var done = await app.RunAsync("Chain", 3);

        // The start and the answers of three activities.
        var seen = app.Seen.Where(s => s.Instance == done.Id && s.Function == "Chain").Select(s => s.What).ToList();
        Assert.Equal(["before", "after", "before", "after", "before", "after", "before", "after"], seen);
    }

    [Fact]
    public async Task Middleware_stands_around_each_activity()
    {
        var done = await app.RunAsync("DescribesActivity", new { Id = "S-1", Weight = 7 });

        Assert.Equal(["before", "after"], app.Seen.Where(s => s.Instance == done.Id && s.Function == "DescribesItself").Select(s => s.What));
    }

    [Fact]
    public async Task Middleware_sees_an_activitys_failure_as_json()
    {
        var done = await app.RunAsync("CallsFailing");

        var thrown = Assert.Single(app.Seen, s => s.Instance == done.Id && s.Thrown is not null).Thrown!;
        Assert.Contains("Serialization", thrown.GetType().Name, StringComparison.Ordinal);
        using var message = JsonDocument.Parse(thrown.Message);
        Assert.Equal("broken", message.RootElement.GetProperty("ErrorMessage").GetString());
        Assert.Equal("Failed", done.Status);
        Assert.Equal("Microsoft.DurableTask.TaskFailedException: Task 'Fails' (#0) failed with an unhandled exception: broken", done.Output);
    }

    [Fact]
    public async Task The_orchestrator_sees_the_activitys_own_exception()
        => Assert.Equal("\"System.InvalidOperationException: broken\"", (await app.RunAsync("CatchesFailing")).Output);

    [Fact]
    public async Task An_unknown_orchestrator_fails_with_a_json_that_lists_the_known_ones()
    {
        var done = await app.RunAsync("Unheard");

        Assert.Equal("Failed", done.Status);
        using var output = JsonDocument.Parse(done.Output!);
        var message = output.RootElement.GetProperty("message").GetString();
        Assert.Contains("'Unheard'", message, StringComparison.Ordinal);
        Assert.Contains("'Chain'", message, StringComparison.Ordinal);
        Assert.Contains("'Other orchestrator'", message, StringComparison.Ordinal);
        Assert.DoesNotContain("'DescribesItself'", message, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.String, output.RootElement.GetProperty("details").ValueKind);
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(10_000_000)]
    public async Task Large_outputs_come_through(int size)
    {
        var done = await app.RunAsync("Large", size);

        Assert.Equal("Completed", done.Status);
        Assert.Equal(size + 2, done.Output!.Length);
    }

    [Fact]
    public async Task The_limits_of_host_json_are_kept()
    {
        var ids = new List<string> { await app.Http.GetStringAsync("begin/FansOut") };
        for (var i = 0; i < 6; i++) ids.Add(await app.Http.GetStringAsync("begin/Holds"));

        try
        {
            // All five hold threads of this process, which other tests want too.
            await Until.TrueAsync(
                async () => (await app.ReadAsync("running")) is { Activities: 2, Turns: 3 }, because: "two activities and three turns to run", TimeSpan.FromSeconds(90));
        }
        finally
        {
            // Shut, it would hold up the app's other tests.
            (await app.Http.PostAsync("open", null)).Dispose();
        }
        foreach (var id in ids) Assert.Equal("Completed", (await app.FinishAsync(id)).Status);

        Assert.Equal(new DurableFunctionApp.Running(2, 3), await app.ReadAsync("most"));
    }
}

public sealed class DurableFunctionApp : IAsyncLifetime
{
    private const string Functions = """
        #nullable enable
        using System.Text.Json;
        using Microsoft.Azure.Functions.Worker;
        using Microsoft.Azure.Functions.Worker.Http;
        using Microsoft.DurableTask;
        using Microsoft.DurableTask.Client;

        public sealed record Stop(string Id, int Weight);

        public static class Starting
        {
            [Function("Begin")]
            public static Task<string> Begin([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "begin/{name}")] HttpRequestData request, [DurableClient] DurableTaskClient client, string name)
                => client.ScheduleNewOrchestrationInstanceAsync(name);

            [Function("Run")]
            public static async Task<string> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "run/{name}")] HttpRequestData request, [DurableClient] DurableTaskClient client, string name)
            {
                var body = await request.ReadAsStringAsync();
                var id = await client.ScheduleNewOrchestrationInstanceAsync(name, string.IsNullOrEmpty(body) ? null : (object)JsonSerializer.Deserialize<JsonElement>(body));
                return await FinishAsync(client, id);
            }

            [Function("Finish")]
            public static Task<string> Finish([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "finish/{id}")] HttpRequestData request, [DurableClient] DurableTaskClient client, string id)
                => FinishAsync(client, id);

            [Function("Raise")]
            public static async Task Raise([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "raise/{id}/{name}")] HttpRequestData request, [DurableClient] DurableTaskClient client, string id, string name)
                => await client.RaiseEventAsync(id, name, await request.ReadAsStringAsync());

            private static async Task<string> FinishAsync(DurableTaskClient client, string id)
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
                var done = await client.WaitForInstanceCompletionAsync(id, true, limit.Token);
                return JsonSerializer.Serialize(new { Id = id, Status = done.RuntimeStatus.ToString(), Output = done.SerializedOutput });
            }
        }

        public static class Flows
        {
            [Function("Chain")]
            public static async Task<string> Chain([OrchestrationTrigger] TaskOrchestrationContext context, int count)
            {
                var said = new List<string>();
                for (var i = 0; i < count; i++) said.Add(await context.CallActivityAsync<string>("Says", i));
                return string.Join(' ', said);
            }

            [Function("Waits")]
            public static async Task<string> Waits([OrchestrationTrigger] TaskOrchestrationContext context) => "went " + await context.WaitForExternalEvent<string>("go");

            [Function("InputAsParameter")]
            public static string InputAsParameter([OrchestrationTrigger] TaskOrchestrationContext context, Stop? stop) => stop is null ? "nothing" : $"{stop.Id} weighs {stop.Weight}";

            [Function("InputOfContext")]
            public static string InputOfContext([OrchestrationTrigger] TaskOrchestrationContext context) => InputAsParameter(context, context.GetInput<Stop>());

            [Function("DescribesActivity")]
            public static Task<string> DescribesActivity([OrchestrationTrigger] TaskOrchestrationContext context, Stop stop) => context.CallActivityAsync<string>("DescribesItself", stop);

            [Function("Renamed")]
            public static Task<string> Renamed([OrchestrationTrigger(Orchestration = "Other orchestrator")] TaskOrchestrationContext context) => context.CallActivityAsync<string>("Other activity", "renamed");

            [Function("CallsHttp")]
            public static async Task<string> CallsHttp([OrchestrationTrigger] TaskOrchestrationContext context, string address)
            {
                var answer = await context.CallHttpAsync(HttpMethod.Post, new Uri(address), "question");
                return $"{(int)answer.StatusCode} {answer.Content} {answer.Headers!["x-asked"]}";
            }

            [Function("Echo")]
            public static async Task<HttpResponseData> Echo([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "echo")] HttpRequestData request)
            {
                var response = request.CreateResponse(System.Net.HttpStatusCode.Accepted);
                response.Headers.Add("x-asked", "yes");
                await response.WriteStringAsync("answer to " + await request.ReadAsStringAsync());
                return response;
            }

            [Function("Parent")]
            public static async Task<string> Parent([OrchestrationTrigger] TaskOrchestrationContext context) => "parent of " + await context.CallSubOrchestratorAsync<string>("Chain", 2);

            [Function("CallsFailing")]
            public static Task CallsFailing([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync("Fails", "x");

            [Function("CatchesFailing")]
            public static async Task<string> CatchesFailing([OrchestrationTrigger] TaskOrchestrationContext context)
            {
                try
                {
                    await context.CallActivityAsync("Fails", "x");
                    return "";
                }
                catch (TaskFailedException exception)
                {
                    return $"{exception.FailureDetails.ErrorType}: {exception.FailureDetails.ErrorMessage}";
                }
            }

            [Function("Large")]
            public static string Large([OrchestrationTrigger] TaskOrchestrationContext context, int size) => new('x', size);

            [Function("Says")]
            public static string Says([ActivityTrigger] int number) => $"{number}";

            [Function("DescribesItself")]
            public static string DescribesItself([ActivityTrigger] Stop stop, string instanceId) => $"{stop.Id} of {instanceId}";

            [Function("RenamedActivity")]
            public static string RenamedActivity([ActivityTrigger(Activity = "Other activity")] string text) => text;

            [Function("Fails")]
            public static string Fails([ActivityTrigger] string text) => throw new InvalidOperationException("broken");
        }

        public sealed class OfClass(TimeProvider clock)
        {
            [Function("OfClass")]
            public Task<string> Run([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync<string>("ActivityOfClass", "with a clock");

            [Function("ActivityOfClass")]
            public string Say([ActivityTrigger] string text) => clock.GetUtcNow().Year > 2000 ? text : "";
        }

        public static class Limits
        {
            private static readonly ManualResetEventSlim Gate = new();
            private static int s_activities, s_turns, s_mostActivities, s_mostTurns;

            [Function("FansOut")]
            public static Task FansOut([OrchestrationTrigger] TaskOrchestrationContext context)
                => Task.WhenAll(Enumerable.Range(0, 10).Select(i => context.CallActivityAsync<string>("HoldsActivity", i)));

            [Function("Holds")]
            public static void Holds([OrchestrationTrigger] TaskOrchestrationContext context) => Hold(ref s_turns, ref s_mostTurns);

            [Function("HoldsActivity")]
            public static void HoldsActivity([ActivityTrigger] int number) => Hold(ref s_activities, ref s_mostActivities);

            [Function("Running")]
            public static string Running([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "running")] HttpRequestData request) => $"{Volatile.Read(ref s_activities)} {Volatile.Read(ref s_turns)}";

            [Function("Most")]
            public static string Most([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "most")] HttpRequestData request) => $"{s_mostActivities} {s_mostTurns}";

            [Function("Open")]
            public static void Open([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "open")] HttpRequestData request) => Gate.Set();

            private static void Hold(ref int now, ref int most)
            {
                var running = Interlocked.Increment(ref now);
                for (var seen = Volatile.Read(ref most); running > seen; seen = Volatile.Read(ref most)) Interlocked.CompareExchange(ref most, running, seen);
                Gate.Wait(TimeSpan.FromSeconds(30));
                Interlocked.Decrement(ref now);
            }
        }
        """;

    private const string HostJson = """
        {
            "version": "2.0",
            "extensions": {
                "http": { "routePrefix": "" },
                "durableTask": { "maxConcurrentActivityFunctions": 2, "maxConcurrentOrchestratorFunctions": 3 }
            }
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("durable-functions");
    private TestDatabase _database = null!;
    private RuntimeHost _host = null!;

    public HttpClient Http => _host.Http;

    /// <summary>What the middleware saw.</summary>
    public ConcurrentQueue<Sight> Seen { get; } = new();

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "host.json"), HostJson);
        _database = await TestDatabase.EmptyAsync("durablefunctions");
        _host = await RuntimeHost.StartAsync(_database.Logins.LocalRuntime, CompiledFunctions.Compile(Functions), Configure, _folder.FullName);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    public async Task<Done> RunAsync(string orchestrator, object? input = null)
    {
        using var body = input is null ? new StringContent("") : new StringContent(JsonSerializer.Serialize(input));
        using var answer = await Http.PostAsync($"run/{orchestrator}", body);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<Done>())!;
    }

    public async Task<Done> FinishAsync(string id) => JsonSerializer.Deserialize<Done>(await Http.GetStringAsync($"finish/{id}"))!;

    public async Task<Running> ReadAsync(string what)
    {
        var numbers = (await Http.GetStringAsync(what)).Split(' ').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return new(numbers[0], numbers[1]);
    }

    private void Configure(FunctionsApplicationBuilder builder) => builder.UseMiddleware(async (context, next) =>
    {
        var instance = context.BindingContext.BindingData.GetValueOrDefault("instanceId")?.ToString()?.Trim('"');
        Seen.Enqueue(new(instance, context.FunctionDefinition.Name, "before", null));
        try
        {
            await next();
            Seen.Enqueue(new(instance, context.FunctionDefinition.Name, "after", null));
        }
        catch (Exception exception)
        {
            Seen.Enqueue(new(instance, context.FunctionDefinition.Name, "thrown", exception));
            throw;
        }
    });

    public sealed record Done(string Id, string Status, string? Output);

    public sealed record Running(int Activities, int Turns);

    public sealed record Sight(string? Instance, string Function, string What, Exception? Thrown);
}
