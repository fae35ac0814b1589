using System.ComponentModel.DataAnnotations;

namespace FleetChat.Core.Security;

/// <summary>Where secrets lie. Bound from <c>FleetChat:Secrets</c>.</summary>
public sealed class SecretStoreOptions
{
    public const string Section = "FleetChat:Secrets";

    /// <summary>A folder of files that their owner alone can read; made if it does not exist.</summary>
    [Required]
    public string Folder { get; set; } = "";
}
