using System.Globalization;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Faults;

namespace FleetChat.LocalHost.Commands.Sim;

/// <summary>What stands behind <c>sim</c>.</summary>
internal sealed record SimOptions : ViewOptions
{
    private static readonly string[] Actions = ["start", "list", "faults", "hold", "release", "chats", "journal"];

    private static readonly Dictionary<string, string[]> OptionsOf = new()
    {
        ["start"] = ["--port", "--journal", "--clock", "--seed", "--of"],
        ["list"] = ["--port"],
        ["faults"] = ["--port", "--of", "--seed", "--calls", "--webhooks", "--kinds", "--path"],
        ["hold"] = ["--port", "--of"],
        ["release"] = ["--port", "--of", "--order", "--one-post"],
        ["chats"] = ["--port", "--number", "--user"],
        ["journal"] = ["--port", "--of", "--last", "--kind", "--follow"],
    };

    public string Action { get; init; } = "start";

    /// <summary>Samsara's; WhatsApp has the next one. Null: behind the running host's, else 7072.</summary>
    public int? Port { get; init; }

    /// <summary><c>samsara</c> or <c>whatsapp</c>; null: both.</summary>
    public string? Of { get; init; }

    public string? Journal { get; init; }

    public Uri? Clock { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Of <c>faults</c>: true on, false off, null only shows them.</summary>
    public bool? Faults { get; init; }

    public double? Calls { get; init; }

    public double? Webhooks { get; init; }

    public IReadOnlyList<CallTrouble> CallKinds { get; init; } = [];

    public IReadOnlyList<WebhookTrouble> WebhookKinds { get; init; } = [];

    public string Path { get; init; } = "/";

    public ReleaseOrder Order { get; init; }

    public bool OnePost { get; init; }

    public string? Number { get; init; }

    public string? User { get; init; }

    public int Last { get; init; } = 20;

    public string? Kind { get; init; }

    public bool Follow { get; init; }

    /// <exception cref="FormatException">Says what is wrong, and what is wanted.</exception>
    public static SimOptions Read(string[] words)
    {
        var action = words is [['-', ..], ..] or [] ? "start" : words[0];
        if (!Actions.Contains(action)) throw new FormatException($"'sim' has no '{action}', only {string.Join(", ", Actions)}.");
        var rest = words is [['-', ..], ..] or [] ? words : words[1..];
        var read = new SimOptions { Action = action };
        if (action == "faults" && rest is ["on" or "off", ..]) (read, rest) = (read with { Faults = rest[0] == "on" }, rest[1..]);
        read = CommandOptions.Read($"sim {action}", rest, read, (option, value, sofar) => option.StartsWith("--", StringComparison.Ordinal) && OptionsOf[action].Contains(option)
            ? With(sofar, option, value)
            : CommandOptions.View(option, value, sofar));
        // Who names kinds of one sort alone wants no trouble of the other.
        return read with
        {
            Calls = read.Calls ?? (read.CallKinds.Count == 0 && read.WebhookKinds.Count > 0 ? 0 : 0.1),
            Webhooks = read.Webhooks ?? (read.WebhookKinds.Count == 0 && read.CallKinds.Count > 0 ? 0 : 0.1),
        };
    }

    public FaultPlan ToPlan() => new(Seed, Calls!.Value, Webhooks!.Value, CallKinds.Count == 0 ? null : CallKinds, WebhookKinds.Count == 0 ? null : WebhookKinds, Path);

    private static SimOptions With(SimOptions read, string option, Func<string> value) => option switch
    {
        "--port" => read with { Port = CommandOptions.Port(value()) },
        "--of" => read with { Of = value() is ("samsara" or "whatsapp") and var of ? of : throw new FormatException("--of needs samsara or whatsapp.") },
        "--journal" => read with { Journal = value() },
        "--clock" => read with { Clock = Uri.TryCreate(value(), UriKind.Absolute, out var clock) ? clock : throw new FormatException("--clock needs a URL.") },
        "--seed" => read with { Seed = int.TryParse(value(), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : throw new FormatException("--seed needs a number.") },
        "--calls" => read with { Calls = Part(option, value()) },
        "--webhooks" => read with { Webhooks = Part(option, value()) },
        "--kinds" => Kinds(read, value()),
        "--path" => read with { Path = value() },
        "--order" => read with { Order = OrderOf(value()) },
        "--one-post" => read with { OnePost = true },
        "--number" => read with { Number = value() },
        "--user" => read with { User = value() },
        "--last" => read with { Last = int.TryParse(value(), NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : throw new FormatException("--last needs a number.") },
        "--kind" => read with { Kind = value() },
        "--follow" => read with { Follow = true },
        _ => throw new FormatException($"'sim' has no option {option}."),
    };

    private static ReleaseOrder OrderOf(string text) => text switch
    {
        "as-emitted" => ReleaseOrder.AsEmitted,
        "reversed" => ReleaseOrder.Reversed,
        "shuffled" => ReleaseOrder.Shuffled,
        _ => throw new FormatException("--order needs as-emitted, reversed or shuffled."),
    };

    private static double Part(string option, string text)
        => double.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= 100 ? percent / 100 : throw new FormatException($"{option} needs percent, from 0 to 100.");

    private static SimOptions Kinds(SimOptions read, string text)
    {
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var plain = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
            if (Find<CallTrouble>(plain) is { } call) read = read with { CallKinds = [.. read.CallKinds, call] };
            else if (Find<WebhookTrouble>(plain) is { } webhook) read = read with { WebhookKinds = [.. read.WebhookKinds, webhook] };
            else throw new FormatException($"--kinds: there is no '{name}', only {string.Join(", ", Names<CallTrouble>().Concat(Names<WebhookTrouble>()))}.");
        }
        return read;
    }

    private static TKind? Find<TKind>(string plain)
        where TKind : struct, Enum => !plain.All(char.IsAsciiLetter) || !Enum.TryParse<TKind>(plain, ignoreCase: true, out var kind) ? null : kind;

    private static IEnumerable<string> Names<TKind>()
        where TKind : struct, Enum => Enum.GetNames<TKind>().Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName);
}
