using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class OrchestrationMetadataTests
{
    private static readonly OrchestrationMetadata Finished = new("Escalate", "alder-7")
    {
        DataConverter = JsonDataConverter.Default,
        RuntimeStatus = OrchestrationRuntimeStatus.Completed,
        CreatedAt = new(2026, 5, 1, 8, 0, 0, TimeSpan.Zero),
        LastUpdatedAt = new(2026, 5, 1, 8, 5, 0, TimeSpan.Zero),
        SerializedInput = "5",
        SerializedOutput = "\"done\"",
        SerializedCustomStatus = "true",
    };

    [Fact]
    public void Data_that_was_fetched_is_read()
    {
        Assert.Equal(5, Finished.ReadInputAs<int>());
        Assert.Equal("done", Finished.ReadOutputAs<string>());
        Assert.True(Finished.ReadCustomStatusAs<bool>());
        Assert.Null(new OrchestrationMetadata("Escalate", "alder-7") { DataConverter = JsonDataConverter.Default }.ReadOutputAs<string>());
    }

    [Fact]
    public void Data_that_was_not_fetched_cannot_be_read()
    {
        var bare = new OrchestrationMetadata("Escalate", "alder-7");

        AssertRefused("ReadInputAs", () => bare.ReadInputAs<int>());
        AssertRefused("ReadOutputAs", () => bare.ReadOutputAs<int>());
        AssertRefused("ReadCustomStatusAs", () => bare.ReadCustomStatusAs<int>());

        static void AssertRefused(string method, Func<object?> read)
            => Assert.StartsWith($"The {method} method can only be used on", Assert.Throws<InvalidOperationException>(read).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Pending, false, false)]
    [InlineData(OrchestrationRuntimeStatus.Running, true, false)]
    [InlineData(OrchestrationRuntimeStatus.Suspended, false, false)]
    [InlineData(OrchestrationRuntimeStatus.Completed, false, true)]
    [InlineData(OrchestrationRuntimeStatus.Failed, false, true)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, false, true)]
    public void A_status_says_whether_the_instance_runs_or_has_ended(OrchestrationRuntimeStatus status, bool running, bool completed)
    {
        var metadata = new OrchestrationMetadata("Escalate", "alder-7") { RuntimeStatus = status };

        Assert.Equal((running, completed), (metadata.IsRunning, metadata.IsCompleted));
    }

    [Fact]
    public void It_describes_itself_shortly()
    {
        var failed = new OrchestrationMetadata("Escalate", "alder-7")
        {
            RuntimeStatus = OrchestrationRuntimeStatus.Failed,
            SerializedInput = new string('x', 51),
            FailureDetails = new TaskFailureDetails("System.Exception", "sad", null, null, null),
        };

        Assert.Equal(
            "[Name: 'Escalate', ID: 'alder-7', RuntimeStatus: Completed, CreatedAt: 2026-05-01T08:00:00, LastUpdatedAt: 2026-05-01T08:05:00, "
            + "Input: '5', Output: '\"done\"']",
            Finished.ToString());
        Assert.Contains($"Input: '{new string('x', 50)}...', FailureDetails: 'System.Exception - sad']", failed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Unsaid_tags_and_page_sizes_are_those_of_the_real_library()
    {
        Assert.Empty(Finished.Tags);
        Assert.Equal(100, new OrchestrationQuery().PageSize);
        Assert.False(new OrchestrationQuery().FetchInputsAndOutputs);
    }
}
