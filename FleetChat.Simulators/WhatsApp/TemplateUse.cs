using System.Globalization;
using System.Text.RegularExpressions;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>A <c>template</c> of a send call held against the registered one: the checks of Meta, and the text that the person reads.</summary>
internal static partial class TemplateUse
{
    private const int LongestBody = 1024;
    private const int LongestPayload = 256;

    public static Rendered Render(Template template, Fields request)
    {
        var components = request.OptionalObjects("components") ?? [];
        var header = RenderHeader(template, Part(components, "header"));
        var body = Fill(template, "body", template.Body, Part(components, "body"));
        if (body.Length > LongestBody)
            throw GraphErrorException.TextTooLong($"body has {body.Length} characters with its parameters");
        var buttons = RenderButtons(template, [.. components.Where(component => Type(component) == "button")]);
        var text = string.Join("\n\n", new[] { header, body, template.Footer }.Where(part => !string.IsNullOrEmpty(part)));
        return new(text, buttons);
    }

    private static Fields? Part(IReadOnlyList<Fields> components, string type)
    {
        var found = components.Where(component => Type(component) == type).ToList();
        return found.Count switch
        {
            0 => null,
            1 => found[0],
            _ => throw GraphErrorException.TemplateComponent($"component {type} is there {found.Count} times"),
        };
    }

    private static string Type(Fields component)
    {
        var type = component.Text("type", 20).ToLowerInvariant();
        return type is "header" or "body" or "button" ? type : throw GraphErrorException.Invalid($"{component.At("type")} must be header, body or button");
    }

    private static string RenderHeader(Template template, Fields? given)
    {
        if (template.HeaderFormat is null)
            return given is null ? "" : throw GraphErrorException.ParameterFormat("header: the template has none");
        if (template.HeaderFormat == "TEXT")
            return Fill(template, "header", template.HeaderText, given);
        var kind = template.HeaderFormat.ToLowerInvariant();
        var parameters = given?.OptionalObjects("parameters") ?? [];
        if (parameters.Count != 1)
            throw GraphErrorException.ParameterCount("header", parameters.Count, 1);
        if (parameters[0].Text("type", 20) != kind)
            throw GraphErrorException.ParameterFormat($"header: Format mismatch, expected {template.HeaderFormat}, received {parameters[0].Text("type", 20).ToUpperInvariant()}");
        parameters[0].Object(kind);
        return $"[{kind}]";
    }

    private static string Fill(Template template, string part, string text, Fields? given)
    {
        var variables = Template.Variables(text);
        var parameters = given?.OptionalObjects("parameters") ?? [];
        if (parameters.Count != variables.Count)
            throw GraphErrorException.ParameterCount(part, parameters.Count, variables.Count);
        var values = new Dictionary<string, string>();
        for (var index = 0; index < parameters.Count; index++)
        {
            var name = parameters[index].OptionalText("parameter_name", 512);
            if (template.Named != name is not null)
                throw GraphErrorException.ParameterFormat($"{part}: parameter_name is {(template.Named ? "required for a template with named parameters" : "not allowed for a template with positional parameters")}");
            if (name is not null && !variables.Contains(name))
                throw GraphErrorException.ParameterFormat($"{part}: the template has no parameter {name}");
            if (!values.TryAdd(name ?? (index + 1).ToString(CultureInfo.InvariantCulture), Value(part, parameters[index])))
                throw GraphErrorException.ParameterFormat($"{part}: parameter {name} is there twice");
        }
        return Template.Fill(text, values);
    }

    private static string Value(string part, Fields parameter)
    {
        switch (parameter.Text("type", 20))
        {
            case "text":
                var text = parameter.Text("text", int.MaxValue, allowEmpty: true);
                if (text.Length == 0)
                    throw GraphErrorException.TemplateComponent($"{part}: Param text cannot be empty");
                if (RefusedPattern().IsMatch(text))
                    throw GraphErrorException.TemplateComponent($"{part}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces");
                return text;
            case "currency":
                return parameter.Object("currency").Text("fallback_value", 1024);
            case "date_time":
                return parameter.Object("date_time").Text("fallback_value", 1024);
            case var other:
                throw GraphErrorException.ParameterFormat($"{part}: a parameter of type {other} does not fit a text");
        }
    }

    private static List<ChatButton> RenderButtons(Template template, IReadOnlyList<Fields> given)
    {
        var byIndex = new Dictionary<int, Fields>();
        foreach (var component in given)
        {
            if (!int.TryParse(Index(component), NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= template.Buttons.Count)
                throw GraphErrorException.TemplateComponent($"button index {Index(component)} does not exist in the template");
            if (!byIndex.TryAdd(index, component))
                throw GraphErrorException.TemplateComponent($"button index {index} is there twice");
        }
        return [.. template.Buttons.Select((button, index) => RenderButton(button, index, byIndex.TryGetValue(index, out var component) ? component : null))];
    }

    // Meta's examples have the index as a string; a number is taken too.
    private static string Index(Fields component)
        => component.Element.TryGetProperty("index", out var index) ? index.ToString() : throw component.Missing("index");

    private static ChatButton RenderButton(TemplateButton button, int index, Fields? given)
    {
        if (given is not { } component)
        {
            if (button.Url is { } url && Template.Variables(url).Count > 0)
                throw GraphErrorException.ParameterCount($"button {index}", 0, 1);
            return new(button.Type == "QUICK_REPLY" ? ButtonKind.TemplateQuickReply : ButtonKind.Other, button.Text, button.Text);
        }
        var subType = component.Text("sub_type", 30);
        if (!string.Equals(subType, button.Type, StringComparison.OrdinalIgnoreCase))
            throw GraphErrorException.ParameterFormat($"button {index}: sub_type {subType} does not fit {button.Type}");
        var parameters = component.Objects("parameters");
        if (parameters.Count != 1)
            throw GraphErrorException.ParameterCount($"button {index}", parameters.Count, 1);
        if (button.Type != "QUICK_REPLY")
            return new(ButtonKind.Other, button.Text, parameters[0].OptionalText("text", 2000) ?? "");
        if (parameters[0].Text("type", 20) != "payload")
            throw GraphErrorException.ParameterFormat($"button {index}: a quick reply takes a parameter of type payload");
        return new(ButtonKind.TemplateQuickReply, button.Text, parameters[0].Text("payload", LongestPayload));
    }

    [GeneratedRegex("[\r\n\t]| {5,}")]
    private static partial Regex RefusedPattern();
}

/// <summary>What the person sees of a message.</summary>
internal sealed record Rendered(string Text, IReadOnlyList<ChatButton> Buttons);
