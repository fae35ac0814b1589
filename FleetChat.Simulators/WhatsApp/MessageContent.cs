using System.Text.Json;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>The content of a send call, checked by the limits of contracts' send table; templates are <see cref="TemplateUse"/>'s.</summary>
internal static class MessageContent
{
    private const int LongestCaption = 1024;
    private const int LongestListBody = 4096;

    public static Rendered Render(string type, Fields request) => type switch
    {
        "text" => Text(request.Object("text")),
        "interactive" => Interactive(request.Object("interactive")),
        "image" or "video" or "audio" or "document" or "sticker" => Media(type, request.Object(type)),
        "location" => Location(request.Object("location")),
        "reaction" => new($"[reacted {request.Object("reaction").Text("emoji", 20, allowEmpty: true)}]", []),
        "contacts" => new($"[{request.Objects("contacts").Count} contact(s)]", []),
        _ => throw GraphErrorException.Invalid($"type {type} is not supported"),
    };

    private static Rendered Text(Fields text)
    {
        text.OptionalFlag("preview_url");
        return new(text.Text("body", 4096), []);
    }

    private static Rendered Media(string type, Fields media)
    {
        if (media.Has("id") == media.Has("link"))
            throw GraphErrorException.Invalid($"{type} has either id or link");
        if (media.Has("caption") && type is "audio" or "sticker")
            throw GraphErrorException.Invalid($"{type} takes no caption");
        var caption = media.OptionalText("caption", LongestCaption, allowEmpty: true);
        var name = media.OptionalText("filename", 240);
        return new($"[{type}{(name is null ? "" : " " + name)}]{(caption is null ? "" : " " + caption)}", []);
    }

    private static Rendered Location(Fields location)
    {
        var (latitude, longitude) = (Coordinate(location, "latitude", 90), Coordinate(location, "longitude", 180));
        return new(FormattableString.Invariant($"[location {latitude},{longitude}] {location.OptionalText("name", 1000)}").TrimEnd(), []);
    }

    // Meta takes numbers and numbers in strings here.
    private static double Coordinate(Fields location, string name, double limit)
    {
        var value = location.Element.TryGetProperty(name, out var element) && element.ValueKind == JsonValueKind.String
            ? double.TryParse(element.GetString(), System.Globalization.CultureInfo.InvariantCulture, out var parsed) ? parsed : throw location.Bad(name, "must be a number")
            : location.Number(name);
        return Math.Abs(value) <= limit ? value : throw location.Bad(name, $"must lie within {limit} degrees");
    }

    private static Rendered Interactive(Fields interactive)
    {
        var type = interactive.Text("type", 50);
        var list = type == "list";
        var body = interactive.Object("body").Text("text", list ? LongestListBody : 1024);
        var header = Header(interactive, textOnly: list);
        var footer = interactive.OptionalObject("footer")?.Text("text", 60);
        var action = interactive.Object("action");
        var buttons = type switch
        {
            "button" => ReplyButtons(action),
            "list" => ListRows(action),
            "location_request_message" => LocationRequest(action),
            "cta_url" => CallToAction(action),
            _ => throw GraphErrorException.Invalid($"interactive type {type} is not supported"),
        };
        return new(string.Join("\n\n", new[] { header, body, footer }.Where(part => !string.IsNullOrEmpty(part))), buttons);
    }

    private static string? Header(Fields interactive, bool textOnly)
    {
        if (interactive.OptionalObject("header") is not { } header)
            return null;
        var type = textOnly ? header.OneOf("type", "text") : header.OneOf("type", "text", "image", "video", "document");
        if (type == "text")
            return header.Text("text", 60);
        header.Object(type);
        return $"[{type}]";
    }

    private static List<ChatButton> ReplyButtons(Fields action)
    {
        var buttons = action.Objects("buttons");
        if (buttons.Count is < 1 or > 3)
            throw action.Bad("buttons", $"must have 1 to 3 items and has {buttons.Count}");
        var replies = buttons.Select(button =>
        {
            button.OneOf("type", "reply");
            var reply = button.Object("reply");
            return new ChatButton(ButtonKind.Reply, reply.Text("title", 20), reply.Text("id", 256));
        }).ToList();
        Unique(action, "buttons", replies.Select(reply => reply.Title));
        Unique(action, "buttons", replies.Select(reply => reply.Payload));
        return replies;
    }

    private static List<ChatButton> ListRows(Fields action)
    {
        action.Text("button", 20);
        var sections = action.Objects("sections");
        if (sections.Count is < 1 or > 10)
            throw action.Bad("sections", $"must have 1 to 10 items and has {sections.Count}");
        if (sections.Count > 1)
        {
            foreach (var section in sections)
                section.Text("title", 24);
        }
        var rows = sections.SelectMany(section => section.Objects("rows")).Select(row =>
        {
            var description = row.OptionalText("description", 72, allowEmpty: true);
            return new ChatButton(ButtonKind.ListRow, row.Text("title", 24), row.Text("id", 200), description);
        }).ToList();
        if (rows.Count is < 1 or > 10)
            throw action.Bad("sections", $"must have 1 to 10 rows in total and has {rows.Count}");
        Unique(action, "sections", rows.Select(row => row.Payload));
        return rows;
    }

    private static List<ChatButton> LocationRequest(Fields action)
    {
        action.OneOf("name", "send_location");
        return [new(ButtonKind.Other, "Send location", "send_location")];
    }

    private static List<ChatButton> CallToAction(Fields action)
    {
        action.OneOf("name", "cta_url");
        var parameters = action.Object("parameters");
        return [new(ButtonKind.Other, parameters.Text("display_text", 20), parameters.Text("url", 2000))];
    }

    private static void Unique(Fields action, string member, IEnumerable<string> values)
    {
        var all = values.ToList();
        if (all.Distinct(StringComparer.Ordinal).Count() != all.Count)
            throw action.Bad(member, "must have different titles and ids");
    }
}
