using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Tenants.Numbers;

/// <param name="PhoneNumber">With <c>+</c> and country code.</param>
/// <param name="Display">As people write it; null: as <paramref name="PhoneNumber"/>.</param>
/// <param name="VerifiedName">What WhatsApp shows until a company has the number: Meta approves it.</param>
/// <param name="BusinessAccountId">The WABA; each number has one of its own, because no call makes one.</param>
/// <param name="AccessToken">Of that WABA.</param>
/// <param name="CodeMethod"><c>SMS</c> or <c>VOICE</c>.</param>
public sealed record EnterNumberInput(
    [Required] string? PhoneNumber = null,
    [StringLength(40)] string? Display = null,
    [Required, StringLength(100)] string? VerifiedName = null,
    [Required] string? BusinessAccountId = null,
    [Required] string? AccessToken = null,
    [OneOf(typeof(DataRegions), nameof(DataRegions.All))] string DataRegion = "us",
    [OneOf("SMS", "VOICE")] string CodeMethod = "SMS")
{
    // A record's own text would print the token.
    public override string ToString() => $"a number of account {BusinessAccountId}";
}

/// <summary>
/// Takes a number into the pool: into its WABA, and Meta sends a code. It may be repeated at any time, also after a process died within
/// it: what is there is taken up, and only the code is sent anew. Of a number that is verified it takes another access token, which the company that has the
/// number gets at once.
/// </summary>
public sealed partial class EnterNumber(NumberPool pool, MetaQuotas quotas, AssignNumber assign, ISecretStore secrets, IWhatsAppNumbers meta, TimeProvider time)
{
    private const string CodeLanguage = "en_US";

    // CLDR's code for no country at all: a number has to bring its own.
    private const string NoCountry = "ZZ";

    private static readonly Error PhoneMissing = Error.Invalid("numbers.phone_invalid", "Give the number with + and country code.", "$.phone_number");
    private static readonly Error PhoneInvalid = Error.Invalid("numbers.phone_invalid", "Give a valid number with + and country code, such as +1 312 555 0188.", "$.phone_number");
    private static readonly Error NameInvalid = Error.Invalid("numbers.name_invalid", "Give the name that WhatsApp shows, up to 100 characters.", "$.verified_name");
    private static readonly Error DisplayInvalid = Error.Invalid(
        "numbers.display_invalid", "Write it with +, digits, capital letters and dashes, up to 40 characters, such as +1-555-ABC-FLEET.", "$.display");
    private static readonly Error AccountInvalid = Error.Invalid("numbers.account_invalid", "Give the WhatsApp account's id: digits.", "$.business_account_id");
    private static readonly Error TokenInvalid = Error.Invalid("numbers.token_invalid", "Give the access token of the WhatsApp account.", "$.access_token");
    private static readonly Error RegionUnknown = Error.Invalid("numbers.region_unknown", $"Give one of the data regions {DataRegions.Names}.", "$.data_region");
    private static readonly Error CodeMethodUnknown = Error.Invalid("numbers.code_method_unknown", "Give SMS or VOICE.", "$.code_method");

    /// <param name="actor">Who enters it, for the audit trail.</param>
    public async Task<Result<PoolNumber>> HandleAsync(EnterNumberInput input, string actor, CancellationToken ct)
    {
        if (FindFault(input) is { } fault) return fault;
        if (PhoneReading.Of(input.PhoneNumber!, NoCountry) is not { Number: { } phone, Flag: null }) return PhoneInvalid;

        if (await pool.FindByPhoneAsync(phone.E164, ct) is null && await quotas.FindAccountObstacleAsync(ct) is { } obstacle) return obstacle;
        if (await FindOrInsertAsync(input, phone.E164, actor, ct) is not { } entry) return NumberErrors.EnteredOtherwise;
        var isNew = entry.Number.State is PoolNumber.Entered or PoolNumber.CodeSent;
        if (!await HasTokenAsync(entry, input.AccessToken!, ct))
        {
            // What is in use is not given up for what may open nothing; with a new number that shows right below.
            if (!isNew && await FindObstacleAsync(entry.Number, input.AccessToken!, ct) is { } refused) return refused;
            entry = await ChangeTokenAsync(entry, input.AccessToken!, actor, ct);
        }
        if (!isNew) return await HandOnAsync(entry.Number.Id, actor, ct);
        return await MetaRefusal.CatchAsync(async () =>
        {
            var account = new WhatsAppAccount(entry.Number.BusinessAccountId, input.AccessToken!);
            var id = await FindOrAddAsync(account, entry.Number, ct);
            await meta.RequestCodeAsync(new(id, account.AccessToken), new(input.CodeMethod, CodeLanguage), ct);
            await pool.NoteCodeSentAsync(entry.Number.Id, id, actor, ct);
            return (await pool.FindAsync(entry.Number.Id, ct))!.Number;
        });
    }

