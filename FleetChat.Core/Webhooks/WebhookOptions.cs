using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Webhooks;

/// <summary>Outgoing webhooks. Bound from <c>FleetChat:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    public const string Section = "FleetChat:Webhooks";

    /// <summary>
    /// Lets endpoints be on this machine too (<c>http://localhost:5000/hook</c>), for a developer who writes a receiver. Only
    /// where the platform itself is on loopback: anywhere else a company could reach what stands behind our firewall.
    /// </summary>
    public bool AllowLoopback { get; set; }
}

/// <summary>Stops a host that the world reaches and that would send to its own machine.</summary>
internal sealed class CheckWebhookOptions(IOptions<PlatformOptions> platform) : IValidateOptions<WebhookOptions>
{
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
        => options.AllowLoopback && platform.Value.PublicBaseUrl is not { IsLoopback: true }
            ? ValidateOptionsResult.Fail($"{WebhookOptions.Section}:AllowLoopback is for a developer's machine: leave it out, or set {PlatformOptions.Section}:PublicBaseUrl to a loopback address.")
            : ValidateOptionsResult.Success;
}
