using System.Reflection;

namespace FleetChat.Tests.AzureApi;

/// <summary>LocalRuntime offers the real worker's API or less, never something else: the functions have to compile against both and mean the same.</summary>
public sealed class ParityTests
{
    /// <summary>Findings that stay, by <see cref="Finding.Where"/>, each with its reason. One that is no longer found fails the test.</summary>
    private static readonly Dictionary<string, string> KnownDifferences = [];

    /// <summary>Members that the lists have and LocalRuntime need not: their signatures name DurableTask.Core, which it does not build on.</summary>
    private static readonly string[] NotAskedFor =
    [
        "Microsoft.DurableTask.Client.DurableTaskClient.GetOrchestrationHistoryAsync",
        "Microsoft.DurableTask.Worker.ExtendedSessionState..ctor",
        "Microsoft.DurableTask.Worker.ExtendedSessionState.OrchestrationExecutor",
        "Microsoft.DurableTask.Worker.ExtendedSessionState.RuntimeState",
        "Microsoft.DurableTask.Worker.ExtendedSessionState.TaskOrchestration",
        "Microsoft.DurableTask.Worker.Shims.DurableTaskShimFactory.CreateActivity",
        "Microsoft.DurableTask.Worker.Shims.DurableTaskShimFactory.CreateEntity",
        "Microsoft.DurableTask.Worker.Shims.DurableTaskShimFactory.CreateOrchestration",
    ];

    private static readonly Assembly LocalRuntime = Assembly.Load("FleetChat.LocalRuntime");

    [Fact]
    public void Everything_LocalRuntime_declares_in_the_real_namespaces_stands_in_the_real_lists()
    {
        var findings = ParityChecker.Compare(LocalRuntime, ApiFile.ReadReal());

        var unexpected = findings.Where(f => !KnownDifferences.ContainsKey(f.Where)).ToList();
        Assert.True(unexpected.Count == 0, $"{unexpected.Count} differences from the real API:\n{string.Join('\n', unexpected)}");
    }

    [Fact]
    public void Every_known_difference_is_still_one()
        => Assert.Empty(KnownDifferences.Keys.Except(ParityChecker.Compare(LocalRuntime, ApiFile.ReadReal()).Select(f => f.Where)));

    [Theory]
    [InlineData("Microsoft.Azure.Functions.Worker.FunctionContext")]
    [InlineData("Microsoft.Azure.Functions.Worker.OrchestrationTriggerAttribute")]
    [InlineData("Microsoft.DurableTask.TaskOrchestrationContext")]
    [InlineData("Microsoft.DurableTask.Client.DurableTaskClient")]
    [InlineData("Microsoft.DurableTask.Worker.DurableTaskWorkerOptions")]
    public void LocalRuntime_declares_something_to_compare(string type) => Assert.Contains(type, PublicApi.Of(LocalRuntime).Types.Keys);

    [Fact]
    public void Members_left_out_for_naming_DurableTask_Core_are_the_ones_we_know()
        => Assert.Equal(NotAskedFor, ParityChecker.MembersLeftOut(PublicApi.Real).Select(m => $"{m.TypeName}.{m.Name}").Distinct());
}
