using System.ComponentModel.DataAnnotations;

namespace FleetChat.Core.WhatsApp;

/// <summary>The platform's Meta app. Bound from <c>FleetChat:WhatsApp</c>.</summary>
public sealed class WhatsAppOptions
{
    public const string Section = "FleetChat:WhatsApp";

    /// <summary>Signs every webhook of the app, for all numbers.</summary>
    [Required, MinLength(8)]
    public string AppSecret { get; set; } = "";

    /// <summary>What Meta has to show when it subscribes.</summary>
    [Required, MinLength(8)]
    public string VerifyToken { get; set; } = "";

    [Required]
    public Uri GraphBaseUrl { get; set; } = new("https://graph.facebook.com");

    /// <summary>Such as <c>v25.0</c>, supported until July 2028.</summary>
    [Required, RegularExpression(@"v\d+\.\d+")]
    public string GraphVersion { get; set; } = "v25.0";

    /// <summary>How many WhatsApp accounts Meta allows FleetChat's portfolio, as the business manager shows it: no call tells. A new portfolio has about twenty.</summary>
    [Range(1, 100_000)]
    public int MostAccounts { get; set; } = 20;
}
