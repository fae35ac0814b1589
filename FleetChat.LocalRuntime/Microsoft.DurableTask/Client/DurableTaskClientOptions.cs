using Microsoft.DurableTask.Converters;

namespace Microsoft.DurableTask.Client;

public class DurableTaskClientOptions
{
    private DataConverter _converter = JsonDataConverter.Default;

    public DataConverter DataConverter
    {
        get => _converter;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _converter = value;
        }
    }

    /// <summary>The version of instances that are started without one.</summary>
    public string DefaultVersion { get; set; } = "";

    /// <summary>There are no entities here, whatever it says.</summary>
    public bool EnableEntitySupport { get; set; }
}
