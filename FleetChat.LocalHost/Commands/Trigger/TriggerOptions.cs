using System.Globalization;

namespace FleetChat.LocalHost.Commands.Trigger;

/// <summary>What stands behind <c>trigger</c>.</summary>
internal sealed record TriggerOptions : ViewOptions
{
    /// <summary>Null, and no file: the known events are listed.</summary>
    public string? Event { get; init; }

    /// <summary>A whole delivery, or only the data of <see cref="Event"/>.</summary>
    public string? File { get; init; }

    /// <summary>Null: the only one that there is.</summary>
    public string? Tenant { get; init; }

    /// <summary>Samsara's ids; null: whatever the tenant has.</summary>
    public string? Driver { get; init; }

    public string? Vehicle { get; init; }

    public string? Route { get; init; }

    public string? Stop { get; init; }

    /// <summary>Of alerts.</summary>
    public string? Condition { get; init; }

    public bool Resolved { get; init; }

    public DateTimeOffset? Time { get; init; }

    /// <summary>Instead of <see cref="Time"/>, from the host's business time on.</summary>
    public TimeSpan Ago { get; init; }

    public int Copies { get; init; } = 1;

    public TimeSpan Delay { get; init; }

    /// <summary>The same twice is the same event twice.</summary>
    public string? EventId { get; init; }

    /// <summary>Null: where the running host listens, else the default.</summary>
    public int? Port { get; init; }

    /// <exception cref="FormatException">Says what is wrong, and what is wanted.</exception>
    public static TriggerOptions Read(string[] words)
    {
        var named = words is [['-', ..], ..] or [] ? null : words[0];
        return CommandOptions.Read("trigger", named is null ? words : words[1..], new TriggerOptions { Event = named }, With);
    }

    private static TriggerOptions? With(string option, Func<string> value, TriggerOptions read) => option switch
    {
        "--tenant" => read with { Tenant = value() },
        "--driver" => read with { Driver = value() },
        "--vehicle" => read with { Vehicle = value() },
        "--route" => read with { Route = value() },
        "--stop" => read with { Stop = value() },
        "--condition" => read with { Condition = value() },
        "--resolved" => read with { Resolved = true },
        "--file" => read with { File = value() },
        "--time" => At(read, value()),
        "--copies" => read with { Copies = Whole(value(), "--copies") },
        "--delay" => read with { Delay = TimeSpan.FromSeconds(Seconds(value())) },
        "--event-id" => read with { EventId = value() },
        "--port" => read with { Port = CommandOptions.Port(value()) },
        _ => CommandOptions.View(option, value, read),
    };

    private static TriggerOptions At(TriggerOptions read, string text) => When.Read(text, "--time") is var when && when.Time is { } time ? read with { Time = time } : read with { Ago = -when.FromNow };

    private static int Whole(string text, string option)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1000 ? number : throw new FormatException($"{option} needs a number from 1 to 1000.");

    private static double Seconds(string text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= 86_400 ? seconds : throw new FormatException("--delay needs seconds.");
}
