using Microsoft.DurableTask.Converters;

namespace Microsoft.DurableTask.Client;

public class DurableTaskClientOptions
{
    private DataConverter _dataConverter = JsonDataConverter.Default;
    private bool _enableEntitySupport;

    public string DefaultVersion { get; set; } = "";

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

    public bool EnableEntitySupport
    {
        get => _enableEntitySupport;
        set
        {
            _enableEntitySupport = value;
            EntitySupportExplicitlySet = true;
        }
    }

    /// <summary>Unless it is set, a DataConverter that is a service is taken, in whatever order the options are configured.</summary>
    internal bool DataConverterExplicitlySet { get; private set; }

    internal bool EntitySupportExplicitlySet { get; private set; }

    /// <summary>The options of the target's own kind win over those of the builder where they were set.</summary>
    internal void ApplyTo(DurableTaskClientOptions other)
    {
        if (!other.DataConverterExplicitlySet) other.DataConverter = DataConverter;
        if (!other.EntitySupportExplicitlySet) other.EnableEntitySupport = EnableEntitySupport;
        if (!string.IsNullOrWhiteSpace(DefaultVersion)) other.DefaultVersion = DefaultVersion;
    }
}
