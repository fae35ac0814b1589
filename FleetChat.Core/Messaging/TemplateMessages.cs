namespace FleetChat.Core.Messaging;

/// <summary>Makes a template message's content.</summary>
public static class TemplateMessages
{
    /// <param name="actions">One for each button of the template.</param>
    /// <param name="language">One of <see cref="Languages"/>.</param>
    /// <param name="parameters">Any text: they are flattened and cut here.</param>
    public static MessageContent Make(TemplateSet set, string template, string language, IReadOnlyList<string> actions, params string?[] parameters)
        => Fill(set, template, language, actions, Array.ConvertAll(parameters, p => TemplateParameter.From(p)));

    /// <param name="parameters">Fit already: see <see cref="TemplateParameter"/>. All together within WhatsApp's 1,024 characters.</param>
    public static MessageContent Fill(TemplateSet set, string template, string language, IReadOnlyList<string> actions, IReadOnlyList<string> parameters)
    {
        var chosen = set.Get(template, language);
        return new(chosen.Fill(parameters))
        {
            Template = chosen.Name,
            Language = chosen.Language,
            Parameters = parameters,
            Buttons = [.. actions.Zip(chosen.Buttons, (action, title) => new MessageButton(action, title))],
        };
    }
}
