namespace FleetChat.Core.Messaging;

/// <summary>Makes a template message's content.</summary>
public static class TemplateMessages
{
    /// <summary>WhatsApp's limit of a template's body with its parameters, in characters.</summary>
    private const int LongestBody = 1024;

    private const int LongestParameter = 450;

    /// <param name="actions">One for each button of the template.</param>
    /// <param name="language">One of <see cref="Languages"/>.</param>
    /// <param name="parameters">Any text: they are flattened and cut here.</param>
    public static MessageContent Make(TemplateSet set, string template, string language, IReadOnlyList<string> actions, params string?[] parameters)
        => Fill(set, template, language, actions, Array.ConvertAll(parameters, p => TemplateParameter.From(p)));

    /// <summary>As <see cref="Make"/>, with parameters that may be long: where all together are too long, the longest gives way.</summary>
    public static MessageContent MakeLong(TemplateSet set, string template, string language, IReadOnlyList<string> actions, params string?[] parameters)
    {
        var fit = Array.ConvertAll(parameters, p => TemplateParameter.From(p, LongestParameter));
        while (set.Get(template, language).Fill(fit).Length - LongestBody is > 0 and var excess)
        {
            var longest = Array.IndexOf(fit, fit.MaxBy(p => p.Length));
            fit[longest] = TemplateParameter.From(fit[longest], Math.Max(2, fit[longest].Length - excess));
        }
        return Fill(set, template, language, actions, fit);
    }

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
