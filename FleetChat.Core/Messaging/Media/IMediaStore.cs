namespace FleetChat.Core.Messaging.Media;

/// <summary>Where encrypted media lie: Azure Blob Storage, or a folder on one machine. Names are letters, digits, '-', '_' and '/'.</summary>
public interface IMediaStore
{
    /// <summary>Keeps all of it or nothing: if reading the content fails, what was there before stays. Replaces what is there.</summary>
    Task WriteAsync(string name, Stream content, CancellationToken ct);

    /// <returns>Null if there is nothing of that name.</returns>
    Task<Stream?> OpenAsync(string name, CancellationToken ct);

    /// <summary>What is not there is deleted already.</summary>
    Task DeleteAsync(string name, CancellationToken ct);
}
