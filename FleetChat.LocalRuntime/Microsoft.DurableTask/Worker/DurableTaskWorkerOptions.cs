using Microsoft.DurableTask.Converters;

namespace Microsoft.DurableTask.Worker;

public class DurableTaskWorkerOptions
{
    private DataConverter _converter = JsonDataConverter.Default;
    private VersioningOptions? _versioning;

    /// <summary>What to do with an orchestration whose version does not match: leave it to other workers, or fail it.</summary>
    public enum VersionFailureStrategy
    {
        Reject = 0,
        Fail = 1,
    }

    public enum VersionMatchStrategy
    {
        None = 0,
        Strict = 1,
        CurrentOrOlder = 2,
    }

    public ConcurrencyOptions Concurrency { get; } = new();

    public DataConverter DataConverter
    {
        get => _converter;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _converter = value;
        }
    }

    /// <summary>There are no entities here, whatever it says.</summary>
    public bool EnableEntitySupport { get; set; }

    public bool IsVersioningSet { get; private set; }

    public LoggingOptions Logging { get; } = new();

    /// <summary>A longer timer is made of several of this length.</summary>
    public TimeSpan MaximumTimerInterval { get; set; } = TimeSpan.FromDays(3);

    [Obsolete("Experimental")]
    public IOrchestrationFilter? OrchestrationFilter { get; set; }

    public VersioningOptions? Versioning
    {
        get => _versioning;
        set
        {
            _versioning = value;
            IsVersioningSet = true;
        }
    }

    public class ConcurrencyOptions
    {
        public int MaximumConcurrentActivityWorkItems { get; set; } = 100 * Environment.ProcessorCount;

        public int MaximumConcurrentEntityWorkItems { get; set; } = 100 * Environment.ProcessorCount;

        public int MaximumConcurrentOrchestrationWorkItems { get; set; } = 100 * Environment.ProcessorCount;
    }

    public class LoggingOptions
    {
        public bool UseLegacyCategories { get; set; } = true;
    }

    public class VersioningOptions
    {
        /// <summary>Of sub-orchestrations that are called without one.</summary>
        public string DefaultVersion { get; set; } = "";

        public VersionFailureStrategy FailureStrategy { get; set; }

        public VersionMatchStrategy MatchStrategy { get; set; }

        public string Version { get; set; } = "";
    }
}
