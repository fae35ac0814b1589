using System.Text.Json;

namespace Microsoft.DurableTask.Converters;

/// <summary>System.Text.Json; null stays null. Unless told otherwise, fields are written too, because tuples consist of them.</summary>
public class JsonDataConverter : DataConverter
{
    private static readonly JsonSerializerOptions WithFields = new() { IncludeFields = true };
    private readonly JsonSerializerOptions? _options;

    public JsonDataConverter(JsonSerializerOptions? options = null)
    {
        _options = options ?? WithFields;
    }

    public static JsonDataConverter Default { get; } = new();

    public override object? Deserialize(string? data, Type targetType) => data is null ? null! : JsonSerializer.Deserialize(data, targetType, _options)!;

    public override string? Serialize(object? value) => value is null ? null! : JsonSerializer.Serialize(value, _options);
}
