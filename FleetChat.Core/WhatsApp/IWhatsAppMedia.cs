namespace FleetChat.Core.WhatsApp;

/// <param name="Url">Lives for five minutes, and wants the access token.</param>
/// <param name="Sha256">Of the bytes, as Meta writes it; null if it does not say.</param>
public sealed record MediaLink(Uri Url, string? Sha256);

/// <summary>What WhatsApp's users sent beside words.</summary>
public interface IWhatsAppMedia
{
    /// <exception cref="MediaException">There is no link to be had.</exception>
    Task<MediaLink> FindAsync(string accessToken, string phoneNumberId, string mediaId, CancellationToken ct);

    /// <returns>The bytes as they come; closing them closes the connection.</returns>
    /// <exception cref="MediaException">There are no bytes to be had by this link.</exception>
    Task<Stream> OpenAsync(string accessToken, Uri link, CancellationToken ct);
}

public enum MediaFailure
{
    /// <summary>It may pass: no connection, trouble on their side, a token that people have to renew.</summary>
    Transient,

    /// <summary>It is not there: never was, not any more, or only this link is over.</summary>
    Gone,

    /// <summary>Meta asks for quiet.</summary>
    TooMany,

    /// <summary>We don't take it.</summary>
    Refused,
}

/// <param name="reason">As a code.</param>
public sealed class MediaException(MediaFailure failure, string reason, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception($"media: {failure}, {reason}", inner)
{
    public MediaFailure Failure => failure;

    public string Reason => reason;

    public TimeSpan? RetryAfter => retryAfter;
}
