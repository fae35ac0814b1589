using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>The settings of host.json that mean something here, with the real host's defaults.</summary>
internal sealed record HostJson
{
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
    public static HostJson Read(string folder, IConfiguration settings)
    {
        var builder = new ConfigurationBuilder();
        var file = Path.Combine(folder, "host.json");
        if (File.Exists(file)) builder.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
        builder.AddConfiguration(settings.GetSection("AzureFunctionsJobHost"));
        var extensions = builder.Build().GetSection("extensions");
        var queues = extensions.GetSection("queues");
        var durable = extensions.GetSection("durableTask");
        var batchSize = Number(queues, "batchSize", 16);
        return new()
        {
            RoutePrefix = (extensions["http:routePrefix"] ?? "api").Trim('/'),
            MaxPollingInterval = Duration("maxPollingInterval", TimeSpan.FromMinutes(1)),
            VisibilityTimeout = Duration("visibilityTimeout", TimeSpan.Zero),
            BatchSize = batchSize,
            NewBatchThreshold = Number(queues, "newBatchThreshold", batchSize / 2),
            MaxDequeueCount = Number(queues, "maxDequeueCount", 5),
            MaxConcurrentOrchestrators = Number(durable, "maxConcurrentOrchestratorFunctions", 10 * Environment.ProcessorCount),
            MaxConcurrentActivities = Number(durable, "maxConcurrentActivityFunctions", 10 * Environment.ProcessorCount),
        };

        static int Number(IConfigurationSection section, string name, int otherwise) => section[name] is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

        TimeSpan Duration(string name, TimeSpan otherwise) => queues[name] is { } text ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }
}
