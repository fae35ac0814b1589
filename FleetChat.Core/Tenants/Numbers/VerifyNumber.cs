using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Tenants.Numbers;

/// <summary>
/// Enters the code that Meta sent: the number is verified, registered and listened to, and free from then on. It may be repeated, also after
/// a process died within it; a code that Meta took already is not entered twice.
/// </summary>
public sealed class VerifyNumber(NumberPool pool, ISecretStore secrets, IWhatsAppNumbers meta)
{
    private const int LongestCode = 10;

    private static readonly Error CodeInvalid = Error.Invalid("numbers.code_invalid", "Give the digits of the code that Meta sent.", "$.code");

    /// <param name="actor">Who enters it, for the audit trail.</param>
    public async Task<Result<PoolNumber>> HandleAsync(Guid id, string? code, string actor, CancellationToken ct)
    {
        if (code is null || code.Length is 0 or > LongestCode || !code.All(char.IsAsciiDigit)) return CodeInvalid;
        if (await pool.FindAsync(id, ct) is not { } entry) return NumberErrors.NotFound;
        if (entry.Number.State == PoolNumber.Entered) return NumberErrors.NoCodeSent;
        if (entry.Number.State != PoolNumber.CodeSent) return entry.Number;
        return await MetaRefusal.CatchAsync(async () =>
        {
            await RegisterAsync(entry, code, ct);
            await pool.NoteVerifiedAsync(id, actor, ct);
            return (await pool.FindAsync(id, ct))!.Number;
        });
    }

    private async Task RegisterAsync(PoolEntry entry, string code, CancellationToken ct)
    {
        var account = new WhatsAppAccount(entry.Number.BusinessAccountId, await NumberSecrets.ReadAsync(secrets, entry.TokenSecret, ct));
        var number = new WhatsAppNumber(entry.Number.PhoneNumberId!, account.AccessToken);
        var atMeta = (await meta.ListAsync(account, ct)).FirstOrDefault(n => n.PhoneNumberId == number.PhoneNumberId);
        if (atMeta is not { IsVerified: true }) await meta.VerifyCodeAsync(number, code, ct);
        // Meta counts registrations: ten in 72 hours.
        if (atMeta is not { IsRegistered: true })
            await meta.RegisterAsync(number, await NumberSecrets.ReadAsync(secrets, entry.PinSecret, ct), DataRegions.Find(entry.Number.DataRegion)!.MetaRegion, ct);
        await meta.SubscribeAsync(account, ct);
    }
}
