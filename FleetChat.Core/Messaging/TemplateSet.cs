using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace FleetChat.Core.Messaging;

/// <summary>A template as WhatsApp has to approve it.</summary>
/// <param name="Language">WhatsApp's code, such as <c>en_US</c>.</param>
/// <param name="Body">At most 1,024 characters with <c>{{1}}</c>, <c>{{2}}</c> ...; neither begins nor ends with one.</param>
/// <param name="Examples">One for each placeholder.</param>
/// <param name="Buttons">Titles of quick replies, at most 25 characters each.</param>
public sealed partial record MessageTemplate(string Name, string Language, string Category, string Body, IReadOnlyList<string> Examples, IReadOnlyList<string> Buttons)
{
    // In one pass: a parameter that holds "{{2}}" is text, not a placeholder.
    public string Fill(IReadOnlyList<string> parameters)
        => Placeholder().Replace(Body, match => parameters[int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - 1]);

    [GeneratedRegex(@"\{\{(\d+)\}\}")]
    private static partial Regex Placeholder();
}

/// <summary>A named set of templates in all our languages.</summary>
public sealed class TemplateSet
{
    public const string StopArrived = "fleetchat_stop_arrived_v2";

    /// <summary>Where nobody knows what the stop is for.</summary>
    public const string StopArrivedUnsure = "fleetchat_stop_arrived_unsure_v1";
    public const string Digest = "fleetchat_digest_v1";
    public const string ConsentQuestion = "fleetchat_consent_question_v1";
    public const string DispatcherNote = "fleetchat_dispatcher_note_v2";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private static readonly ConcurrentDictionary<string, TemplateSet> Known = new();
    private static readonly FrozenDictionary<string, string> WhatsAppLanguages = new Dictionary<string, string> { [Languages.English] = "en_US", [Languages.Spanish] = "es", [Languages.French] = "fr" }.ToFrozenDictionary();

    private TemplateSet(string name, IReadOnlyList<MessageTemplate> templates) => (Name, Templates) = (name, templates);

    public string Name { get; }

    public IReadOnlyList<MessageTemplate> Templates { get; }

    /// <exception cref="ArgumentException">There is no such set in this build.</exception>
    public static TemplateSet Get(string name) => Known.GetOrAdd(name, Load);

    public static bool Exists(string name) => typeof(TemplateSet).Assembly.GetManifestResourceInfo(ResourceOf(name)) is not null;

    /// <param name="language">One of <see cref="Languages"/>.</param>
    public MessageTemplate Get(string template, string language)
    {
        var code = WhatsAppLanguages[language];
        return Templates.First(t => t.Name == template && t.Language == code);
    }

    /// <param name="code">WhatsApp's, of the language.</param>
    public MessageTemplate? Find(string template, string code) => Templates.FirstOrDefault(t => t.Name == template && t.Language == code);

    /// <param name="language">One of <see cref="Languages"/>.</param>
    public static string CodeOf(string language) => WhatsAppLanguages[language];

    /// <returns>Ours; null for a code of WhatsApp's that we do not use.</returns>
    public static string? LanguageOf(string code) => WhatsAppLanguages.FirstOrDefault(l => l.Value == code).Key;

    private static TemplateSet Load(string name)
    {
        using var stream = typeof(TemplateSet).Assembly.GetManifestResourceStream(ResourceOf(name))
            ?? throw new ArgumentException($"there is no template set {name}", nameof(name));
        var file = JsonSerializer.Deserialize<File>(stream, Json)!;
        return new(file.Name, file.Templates);
    }

    private static string ResourceOf(string name) => $"FleetChat.Core.Messaging.Templates.{name}.json";

    private sealed record File(string Name, IReadOnlyList<MessageTemplate> Templates);
}
