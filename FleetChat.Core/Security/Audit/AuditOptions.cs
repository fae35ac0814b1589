using System.ComponentModel.DataAnnotations;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace FleetChat.Core.Security.Audit;

/// <summary>Where the ends of the audit trails are noted, and how a caller's address is read. Bound from <c>FleetChat:Audit</c>.</summary>
public sealed class AuditOptions : IValidatableObject
{
    public const string Section = "FleetChat:Audit";

    private const string Container = "fleetchat-audit-anchors";

    /// <summary>A folder; made when it is needed.</summary>
    public string Folder { get; set; } = "";

    /// <summary>A blob container's address, reached as the app's own identity, or a connection string of its account.</summary>
    public string Blobs { get; set; } = "";

    /// <summary>How many proxies of one's own stand before the host.</summary>
    [Range(0, 10)]
    public int Proxies { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((Folder.Length == 0) == (Blobs.Length == 0))
            yield return new($"{Section} needs either Folder or Blobs, and not both.", [nameof(Folder), nameof(Blobs)]);
    }

    internal IAnchorStore Open() => Folder.Length > 0 ? new FolderAnchorStore(Folder) : new BlobAnchorStore(OpenContainer());

    private BlobContainerClient OpenContainer()
        => Uri.TryCreate(Blobs, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
            ? new(address, new DefaultAzureCredential())
            : new(Blobs, Container);
}
