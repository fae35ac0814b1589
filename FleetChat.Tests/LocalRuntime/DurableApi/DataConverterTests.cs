using System.Text.Json;
using Azure.Core.Serialization;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class DataConverterTests
{
    private static readonly DataConverter Functions = new ObjectConverterShim(new JsonObjectSerializer());

    [Fact]
    public void Tuples_are_written_with_their_fields()
    {
        var json = JsonDataConverter.Default.Serialize((1, "a"));

        Assert.Equal("""{"Item1":1,"Item2":"a"}""", json);
        Assert.Equal((1, "a"), JsonDataConverter.Default.Deserialize<(int, string)>(json));
    }

    [Fact]
    public void Own_JSON_options_take_the_place_of_the_default()
        => Assert.Equal("{}", new JsonDataConverter(new JsonSerializerOptions()).Serialize((1, "a")));

    [Fact]
    public void Nothing_is_written_as_nothing_and_read_as_nothing()
    {
        foreach (var converter in new[] { JsonDataConverter.Default, Functions })
        {
            Assert.Null(converter.Serialize(null));
            Assert.Null(converter.Deserialize<string>(null));
        }
    }

    [Fact]
    public void Nothing_read_as_a_number_throws_as_in_the_real_library()
        => Assert.Throws<NullReferenceException>(() => JsonDataConverter.Default.Deserialize<int>(null));

    [Fact]
    public void Functions_write_a_value_by_what_it_is()
    {
        object value = new Stop("Depot", 3);

        var json = Functions.Serialize(value);

        Assert.Equal("""{"Name":"Depot","Minutes":3}""", json);
        Assert.Equal(value, Functions.Deserialize<Stop>(json));
    }

    [Fact]
    public void Serialized_data_is_read_with_its_converter()
    {
        Assert.Equal(5, new SerializedData("5").ReadAs<int>());
        Assert.Equal(new Stop("Depot", 3), new SerializedData("""{"Name":"Depot","Minutes":3}""", Functions).ReadAs<Stop>());
    }

    private sealed record Stop(string Name, int Minutes);
}
