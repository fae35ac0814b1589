using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Worker;

namespace FleetChat.Tests.LocalRuntime.Durable;

public sealed class SerializationTests(SerializationTasks tasks) : IClassFixture<SerializationTasks>
{
    private DurableHost Host => tasks.Host;

    [Fact]
    public async Task Json_nodes_travel_through_an_orchestration_and_its_activity()
    {
        var done = await Host.RunAsync("Node", new JsonObject { ["before"] = "kept" });

        var output = done.ReadOutputAs<JsonNode>()!;
        Assert.Equal("kept", (string?)output["before"]);
        Assert.Equal("added", (string?)output["after"]);
    }

    [Fact]
    public async Task Value_tuples_travel()
        => Assert.Equal(("north!", 43), (await Host.RunAsync("Tuple", ("north", 42))).ReadOutputAs<(string, int)>());

    [Fact]
    public async Task Records_dates_and_enumerations_travel()
    {
        var stop = new Stop("S-1", new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(2)), DayOfWeek.Friday, [1.5m, 2m], null);

        var output = (await Host.RunAsync("Record", stop)).ReadOutputAs<Stop>()!;

        Assert.Equal(stop with { Weights = output.Weights }, output);
        Assert.Equal(stop.Weights, output.Weights);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ünïcödé 🚚 <&>'\"")]
    [InlineData("a\0b")]
    public async Task Any_text_travels(string text)
        => Assert.Equal(text, (await Host.RunAsync("Text", text)).ReadOutputAs<string>());

    [Fact]
    public async Task Input_and_output_are_stored_as_the_converter_wrote_them()
    {
        var done = await Host.RunAsync("Text", "t<");

        Assert.Equal("\"t\\u003C\"", done.SerializedInput);
        Assert.Equal("\"t\\u003C\"", done.SerializedOutput);
    }

    [Fact]
    public async Task An_input_of_the_wrong_type_fails_the_orchestration()
    {
        var done = await Host.RunAsync("Tuple", "no tuple");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.True(done.FailureDetails!.IsCausedBy<JsonException>());
    }

    [Fact]
    public async Task An_input_of_the_wrong_type_fails_the_activity()
    {
        var done = await Host.RunAsync("CallWithWrongType");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, done.RuntimeStatus);
        Assert.True(done.FailureDetails!.InnerFailure!.IsCausedBy<JsonException>());
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_fails_the_orchestration()
        => Assert.Equal(OrchestrationRuntimeStatus.Failed, (await Host.RunAsync("Endless")).RuntimeStatus);

    [Theory]
    [InlineData(200_000)]
    [InlineData(10_000_000)]
    public async Task Large_inputs_outputs_and_statuses_travel(int size)
    {
        var text = new string('x', size);

        var done = await Host.RunAsync("Large", text);

        Assert.Equal(text, done.ReadInputAs<string>());
        Assert.Equal(text, done.ReadOutputAs<string>());
        Assert.Equal(text, done.ReadCustomStatusAs<string>());
    }

    [Fact]
    public async Task Large_events_travel()
    {
        var id = await Host.BeginAsync("LargeEvent");
        await Host.Client.RaiseEventAsync(id, "go", new string('y', 1_000_000));

        Assert.Equal(1_000_000, (await Host.FinishAsync(id)).ReadOutputAs<string>()!.Length);
    }

    [Fact]
    public async Task A_converter_of_ones_own_reads_and_writes_everything()
    {
        var converter = new ShoutingConverter();
        await using var host = await DurableHost.StartAsync(
            tasks => tasks
                .AddOrchestratorFunc<string, string>("Shout", async (context, input) =>
                {
                    context.SetCustomStatus(input);
                    return await context.CallActivityAsync<string>("Echo", input + await context.WaitForExternalEvent<string>("go"));
                })
                .AddActivityFunc<string, string>("Echo", (_, input) => input),
            worker => worker.Configure(o => o.DataConverter = converter),
            client => client.Configure(o => o.DataConverter = converter));
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("Shout", "a");
        await host.Client.RaiseEventAsync(id, "go", "b");

        var done = await host.FinishAsync(id);

        Assert.Equal("ab", done.ReadOutputAs<string>());
        Assert.Equal("!\"ab\"", done.SerializedOutput);
        Assert.Equal("!\"a\"", done.SerializedInput);
        Assert.Equal("!\"a\"", done.SerializedCustomStatus);
    }

    public sealed record Stop(string Id, DateTimeOffset At, DayOfWeek Day, decimal[] Weights, string? Note);

    private sealed class ShoutingConverter : DataConverter
    {
        public override object? Deserialize(string? data, Type targetType) => JsonDataConverter.Default.Deserialize(data?[1..], targetType);

        public override string? Serialize(object? value) => value is null ? null : "!" + JsonDataConverter.Default.Serialize(value);
    }
}

public sealed class SerializationTasks : SharedDurableHost
{
    protected override void Register(DurableTaskRegistry tasks) => tasks
        .AddOrchestratorFunc<JsonNode, JsonNode>("Node", (context, input) => context.CallActivityAsync<JsonNode>("AddToNode", input))
        .AddActivityFunc<JsonNode, JsonNode>("AddToNode", (_, input) =>
        {
            input["after"] = "added";
            return input;
        })
        .AddOrchestratorFunc<(string Name, int Number), (string, int)>("Tuple", (context, input) => context.CallActivityAsync<(string, int)>("Raise", input))
        .AddActivityFunc<(string Name, int Number), (string, int)>("Raise", (_, input) => (input.Name + "!", input.Number + 1))
        .AddOrchestratorFunc<SerializationTests.Stop, SerializationTests.Stop>("Record", (context, input) => context.CallActivityAsync<SerializationTests.Stop>("SameStop", input))
        .AddActivityFunc<SerializationTests.Stop, SerializationTests.Stop>("SameStop", (_, input) => input)
        .AddOrchestratorFunc<string, string>("Text", (context, input) => context.CallActivityAsync<string>("SameText", input))
        .AddOrchestratorFunc("CallWithWrongType", context => context.CallActivityAsync<(string, int)>("Raise", 5))
        .AddOrchestratorFunc("Endless", object (TaskOrchestrationContext _) => new Endless())
        .AddOrchestratorFunc<string, string>("Large", async (context, input) =>
        {
            context.SetCustomStatus(input);
            return await context.CallActivityAsync<string>("SameText", input);
        })
        .AddOrchestratorFunc("LargeEvent", context => context.WaitForExternalEvent<string>("go"))
        .AddActivityFunc<string, string>("SameText", (_, input) => input);

    private sealed class Endless
    {
        public Endless Self => this;
    }
}
