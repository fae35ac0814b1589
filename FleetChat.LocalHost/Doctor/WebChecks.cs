using System.Text.Json;
using FleetChat.Core.WhatsApp;

namespace FleetChat.LocalHost.Doctor;

/// <summary>The way in for webhooks, and the way out to WhatsApp and Samsara.</summary>
internal static class WebChecks
{
    private const string NotRunning = "no host runs";

    public static IReadOnlyList<Check> All { get; } =
    [
        Check.Of("web.public_url", PublicUrl),
        new("web.live", Need.Nothing, LiveAsync),
        new("web.ready", Need.Nothing, ReadyAsync),
        new("outside.whatsapp", Need.Nothing, WhatsAppAsync),
        new("outside.samsara", Need.Nothing, SamsaraAsync),
    ];

    private static Finding PublicUrl(Examined examined)
    {
        if (!examined.IsConfigured) return Finding.Fine("this machine alone, for the simulators");
        var set = examined.Settings["FleetChat:PublicBaseUrl"];
        const string WhatToDo = "Set FleetChat:PublicBaseUrl to the https address under which Samsara and Meta reach this host, without a path.";
        if (!Uri.TryCreate(set, UriKind.Absolute, out var url)) return Finding.Problem(string.IsNullOrEmpty(set) ? "not set" : $"'{set}' is no address", "Webhooks can't be set up, and links in messages lead nowhere.", WhatToDo);
        return url.Scheme == Uri.UriSchemeHttps || url.IsLoopback
            ? Finding.Fine(set!)
            : Finding.Problem($"{set} is not https", "Meta and Samsara refuse such a webhook; what is sent to it can be read on the way.", WhatToDo);
    }

    private static async Task<Finding> LiveAsync(Examined examined, CancellationToken ct)
    {
        if (examined.Address is not { } address) return Finding.Skipped(NotRunning);
        var answer = await Answer.OfAsync(new(address, "health/live"), ct);
        return answer.IsOk
            ? Finding.Fine($"{address} answers")
            : Finding.Problem($"{address}health/live: {answer}", "Webhooks do not arrive; their senders try again for some hours, then they are lost.", "Check that the host runs, and that name, certificate, firewall and proxy lead to it.");
    }

    private static async Task<Finding> ReadyAsync(Examined examined, CancellationToken ct)
    {
        if (examined.Address is not { } address) return Finding.Skipped(NotRunning);
        var answer = await Answer.OfAsync(new(address, "health/ready"), ct);
        if (!answer.IsOk) return Finding.Problem($"{address}health/ready: {answer}", "The host runs and can't serve.", WhatToDo(answer.Text) ?? "See the host's log.");
        return WhatToDo(answer.Text) is { } degraded
            ? Finding.Warning($"{address}health/ready: degraded", "The host serves, but not every company.", degraded)
            : Finding.Fine("ready");
    }

    private static async Task<Finding> WhatsAppAsync(Examined examined, CancellationToken ct)
    {
        if (!examined.IsConfigured) return await SimulatorAsync(examined, "WhatsApp", 2, ct);
        var graph = new Uri(examined.Settings[$"{WhatsAppOptions.Section}:{nameof(WhatsAppOptions.GraphBaseUrl)}"] is { Length: > 0 } set && Uri.TryCreate(set, UriKind.Absolute, out _) ? set : new WhatsAppOptions().GraphBaseUrl.ToString());
        var answer = await Answer.OfAsync(graph, ct);

        // Without a token it refuses; that it answers is all that is asked.
        return answer.Status is not null
            ? Finding.Fine($"credentials; {graph} answers")
            : Finding.Problem($"credentials; {graph}: {answer}", "No message reaches a driver.", "Check the network, the proxy, and FleetChat:WhatsApp:GraphBaseUrl.");
    }

    private static Task<Finding> SamsaraAsync(Examined examined, CancellationToken ct)
        => examined.IsConfigured ? Task.FromResult(Finding.Skipped("credentials: each company has its own")) : SimulatorAsync(examined, "Samsara", 1, ct);

    private static async Task<Finding> SimulatorAsync(Examined examined, string service, int place, CancellationToken ct)
    {
        if (examined.Address is null) return Finding.Skipped(NotRunning);
        var url = Examined.OnLoopback(examined.HostPort + place);
        var answer = await Answer.OfAsync(new(url, "_sim/pending"), ct);
        return answer.IsOk
            ? Finding.Fine($"simulated; {url} answers")
            : Finding.Problem($"the simulated {service} at {url}: {answer}", $"FleetChat exchanges nothing with {service}.", "Stop FleetChat and start it again with 'up', which starts the simulators.");
    }

    private static string? WhatToDo(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.TryGetProperty("what_to_do", out var told) ? told.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
