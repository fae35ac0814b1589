using System.ComponentModel.DataAnnotations;

namespace FleetChat.Core.Tenants;

/// <summary>What this installation is. Bound from <c>FleetChat</c>.</summary>
public sealed class PlatformOptions
{
    public const string Section = "FleetChat";

    /// <summary>Stands in every API key, so that a key of one installation is refused by another without a look: <c>local</c>, <c>test</c>, <c>prod</c>.</summary>
    [Required]
    [RegularExpression("^[a-z0-9]{1,16}$")]
    public string Environment { get; set; } = "";

    /// <summary>Where the world reaches the HTTP functions, without a path, such as <c>https://api.example.com</c>.</summary>
    [Required]
    public Uri? PublicBaseUrl { get; set; }
}
