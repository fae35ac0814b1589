using System.Reflection;
using System.Text.Json;

namespace FleetChat.Tests.Conventions;

public sealed class SettingTests
{
    private static readonly JsonDocumentOptions WithComments = new() { CommentHandling = JsonCommentHandling.Skip };

    private static readonly Assembly[] Readers = [Assembly.Load("FleetChat.Core"), Assembly.Load("FleetChat.LocalHost")];

    [Fact]
    public void The_sample_settings_have_every_key_that_is_read()
        => Findings.AssertNone(Readers.SelectMany(KeysRead).Except(KeysOfSample(), StringComparer.OrdinalIgnoreCase));

    [Fact]
    public void The_sample_settings_have_no_key_of_ours_that_nobody_reads()
        => Findings.AssertNone(KeysOfSample().Where(key => key.StartsWith("FleetChat:", StringComparison.Ordinal))
            .Except(Readers.SelectMany(KeysRead), StringComparer.OrdinalIgnoreCase));

    [Fact]
    public void Keys_are_read_from_options_classes()
        => Assert.Contains("FleetChat:Postgres:App", Readers.SelectMany(KeysRead));

    // Options classes name the section that they are bound from.
    private static IEnumerable<string> KeysRead(Assembly assembly)
        => from type in assembly.GetTypes()
           where type.Name.EndsWith("Options", StringComparison.Ordinal)
           let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
           where section is not null
           from property in type.GetProperties()
           where property.CanWrite
           from key in KeysOf($"{section}:{property.Name}", property.PropertyType)
           select key;

    // Of a list the sample has the first one.
    private static IEnumerable<string> KeysOf(string key, Type type)
        => type.GetElementType() is { Namespace: { } space } item && space.StartsWith("FleetChat.", StringComparison.Ordinal)
            ? item.GetProperties().Where(property => property.CanWrite).Select(property => $"{key}:0:{property.Name}")
            : [key];

    private static IReadOnlyList<string> KeysOfSample()
    {
        using var sample = JsonDocument.Parse(Sources.Read("local.settings.sample.json"), WithComments);
        return [.. sample.RootElement.GetProperty("Values").EnumerateObject().Select(value => value.Name.Replace("__", ":", StringComparison.Ordinal))];
    }
}