    /// <returns>Null: the number or the account is there already with other details.</returns>
    private async Task<PoolEntry?> FindOrInsertAsync(EnterNumberInput input, string e164, string actor, CancellationToken ct)
    {
        if (await pool.FindByPhoneAsync(e164, ct) is null)
        {
            var (id, now) = (time.NewId(), time.GetUtcNow());
            var entry = new PoolEntry(
                new(id, e164, input.Display ?? input.PhoneNumber!, input.VerifiedName!, input.BusinessAccountId!, input.DataRegion, null, PoolNumber.Entered, null, now, now, null),
                $"waba-token-{id:N}", $"number-pin-{id:N}");
            // Before the row: a row always has its secrets, and secrets without a row open nothing.
            await secrets.TryCreateAsync(entry.TokenSecret, Encoding.UTF8.GetBytes(input.AccessToken!), ct);
            await secrets.TryCreateAsync(entry.PinSecret, Encoding.UTF8.GetBytes(RandomNumberGenerator.GetInt32(1_000_000).ToString("000000", CultureInfo.InvariantCulture)), ct);
            await pool.InsertAsync(entry, actor, ct);
        }
        var found = await pool.FindByPhoneAsync(e164, ct);
        return found?.Number.BusinessAccountId == input.BusinessAccountId && found!.Number.DataRegion == input.DataRegion ? found : null;
    }

    // One that the secret store has lost is replaced too.
    private async Task<bool> HasTokenAsync(PoolEntry entry, string token, CancellationToken ct)
        => await secrets.FindAsync(entry.TokenSecret, ct) is { } known && Encoding.UTF8.GetString(known) == token;

    /// <returns>Why the token does not do for the number; null: it reads it.</returns>
    private async Task<Error?> FindObstacleAsync(PoolNumber number, string token, CancellationToken ct)
    {
        try
        {
            return (await meta.ListAsync(new(number.BusinessAccountId, token), ct)).Any(shown => shown.PhoneNumberId == number.PhoneNumberId) ? null : NumberErrors.NotInAccount;
        }
        catch (WhatsAppException exception)
        {
            return MetaRefusal.Of(exception);
        }
    }

    /// <summary>Also when the token is not new: whoever put it in may have died before the company had it.</summary>
    private async Task<PoolNumber> HandOnAsync(Guid id, string actor, CancellationToken ct)
    {
        // Whose it is is read after the token was written: who gets the number later gets that one.
        var number = (await pool.FindAsync(id, ct))!.Number;
        if (number.TenantId is { } tenant) await assign.RenewTokenAsync(tenant, actor, ct);
        return number;
    }

    private async Task<PoolEntry> ChangeTokenAsync(PoolEntry entry, string token, string actor, CancellationToken ct)
    {
        var changed = entry with { TokenSecret = $"waba-token-{time.NewId():N}" };
        await secrets.TryCreateAsync(changed.TokenSecret, Encoding.UTF8.GetBytes(token), ct);
        await pool.NoteTokenAsync(entry.Number.Id, changed.TokenSecret, actor, ct);
        return changed;
    }

    private async Task<string> FindOrAddAsync(WhatsAppAccount account, PoolNumber number, CancellationToken ct)
    {
        var there = await meta.ListAsync(account, ct);
        return there.FirstOrDefault(n => n.Digits == number.PhoneNumber[1..])?.PhoneNumberId
            ?? await meta.AddAsync(account, number.PhoneNumber, number.VerifiedName, ct);
    }

    private static Error? FindFault(EnterNumberInput input) => input switch
    {
        { PhoneNumber: null or { Length: 0 or > 30 } } => PhoneMissing,
        { VerifiedName: null or { Length: 0 or > 100 } } => NameInvalid,
        { Display: { } display } when !DisplayForm().IsMatch(display) => DisplayInvalid,
        { BusinessAccountId: null } => AccountInvalid,
        _ when input.BusinessAccountId.Length is 0 or > 30 || !input.BusinessAccountId.All(char.IsAsciiDigit) => AccountInvalid,
        { AccessToken: null or { Length: 0 or > 1000 } } => TokenInvalid,
        _ when input.AccessToken.Any(c => !char.IsAscii(c) || char.IsControl(c)) => TokenInvalid,
        _ when DataRegions.Find(input.DataRegion) is null => RegionUnknown,
        { CodeMethod: not ("SMS" or "VOICE") } => CodeMethodUnknown,
        _ => null,
    };

    [GeneratedRegex(@"^\+[0-9A-Z][0-9A-Z -]{3,38}\z")]
    private static partial Regex DisplayForm();
}
