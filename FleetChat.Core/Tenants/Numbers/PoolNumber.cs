namespace FleetChat.Core.Tenants.Numbers;

/// <summary>A number of the pool as the operator sees it.</summary>
/// <param name="PhoneNumber">E.164.</param>
/// <param name="Display">As people write it, such as <c>+1-555-ABC-FLEET</c>; never dialled.</param>
/// <param name="State">
/// <c>entered</c>: not in its WABA yet, or no code was sent. <c>code_sent</c>: Meta's code is waited for. <c>free</c>, <c>reserved</c> for a company
/// that is being brought in, <c>assigned</c>, <c>cooling_down</c> after a company left.
/// </param>
/// <param name="TenantId">Whose it is, or will be.</param>
/// <param name="CoolingUntil">Nobody gets it before then.</param>
public sealed record PoolNumber(
    Guid Id,
    string PhoneNumber,
    string Display,
    string VerifiedName,
    string BusinessAccountId,
    [OneOf(typeof(DataRegions), nameof(DataRegions.All))] string DataRegion,
    string? PhoneNumberId,
    [OneOf(PoolNumber.Entered, PoolNumber.CodeSent, PoolNumber.Free, PoolNumber.Reserved, PoolNumber.Assigned, PoolNumber.CoolingDown)] string State,
    TenantId? TenantId,
    DateTimeOffset EnteredAt,
    DateTimeOffset ChangedAt,
    DateTimeOffset? CoolingUntil)
{
    public const string Entered = "entered";
    public const string CodeSent = "code_sent";
    public const string Free = "free";
    public const string Reserved = "reserved";
    public const string Assigned = "assigned";
    public const string CoolingDown = "cooling_down";
}

/// <summary>With the names of its secrets.</summary>
internal sealed record PoolEntry(PoolNumber Number, string TokenSecret, string PinSecret);

public static class NumberErrors
{
    public static readonly Error NotFound = Error.NotFound("numbers.not_found", "There is no such number in the pool.");

    public static readonly Error PoolEmpty = Error.Conflict("numbers.pool_empty", "No number of this data region is free. Enter one into the pool, then try again.");

    public static readonly Error AccountsUsedUp = Error.Conflict(
        "numbers.accounts_used_up", "Meta allows no more WhatsApp accounts. Ask Meta for more, then raise FleetChat:WhatsApp:MostAccounts.");

    public static readonly Error PeopleUsedUp = Error.Conflict(
        "numbers.people_used_up", "As many people as Meta allows were written to in the last 24 hours. A company that comes now could write to nobody: wait until tomorrow, or ask Meta for a higher limit.");

    public static readonly Error EnteredOtherwise = Error.Conflict(
        "numbers.entered_otherwise", "This number, or this WhatsApp account, is in the pool already with other details. Each number has an account of its own: look at the pool first.");

    public static readonly Error NotInAccount = Error.Conflict("numbers.not_in_account", "With this access token the WhatsApp account does not show this number, so the one before stays. Give a token of the account that has the number.");

    public static readonly Error Unreserved = Error.Conflict("numbers.unreserved", "No number is reserved for this company. Reserve one first.");

    public static readonly Error HasOwn = Error.Conflict("numbers.has_own", "This company has a number of its own. Nothing is left to do.");

    public static readonly Error NoCodeSent = Error.Conflict("numbers.no_code_sent", "No code was sent for this number yet. Ask for one first.");

    /// <summary>Of a refusal by Meta that people have to mend.</summary>
    public static Error RefusedByMeta(int code) => Error.Conflict("numbers.refused_by_meta", $"Meta refused this (error {code}). docs/whatsapp-errors.md says what to do.");

    public static readonly Error MetaUnreachable = Error.Conflict("numbers.meta_unreachable", "Meta gave no usable answer. Repeat the request in a minute: nothing is done twice.");
}
