using FleetChat.Core.Calls;

namespace FleetChat.Core.Mail;

internal static class MailCalls
{
    /// <summary>As the end of a call: sent, or refused for good. Any other exception is a failure that may pass.</summary>
    public static async Task<CallResult> SendAsCallAsync(this IMailer mailer, Letter letter, CancellationToken ct)
    {
        try
        {
            await mailer.SendAsync(letter, ct);
            return CallResult.Done("sent");
        }
        catch (LetterRefusedException refused)
        {
            return CallResult.Fail(refused.Message);
        }
    }
}
