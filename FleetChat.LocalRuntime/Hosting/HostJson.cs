using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>The settings of host.json that mean something here, with the real host's defaults.</summary>
internal sealed record HostJson
{
    /// <summary>Azure Storage hides no message for longer, and keeps none.</summary>
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(7);

    public string RoutePrefix { get; init; } = "api";

    public TimeSpan MaxPollingInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a message whose function failed stays hidden before the next try.</summary>
    public TimeSpan VisibilityTimeout { get; init; } = TimeSpan.Zero;

    public int BatchSize { get; init; } = 16;

    public int NewBatchThreshold { get; init; } = 8;

    public int MaxDequeueCount { get; init; } = 5;

    /// <summary>How many orchestrations have a turn under way at once; ten a processor unless told otherwise, as on the real host.</summary>
    public int MaxConcurrentOrchestrators { get; init; } = 10 * Environment.ProcessorCount;

    public int MaxConcurrentActivities { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>App settings named AzureFunctionsJobHost__extensions__... override the file, as on the real host.</summary>
    /// <exception cref="InvalidOperationException">A number or duration is none, or one that the real host refuses.</exception>
    public static HostJson Read(string folder, IConfiguration settings)
    {
        var builder = new ConfigurationBuilder();
        var file = Path.Combine(folder, "host.json");
        if (File.Exists(file)) builder.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
        builder.AddConfiguration(settings.GetSection("AzureFunctionsJobHost"));
        var extensions = builder.Build().GetSection("extensions");
        var queues = extensions.GetSection("queues");
        var durable = extensions.GetSection("durableTask");
        var batchSize = Number(queues, "batchSize", 16, from: 1, to: 32);
        return new()
        {
            RoutePrefix = (extensions["http:routePrefix"] ?? "api").Trim('/'),
            MaxPollingInterval = Duration("maxPollingInterval", TimeSpan.FromMinutes(1), from: TimeSpan.FromMilliseconds(100)),
            VisibilityTimeout = Duration("visibilityTimeout", TimeSpan.Zero, from: TimeSpan.Zero),
            BatchSize = batchSize,
            NewBatchThreshold = Number(queues, "newBatchThreshold", batchSize / 2, from: 0, to: int.MaxValue),
            MaxDequeueCount = Number(queues, "maxDequeueCount", 5, from: 1, to: int.MaxValue),
            MaxConcurrentOrchestrators = Number(durable, "maxConcurrentOrchestratorFunctions", 10 * Environment.ProcessorCount, from: 1, to: int.MaxValue),
            MaxConcurrentActivities = Number(durable, "maxConcurrentActivityFunctions", 10 * Environment.ProcessorCount, from: 1, to: int.MaxValue),
        };

        static int Number(IConfigurationSection section, string name, int otherwise, int from, int to)
        {
            if (section[name] is not { } text) return otherwise;
            return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to
                ? number
                : throw Refused($"{section.Key}.{name}", text, to == int.MaxValue ? $"a whole number from {from}" : $"a whole number from {from} to {to}");
        }

        TimeSpan Duration(string name, TimeSpan otherwise, TimeSpan from)
        {
            if (queues[name] is not { } text) return otherwise;
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var duration) && duration >= from && duration <= LongestDuration
                ? duration
                : throw Refused($"queues.{name}", text, $"hh:mm:ss from {from} to {LongestDuration}");
        }
    }

    private static InvalidOperationException Refused(string name, string text, string expected)
        => new($"host.json: extensions.{name} is '{text}', and must be {expected}.");
}
