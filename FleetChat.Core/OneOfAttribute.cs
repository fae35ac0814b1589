using System.Reflection;

namespace FleetChat.Core;

/// <summary>The words that a text of the API is one of. They describe it; whoever reads the text refuses other ones.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class OneOfAttribute : Attribute
{
    public OneOfAttribute(params string[] words) => Words = words;

    /// <param name="vocabulary">Each of its constants is a word.</param>
    public OneOfAttribute(Type vocabulary) => Words = ReadConstants(vocabulary);

    /// <param name="list">A static member of the type: the words.</param>
    public OneOfAttribute(Type type, string list) => Words = ReadList(type, list);

    public IReadOnlyList<string> Words { get; }

    private static IReadOnlyList<string> ReadConstants(Type vocabulary)
        => [.. vocabulary.GetFields(Statics).Where(field => field is { IsLiteral: true, IsPrivate: false } && field.FieldType == typeof(string)).Select(field => (string)field.GetRawConstantValue()!)];

    private static IReadOnlyList<string> ReadList(Type type, string list)
        => [.. (IEnumerable<string>)(type.GetField(list, Statics)?.GetValue(null) ?? type.GetProperty(list, Statics)!.GetValue(null)!)];

    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
}
