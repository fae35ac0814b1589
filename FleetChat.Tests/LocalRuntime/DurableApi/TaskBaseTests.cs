using Microsoft.DurableTask;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class TaskBaseTests
{
    private static readonly ITaskOrchestrator Orchestrator = FuncTaskOrchestrator.Create<int, string>((_, input) => Task.FromResult($"<{input}>"));
    private static readonly ITaskActivity Activity = FuncTaskActivity.Create<int, string>((_, input) => Task.FromResult($"<{input}>"));
    private static readonly FakeOrchestrationContext OrchestrationContext = new();
    private static readonly FakeActivityContext ActivityContext = new();

    [Fact]
    public async Task An_input_of_the_type_is_handed_on()
    {
        Assert.Equal("<5>", await Orchestrator.RunAsync(OrchestrationContext, 5));
        Assert.Equal("<5>", await Activity.RunAsync(ActivityContext, 5));
    }

    [Fact]
    public async Task No_input_is_the_types_default()
    {
        Assert.Equal("<0>", await Orchestrator.RunAsync(OrchestrationContext, null));
        Assert.Equal("<0>", await Activity.RunAsync(ActivityContext, null));
    }

    [Fact]
    public async Task An_input_of_another_type_is_refused()
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Orchestrator.RunAsync(OrchestrationContext, "five"));

        Assert.Equal("Input type 'System.String' does not match expected type 'System.Int32'.", refused.Message);
        await Assert.ThrowsAsync<ArgumentException>(() => Activity.RunAsync(ActivityContext, 5L));
    }

    [Fact]
    public async Task No_context_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentNullException>(() => Orchestrator.RunAsync(null!, 5));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Activity.RunAsync(null!, 5));
    }

    [Fact]
    public void Types_of_input_and_output_are_told()
    {
        Assert.Equal((typeof(int), typeof(string)), (Orchestrator.InputType, Orchestrator.OutputType));
        Assert.Equal((typeof(int), typeof(string)), (Activity.InputType, Activity.OutputType));
    }

    [Fact]
    public void A_function_that_is_none_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => FuncTaskOrchestrator.Create<int, int>(null!));
        Assert.Throws<ArgumentNullException>(() => FuncTaskActivity.Create<int, int>(null!));
    }

    [Fact]
    public void An_activity_has_no_version_unless_told() => Assert.Equal("", ActivityContext.Version);
}
