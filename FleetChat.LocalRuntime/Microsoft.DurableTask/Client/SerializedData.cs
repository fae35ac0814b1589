using Microsoft.DurableTask.Converters;

namespace Microsoft.DurableTask.Client;

public sealed class SerializedData
{
    public SerializedData(string data, DataConverter? converter = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(data);
        Value = data;
        Converter = converter ?? JsonDataConverter.Default;
    }

    public DataConverter Converter { get; }

    public string Value { get; }

    public T ReadAs<T>() => Converter.Deserialize<T>(Value)!;
}
