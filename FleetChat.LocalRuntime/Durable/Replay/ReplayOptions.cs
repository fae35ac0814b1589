using Microsoft.DurableTask;
using Microsoft.DurableTask.Worker;

namespace FleetChat.LocalRuntime.Durable;

internal sealed record ReplayOptions(DataConverter Converter)
{
    public static readonly ReplayOptions Default = new(Microsoft.DurableTask.Converters.JsonDataConverter.Default);

    /// <summary>Longer timers are made of several: their number is part of histories, so both hosts have to cut alike.</summary>
    public TimeSpan MaximumTimerInterval { get; init; } = TimeSpan.FromDays(3);

    /// <summary>The version of children whose caller names none.</summary>
    public string DefaultVersion { get; init; } = "";

    public IExceptionPropertiesProvider? ExceptionProperties { get; init; }

    public static ReplayOptions Of(DurableTaskWorkerOptions options, IExceptionPropertiesProvider? exceptionProperties) => new(options.DataConverter)
    {
        MaximumTimerInterval = options.MaximumTimerInterval,
        DefaultVersion = options.Versioning?.DefaultVersion ?? "",
        ExceptionProperties = exceptionProperties,
    };
}
