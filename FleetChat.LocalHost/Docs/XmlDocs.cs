using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FleetChat.Core;

namespace FleetChat.LocalHost.Docs;

/// <summary>What the code says of itself in XML comments, as plain text.</summary>
internal sealed partial class XmlDocs
{
    private readonly Assembly[] _assemblies;
    private readonly Dictionary<string, XElement> _members;

    private XmlDocs(Assembly[] assemblies, Dictionary<string, XElement> members) => (_assemblies, _members) = (assemblies, members);

    /// <param name="assemblies">Each one's comments lie beside it, as the build writes them.</param>
    public static XmlDocs Read(params Assembly[] assemblies) => new(assemblies, assemblies
        .SelectMany(assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member"))
        // What the compiler makes for itself is in each of them.
        .DistinctBy(member => member.Attribute("name")!.Value)
        .ToDictionary(member => member.Attribute("name")!.Value));

    public string? Of(Type type) => Text(Find($"T:{NameOf(type)}")?.Element("summary"));

    public string? Of(MethodInfo method)
    {
        var name = $"M:{NameOf(method.DeclaringType!)}.{method.Name}";
        return Text(_members.FirstOrDefault(member => member.Key == name || member.Key.StartsWith($"{name}(", StringComparison.Ordinal)).Value?.Element("summary"));
    }

    /// <summary>Of a property, or of the parameter of a record that made it.</summary>
    public string? Of(Type type, string property)
        => Text(Find($"P:{NameOf(type)}.{property}")?.Element("summary"))
            ?? Text(Find($"T:{NameOf(type)}")?.Elements("param").FirstOrDefault(param => param.Attribute("name")!.Value == property));

    private XElement? Find(string name) => _members.GetValueOrDefault(name);

    private static string NameOf(Type type) => (type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private string? Text(XElement? element)
    {
        if (element is null) return null;
        var text = Spaces().Replace(string.Concat(element.Nodes().Select(TextOf)), " ").Trim();
        return text.Length == 0 ? null : text;
    }

    private string TextOf(XNode node) => node switch
    {
        XText text => text.Value,
        XElement reference when reference.Attribute("cref") is { } name => Named(name.Value),
        XElement parameter when parameter.Attribute("name") is { } name => name.Value,
        XElement element => string.Concat(element.Nodes().Select(TextOf)),
        _ => "",
    };

    // A vocabulary is its words, a constant its value; all else is called by its name.
    private string Named(string reference)
    {
        var name = LastName().Match(reference).Value;
        var full = reference[2..];
        if (reference.StartsWith("T:", StringComparison.Ordinal))
            return FindType(full) is { IsAbstract: true, IsSealed: true } vocabulary ? Join(new OneOfAttribute(vocabulary).Words) : name;
        if (FindType(full[..Math.Max(0, full.LastIndexOf('.'))]) is not { } type) return name;
        var value = type.GetField(name, Statics)?.GetValue(null) ?? type.GetProperty(name, Statics)?.GetValue(null);
        return value switch
        {
            string word => word,
            IEnumerable<string> words => Join(words),
            int number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => name,
        };
    }

    private Type? FindType(string name) => _assemblies.Select(assembly => assembly.GetType(name)).FirstOrDefault(type => type is not null);

    private static string Join(IEnumerable<string> words) => string.Join(", ", words);

    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    // M:Namespace.Type.Method(Parameter) is Method.
    [GeneratedRegex(@"\w+(?=(\(.*)?$)")]
    private static partial Regex LastName();
}
