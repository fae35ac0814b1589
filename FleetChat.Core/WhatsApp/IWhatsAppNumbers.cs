namespace FleetChat.Core.WhatsApp;

/// <param name="AccessToken">Of the WABA.</param>
public sealed record WhatsAppAccount(string AccountId, string AccessToken);

/// <summary>A number in a WABA as Meta shows it.</summary>
/// <param name="Digits">Without <c>+</c>.</param>
/// <param name="IsVerified">Whether the code that Meta sent was entered.</param>
/// <param name="IsRegistered">Whether it sends and receives by the Cloud API.</param>
/// <param name="NameStatus">Of its display name: <c>APPROVED</c>, <c>PENDING_REVIEW</c>, <c>DECLINED</c> and others.</param>
public sealed record AccountNumber(string PhoneNumberId, string Digits, bool IsVerified, bool IsRegistered, string? NameStatus)
{
    /// <summary>What WhatsApp shows.</summary>
    public string? VerifiedName { get; init; }

    /// <summary>A name that was submitted and does not count yet; null: none was.</summary>
    public string? NewName { get; init; }

    public string? NewNameStatus { get; init; }
}

/// <summary>What becomes of a display name, as Meta says it; everything else is waited for.</summary>
public static class NameReview
{
    public const string Approved = "APPROVED";
    public const string Declined = "DECLINED";
}

/// <summary>How Meta tells the code: <see cref="Method"/> is <c>SMS</c> or <c>VOICE</c>.</summary>
/// <param name="Language">Such as <c>en_US</c>.</param>
public sealed record CodeRequest(string Method, string Language);

/// <summary>Numbers of WhatsApp accounts. Every call may be repeated: Meta answers a second one as the first, or refuses it.</summary>
public interface IWhatsAppNumbers
{
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task<IReadOnlyList<AccountNumber>> ListAsync(WhatsAppAccount account, CancellationToken ct);

    /// <summary>Adds a number to the account. A second call is refused.</summary>
    /// <returns>Meta's id of it.</returns>
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task<string> AddAsync(WhatsAppAccount account, string e164, string verifiedName, CancellationToken ct);

    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task RequestCodeAsync(WhatsAppNumber number, CodeRequest request, CancellationToken ct);

    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task VerifyCodeAsync(WhatsAppNumber number, string code, CancellationToken ct);

    /// <param name="pin">Six digits, the same each time.</param>
    /// <param name="localizationRegion">Where Meta keeps contents, by its code; null: where it likes.</param>
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task RegisterAsync(WhatsAppNumber number, string pin, string? localizationRegion, CancellationToken ct);

    /// <summary>Another display name, that Meta looks at. It counts once it is approved and the number is registered again.</summary>
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task SubmitNameAsync(WhatsAppNumber number, string name, CancellationToken ct);

    /// <summary>Without it no webhooks come from the account.</summary>
    /// <exception cref="WhatsAppException">Refused, or the answer was lost.</exception>
    Task SubscribeAsync(WhatsAppAccount account, CancellationToken ct);
}
