namespace FleetChat.Core.Messaging;

/// <summary>Makes a template message's content.</summary>
public static class TemplateMessages
{
    /// <param name="actions">One for each button of the template.</param>
    /// <param name="language"><c>en</c> or <c>es</c>.</param>
    /// <param name="parameters">Any text: they are flattened and cut here.</param>
    public static MessageContent Make(TemplateSet set, string template, string language, IReadOnlyList<string> actions, params string?[] parameters)
    {
        var chosen = set.Get(template, language);
        var fit = Array.ConvertAll(parameters, p => TemplateParameter.From(p));
        return new(chosen.Fill(fit))
        {
            Template = chosen.Name,
            Language = chosen.Language,
            Parameters = fit,
            Buttons = [.. actions.Zip(chosen.Buttons, (action, title) => new MessageButton(action, title))],
        };
    }
}
