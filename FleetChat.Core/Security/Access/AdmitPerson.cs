using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security.Identity;
using FleetChat.Core.Security.Users;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Access;

/// <summary>
/// What a person may: by his membership, or by a role of the platform's. Both are looked up for each request, so that a change holds
/// with the next one. His token says who he is, and grants nothing.
/// </summary>
public sealed class AdmitPerson(
    PersonIndexes indexes, PlatformPeople platform, SystemDb system, TenantDbs dbs, RequestRates rates, ReportForeignTenant report, TimeProvider time)
{
    public async Task<Entry> HandleAsync(Person person, AccessRequest request, CancellationToken ct)
    {
        var index = await indexes.OfAsync(person, ct);
        var unplaced = new Caller(null, platform.RoleOf(person) ?? "", $"user:{index.Tag}") { Person = person };
        // Whoever signs in may ask without end, also who is a member of nothing: each time costs the directory a look.
        if (rates.TakePerson(index.Tag) is { } pause) return new Entry.TooMany(pause, unplaced);
        if (request.Permission is Permission.BeKnown or Permission.BePerson) return new Entry.Admitted(unplaced);
        if (Roles.IsOfPlatform(request.Permission))
            return Roles.May(unplaced.Role, request.Permission) ? new Entry.Admitted(unplaced with { Actor = StaffActor(unplaced.Role, index) }) : new Entry.Refused(AccessErrors.AccessDenied, unplaced);

        var own = await UserTenants.ListAsync(system, index, ct);
        if ((request.Header ?? request.Route ?? (own is [var only] ? only.Value : null)) is not { } named)
            return new Entry.Refused(own.Count == 0 && unplaced.Role.Length == 0 ? AccessErrors.NoMembership : AccessErrors.TenantUnnamed, unplaced);
        if (TenantId.TryParse(named, out var tenant) && (request.Route ?? named) == named
            && await FindPlaceAsync(index, tenant, own.Contains(tenant), unplaced, request, ct) is { } place)
        {
            var entry = Judge(place, request.Permission);
            if (place.Grant is { } grant && entry is not Entry.TooMany) await NoteSupportAsync(place.Caller, grant, request.Function, ct);
            return entry;
        }

        // Each report is rows in the trails of his companies: nobody fills them at will.
        if (own is [var first, ..] && rates.Take(first, unplaced.Actor) is { } wait) return new Entry.TooMany(wait, unplaced);
        await ReportAsync(own, index, request.Route is { } route && route != named && own.Contains(tenant) ? route : named, request.Function, ct);
        return new Entry.Refused(AccessErrors.AccessDenied, unplaced);
    }

    private Entry Judge(Place place, Permission permission)
    {
        var caller = place.Caller;
        if (rates.Take(caller.Tenant!.Value, caller.Actor) is { } wait) return new Entry.TooMany(wait, caller);
        if (AccessErrors.FindRefusal(place.TenantStatus, place.SuspendedFor, permission) is { } outOfService) return new Entry.Refused(outOfService, caller);
        return Roles.May(caller.Role, permission) ? new Entry.Admitted(caller) : new Entry.Refused(AccessErrors.RoleTooLow(caller.Role), caller);
    }

    private async Task<Place?> FindPlaceAsync(PersonIndex index, TenantId tenant, bool isMember, Caller unplaced, AccessRequest request, CancellationToken ct)
    {
        var db = dbs.For(tenant);
        if (isMember && await Memberships.FindAsync(db, index, ct) is { } member)
            return new(unplaced with { Tenant = tenant, Role = member.Role, Actor = $"user:{member.Id}" }, member.TenantStatus) { SuspendedFor = member.SuspendedFor };
        if (unplaced.Role.Length == 0) return null;
        return await FindByGrantAsync(db, index, unplaced, request, ct) ?? await FindAsOperatorAsync(db, index, unplaced, request, ct);
    }

    /// <summary>Whoever of the platform's people comes with a grant comes as support.</summary>
    private async Task<Place?> FindByGrantAsync(TenantDb db, PersonIndex index, Caller unplaced, AccessRequest request, CancellationToken ct)
    {
        if (await SupportGrants.FindAsync(db, time.GetUtcNow(), ct) is not { } grant) return null;
        var caller = unplaced with { Tenant = db.Tenant, Role = Roles.Support, Actor = StaffActor(Roles.Support, index) };
        if (!Roles.May(Roles.Support, request.Permission) && Roles.May(unplaced.Role, request.Permission)) return null;
        return new(caller, grant.TenantStatus) { Grant = grant.Id };
    }

    // The company sees each time that somebody came with its grant; nobody fills its trail faster than the rate of requests.
    private async Task NoteSupportAsync(Caller caller, Guid grant, string function, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(caller.Tenant!.Value, ct);
        db.Audit(time, caller.Actor, "support.access", grant.ToString(), function);
        await db.CommitAsync(ct);
    }

    /// <summary>The little that an operator may do in a company without its grant.</summary>
    private static async Task<Place?> FindAsOperatorAsync(TenantDb db, PersonIndex index, Caller unplaced, AccessRequest request, CancellationToken ct)
    {
        if (!Roles.May(unplaced.Role, request.Permission) || unplaced.Role != Roles.PlatformOperator) return null;
        if (await SupportGrants.FindTenantStatusAsync(db, ct) is not { } status) return null;
        return new(unplaced with { Tenant = db.Tenant, Actor = StaffActor(unplaced.Role, index) }, status);
    }

    // Companies' audit trails name FleetChat's people so.
    private static string StaffActor(string role, PersonIndex index) => $"{(role == Roles.PlatformOperator ? "operator" : "support")}:{index.Tag}";

    // His own companies are told, whoever was named; the platform if he has none.
    private async Task ReportAsync(IReadOnlyList<TenantId> own, PersonIndex index, string named, string function, CancellationToken ct)
    {
        if (own.Count == 0) await Alerts.RaiseForPlatformAsync(system, time, [(AlertCodes.ForeignTenant, $"user:{index.Tag}")], Alerts.Critical, ct);
        foreach (var tenant in own)
        {
            var member = await Memberships.FindAsync(dbs.For(tenant), index, ct);
            var actor = $"user:{(member is null ? index.Tag : member.Id)}";
            await report.HandleAsync(new(tenant, actor, actor, named, function), ct);
        }
    }

    private sealed record Place(Caller Caller, string TenantStatus)
    {
        /// <summary>The company's, by which he comes; null: he needs none.</summary>
        public Guid? Grant { get; init; }

        public string? SuspendedFor { get; init; }
    }
}
