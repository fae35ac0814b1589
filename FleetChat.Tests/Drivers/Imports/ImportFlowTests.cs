using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Orchestrations;
using FleetChat.Functions.Drivers;
using FleetChat.Tests.LocalRuntime.DurableApi;
using Microsoft.DurableTask;

namespace FleetChat.Tests.Drivers.Imports;

/// <summary>What the orchestration of an import does, apart from its activity.</summary>
public sealed class ImportFlowTests
{
    private static readonly FlowInput s_input = new("abc", Guid.Empty);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_import_that_asks_for_weeks_begins_its_history_anew(bool waits)
    {
        var context = new ImportContext(_ => new ImportStep(IsOver: false, waits ? FakeOrchestrationContext.Now.AddHours(1) : null));

        await ImportFlow.RunAsync(context);

        Assert.Equal($"continue {s_input} True", context.Calls[^1]);
    }

    [Fact]
    public async Task An_import_that_is_over_is_looked_at_no_more()
    {
        var context = new ImportContext(look => new ImportStep(IsOver: look == 3));

        await ImportFlow.RunAsync(context);

        Assert.Equal(3, context.Calls.Count);
    }

    /// <summary>Its timers are over at once.</summary>
    private sealed class ImportContext(Func<int, ImportStep> look) : FakeOrchestrationContext
    {
        private const int LongHistory = 500;
        private int _looks;

        public override T GetInput<T>() => (T)(object)s_input;

        public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
        {
            Assert.True(Calls.Count < LongHistory, "the history grows without end");
            Calls.Add($"activity {name}");
            return Task.FromResult((TResult)(object)look(++_looks));
        }

        public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
        {
            Calls.Add("timer");
            return Task.CompletedTask;
        }
    }
}
