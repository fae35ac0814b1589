namespace FleetChat.Core.WhatsApp;

/// <summary>Reads a company's own number with the token that it gives: whoever can read it may use it.</summary>
public sealed class CheckWhatsAppNumber(IWhatsAppNumbers meta)
{
    public static readonly Error TokenRefused = Error.Invalid(
        "whatsapp.token_refused", "WhatsApp does not take this token for this account. Give a permanent token of a system user that has the account.", "$.whatsapp_config.access_token");

    public static readonly Error NumberNotFound = Error.Invalid(
        "whatsapp.number_not_found", "This WhatsApp account has no such number. Give the number's id as WhatsApp Manager shows it.", "$.whatsapp_config.phone_number_id");

    public static readonly Error NumberUnverified = Error.Invalid(
        "whatsapp.number_unverified", "This number is not verified or not registered with the Cloud API. Finish that in WhatsApp Manager, then send the request again.", "$.whatsapp_config.phone_number_id");

    public static readonly Error Unreachable = Error.Unavailable("whatsapp.unreachable", "WhatsApp gave no usable answer, and nothing was changed. Send the request again in a minute.");

    public async Task<Result<AccountNumber>> HandleAsync(WhatsAppAccount account, string phoneNumberId, CancellationToken ct)
    {
        try
        {
            return (await meta.ListAsync(account, ct)).FirstOrDefault(number => number.PhoneNumberId == phoneNumberId) switch
            {
                null => NumberNotFound,
                { IsVerified: false } or { IsRegistered: false } => NumberUnverified,
                var number => number,
            };
        }
        catch (WhatsAppException exception)
        {
            return exception.Failure is WhatsAppFailure.Transient or WhatsAppFailure.Unknown ? Unreachable : TokenRefused;
        }
    }
}
