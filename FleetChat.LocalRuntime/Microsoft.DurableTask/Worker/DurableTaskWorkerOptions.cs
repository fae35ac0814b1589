using Microsoft.DurableTask.Converters;

namespace Microsoft.DurableTask.Worker;

public class DurableTaskWorkerOptions
{
    private DataConverter _dataConverter = JsonDataConverter.Default;
    private VersioningOptions? _versioning;

    public enum VersionMatchStrategy
    {
        None = 0,
        Strict = 1,
        CurrentOrOlder = 2,
    }

    public enum VersionFailureStrategy
    {
        Reject = 0,
        Fail = 1,
    }

    /// <summary>Null sets the default converter again.</summary>
    public DataConverter DataConverter
    {
        get => _dataConverter;
        set
        {
            _dataConverter = value ?? JsonDataConverter.Default;
            DataConverterExplicitlySet = value is not null;
        }
    }

    public bool EnableEntitySupport { get; set; }

    public TimeSpan MaximumTimerInterval { get; set; } = TimeSpan.FromDays(3);

    public ConcurrencyOptions Concurrency { get; } = new();

    public LoggingOptions Logging { get; } = new();

    public VersioningOptions? Versioning
    {
        get => _versioning;
        set
        {
            _versioning = value;
            IsVersioningSet = true;
        }
    }

    public bool IsVersioningSet { get; private set; }

    [Obsolete("Experimental")]
    public IOrchestrationFilter? OrchestrationFilter { get; set; }

    /// <summary>Unless it is set, a DataConverter that is a service is taken, in whatever order the options are configured.</summary>
    internal bool DataConverterExplicitlySet { get; private set; }

    /// <summary>The builder's options win over those of the target's own kind. (Those of a client do not: the real classes differ in this.)</summary>
    internal void ApplyTo(DurableTaskWorkerOptions other)
    {
        other.DataConverter = DataConverter;
        other.EnableEntitySupport = EnableEntitySupport;
        other.MaximumTimerInterval = MaximumTimerInterval;
        other.Versioning = Versioning;
#pragma warning disable CS0618 // "experimental", and handed on all the same
        other.OrchestrationFilter = OrchestrationFilter;
#pragma warning restore CS0618
        other.Logging.UseLegacyCategories = Logging.UseLegacyCategories;
    }

    public class ConcurrencyOptions
    {
        public int MaximumConcurrentActivityWorkItems { get; set; } = 100 * Environment.ProcessorCount;

        public int MaximumConcurrentOrchestrationWorkItems { get; set; } = 100 * Environment.ProcessorCount;

        public int MaximumConcurrentEntityWorkItems { get; set; } = 100 * Environment.ProcessorCount;
    }

    public class LoggingOptions
    {
        public bool UseLegacyCategories { get; set; } = true;
    }

    public class VersioningOptions
    {
        public string Version { get; set; } = "";

        public string DefaultVersion { get; set; } = "";

        public VersionMatchStrategy MatchStrategy { get; set; } = VersionMatchStrategy.None;

        public VersionFailureStrategy FailureStrategy { get; set; } = VersionFailureStrategy.Reject;
    }
}
