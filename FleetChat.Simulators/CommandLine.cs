using FleetChat.Simulators.Stripe;

namespace FleetChat.Simulators;

/// <summary>What the command line asks for.</summary>
internal sealed record CommandLine(SimulatorsOptions Options)
{
    public const string Usage = """
        usage: dotnet FleetChat.Simulators.dll samsara|whatsapp|stripe|both|all [options]
          --url URL               where to listen (both: Samsara; WhatsApp takes --whatsapp-url); port 0 takes a free one
          --whatsapp-url URL      where WhatsApp listens
          --stripe-url URL        where Stripe listens
          --stripe-webhook URL    where Stripe's events go
          --stripe-secret TEXT    signs them (whsec_simulated_endpoint)
          --journal FILE          append everything accepted and sent to FILE
          --clock URL             business clock: GET answers {"now":"...Z","running":true,"offset_ms":0}
          --samsara-attempts N    attempts per Samsara webhook (5)
          --first-delay-ms N      real time before a webhook's second attempt, doubled each time
          --longest-delay-ms N    but never longer than this
          --seed N                of everything that is shuffled (1)
          --until-stdin-closes    also end when the standard input closes
        """;

    public bool UntilStdinCloses { get; private init; }

    /// <summary>Throws <see cref="FormatException"/> with a sentence for the person who typed it.</summary>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var line = new CommandLine((args.Count == 0 ? "" : args[0]) switch
        {
            "samsara" => new SimulatorsOptions(Samsara: true, WhatsApp: false),
            "whatsapp" => new SimulatorsOptions(Samsara: false, WhatsApp: true),
            "both" => new SimulatorsOptions(Samsara: true, WhatsApp: true),
            "stripe" => new SimulatorsOptions(Samsara: false, WhatsApp: false, Stripe: true),
            "all" => new SimulatorsOptions(Samsara: true, WhatsApp: true, Stripe: true),
            _ => throw new FormatException("say which simulator: samsara, whatsapp, stripe, both (the first two) or all"),
        });
        for (var at = 1; at < args.Count; at++)
        {
            if (args[at] == "--until-stdin-closes")
            {
                line = line with { UntilStdinCloses = true };
                continue;
            }
            var (option, value) = (args[at], at + 1 < args.Count ? args[++at] : throw new FormatException($"{args[at]} needs a value"));
            line = line with { Options = With(line.Options, option, value) };
        }
        return line;
    }

    private static SimulatorsOptions With(SimulatorsOptions options, string option, string value) => option switch
    {
        "--url" when options.Samsara => options with { SamsaraUrl = value },
        "--url" when options.WhatsApp => options with { WhatsAppUrl = value },
        "--url" or "--stripe-url" => options with { StripeUrl = value },
        "--whatsapp-url" => options with { WhatsAppUrl = value },
        "--stripe-webhook" => options with { StripeWebhook = new(new Uri(value), options.StripeWebhook?.Secret ?? NewEndpoint.UsualSecret) },
        "--stripe-secret" => options with { StripeWebhook = new(options.StripeWebhook?.Url ?? throw new FormatException("--stripe-secret follows --stripe-webhook"), value) },
        "--journal" => options with { Journal = value },
        "--clock" => options with { Clock = new Uri(value) },
        "--samsara-attempts" => options with { SamsaraAttempts = Number(option, value) },
        "--first-delay-ms" => options with { FirstDelayMs = Number(option, value) },
        "--longest-delay-ms" => options with { LongestDelayMs = Number(option, value) },
        "--seed" => options with { Seed = Number(option, value) },
        _ => throw new FormatException($"there is no option {option}"),
    };

    private static int Number(string option, string value)
        => int.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new FormatException($"{option} needs a positive number");
}
