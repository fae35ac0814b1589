using System.ComponentModel.DataAnnotations;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace FleetChat.Core.Messaging.Media;

/// <summary>Where media lie: a folder or a container. Bound from <c>FleetChat:Media</c>.</summary>
public sealed class MediaOptions : IValidatableObject
{
    public const string Section = "FleetChat:Media";

    private const string Container = "fleetchat-media";

    /// <summary>A folder of encrypted files; made when it is needed.</summary>
    public string Folder { get; set; } = "";

    /// <summary>A blob container's address, reached as the app's own identity, or a connection string of its account.</summary>
    public string Blobs { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((Folder.Length == 0) == (Blobs.Length == 0))
            yield return new($"{Section} needs either Folder or Blobs, and not both.", [nameof(Folder), nameof(Blobs)]);
    }

    internal IMediaStore Open() => Folder.Length > 0 ? new FolderMediaStore(Folder) : new BlobMediaStore(OpenContainer());

    private BlobContainerClient OpenContainer()
        => Uri.TryCreate(Blobs, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
            ? new(address, new DefaultAzureCredential())
            : new(Blobs, Container);
}
