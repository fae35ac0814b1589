namespace FleetChat.Simulators;

/// <summary>What the command line asks for.</summary>
internal sealed record CommandLine(bool Samsara, bool WhatsApp)
{
    public const string Usage = """
        usage: dotnet FleetChat.Simulators.dll samsara|whatsapp|both [options]
          --url URL               where to listen (both: Samsara; WhatsApp takes --whatsapp-url); port 0 takes a free one
          --whatsapp-url URL      where WhatsApp listens
          --journal FILE          append everything accepted and sent to FILE
          --clock URL             business clock: GET answers {"now":"...Z","running":true,"offset_ms":0}
          --samsara-attempts N    attempts per Samsara webhook (5)
          --first-delay-ms N      real time before a webhook's second attempt, doubled each time
          --longest-delay-ms N    but never longer than this
          --seed N                of everything that is shuffled (1)
          --until-stdin-closes    also end when the standard input closes
        """;

    public string Url { get; private init; } = "http://127.0.0.1:0";

    public string WhatsAppUrl { get; private init; } = "http://127.0.0.1:0";

    public string? Journal { get; private init; }

    public Uri? Clock { get; private init; }

    public int? SamsaraAttempts { get; private init; }

    public int? FirstDelayMs { get; private init; }

    public int? LongestDelayMs { get; private init; }

    public int Seed { get; private init; } = 1;

    public bool UntilStdinCloses { get; private init; }

    /// <summary>Throws <see cref="FormatException"/> with a sentence for the person who typed it.</summary>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var line = (args.Count == 0 ? "" : args[0]) switch
        {
            "samsara" => new CommandLine(Samsara: true, WhatsApp: false),
            "whatsapp" => new CommandLine(Samsara: false, WhatsApp: true),
            "both" => new CommandLine(Samsara: true, WhatsApp: true),
            _ => throw new FormatException("say which simulator: samsara, whatsapp or both"),
        };
        for (var at = 1; at < args.Count; at++)
        {
            if (args[at] == "--until-stdin-closes")
            {
                line = line with { UntilStdinCloses = true };
                continue;
            }
            var (option, value) = (args[at], at + 1 < args.Count ? args[++at] : throw new FormatException($"{args[at]} needs a value"));
            line = line.With(option, value);
        }
        return line;
    }

    private CommandLine With(string option, string value) => option switch
    {
        "--url" when Samsara => this with { Url = value },
        "--url" or "--whatsapp-url" => this with { WhatsAppUrl = value },
        "--journal" => this with { Journal = value },
        "--clock" => this with { Clock = new Uri(value) },
        "--samsara-attempts" => this with { SamsaraAttempts = Number(option, value) },
        "--first-delay-ms" => this with { FirstDelayMs = Number(option, value) },
        "--longest-delay-ms" => this with { LongestDelayMs = Number(option, value) },
        "--seed" => this with { Seed = Number(option, value) },
        _ => throw new FormatException($"there is no option {option}"),
    };

    private static int Number(string option, string value)
        => int.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new FormatException($"{option} needs a positive number");
}
