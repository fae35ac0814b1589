using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Consent;

/// <summary>A driver's consent with its proof.</summary>
/// <param name="State">One of <see cref="ConsentState"/>.</param>
/// <param name="Request">What he has to answer; null: nothing.</param>
/// <param name="History">What was said and when, the oldest first.</param>
public sealed record ConsentView(
    Guid DriverId,
    string DriverName,
    string CompanyName,
    [OneOf(typeof(ConsentState))] string State,
    Guid? ConversationId,
    OpenConsentRequest? Request,
    IReadOnlyList<ConsentEntry> History)
{
    /// <summary>The driver's name can't be opened, as when its key is lost: it is missing. The rest is as it was; each entry says it of itself.</summary>
    public bool Unreadable { get; init; }
}

/// <param name="Kind"><c>question</c> or <c>invitation</c>.</param>
/// <param name="NextAt">When it is reminded of, or runs out.</param>
public sealed record OpenConsentRequest(Guid Id, [OneOf(ConsentRequests.Question, ConsentRequests.Invitation)] string Kind, DateTimeOffset OpenedAt, int Reminders, DateTimeOffset NextAt, DateTimeOffset ExpiresAt);

/// <summary>Who agreed to what: for dispatchers, auditors and the driver himself.</summary>
public sealed class GetConsent(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, UnreadableRows unreadable)
{
    public async Task<Result<ConsentView>> HandleAsync(TenantId tenant, Guid id, CancellationToken ct)
    {
        if (await settings.FindAsync(tenant, ct) is not { } company) return GetTenant.NotFound;
        var opener = new RowOpener(await keys.GetAsync(tenant, ct));
        await using var db = await dbs.BeginAsync(tenant, ct);
        if (await GetDriver.FindAsync(db, opener, id, ct) is not { } driver) return GetDriver.NotFound;
        var request = await ConsentRequests.FindOpenAsync(db, id, ct);
        var history = await ConsentRecords.ListAsync(db, opener, id, ct);
        await unreadable.TellAsync(tenant, opener, ct);
        return new ConsentView(id, driver.Name, company.CompanyName, driver.ConsentStatus, driver.ConversationId,
            request is null ? null : new(request.Id, request.Kind, request.OpenedAt, request.Reminders, request.NextAt, request.ExpiresAt), history)
        {
            Unreadable = driver.Unreadable,
        };
    }
}
