using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Microsoft.DurableTask.Client;

public sealed class OrchestrationMetadata
{
    private const int LongestShown = 50;

    public OrchestrationMetadata(string name, string instanceId)
    {
        Name = name;
        InstanceId = instanceId;
    }

    public string Name { get; }

    public string InstanceId { get; }

    /// <summary>Null when input and output were not asked for.</summary>
    public DataConverter? DataConverter { get; init; }

    public OrchestrationRuntimeStatus RuntimeStatus { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset LastUpdatedAt { get; init; }

    public string? SerializedInput { get; init; }

    public string? SerializedOutput { get; init; }

    public string? SerializedCustomStatus { get; init; }

    public TaskFailureDetails? FailureDetails { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    public bool IsRunning => RuntimeStatus == OrchestrationRuntimeStatus.Running;

    public bool IsCompleted
        => RuntimeStatus is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    public T? ReadInputAs<T>() => Converter("input").Deserialize<T>(SerializedInput);

    public T? ReadOutputAs<T>() => Converter("output").Deserialize<T>(SerializedOutput);

    public T? ReadCustomStatusAs<T>() => Converter("input and output").Deserialize<T>(SerializedCustomStatus);

    public override string ToString()
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"[Name: '{Name}', ID: '{InstanceId}', RuntimeStatus: {RuntimeStatus}")
            .Append(CultureInfo.InvariantCulture, $", CreatedAt: {CreatedAt:s}, LastUpdatedAt: {LastUpdatedAt:s}");
        if (SerializedInput is { } input) text.Append(CultureInfo.InvariantCulture, $", Input: '{Shortened(input)}'");
        if (SerializedOutput is { } output) text.Append(CultureInfo.InvariantCulture, $", Output: '{Shortened(output)}'");
        if (FailureDetails is { } failure)
        {
            text.Append(CultureInfo.InvariantCulture, $", FailureDetails: '{failure.ErrorType} - {Shortened(failure.ErrorMessage)}'");
        }

        return text.Append(']').ToString();
    }

    private DataConverter Converter(string data, [CallerMemberName] string method = "")
        => DataConverter ?? throw new InvalidOperationException(
            $"The {method} method can only be used on {nameof(OrchestrationMetadata)} objects that are fetched with the option to include {data} data.");

    private static string Shortened(string payload) => payload.Length > LongestShown ? $"{payload[..LongestShown]}..." : payload;
}
