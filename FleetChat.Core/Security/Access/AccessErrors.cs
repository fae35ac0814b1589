using System.Globalization;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Access;

public static class AccessErrors
{
    /// <summary>The same whether the other tenant exists or not.</summary>
    public static readonly Error AccessDenied = Error.Forbidden("access.denied", "Access denied.");

    public static readonly Error TenantNotInService = Error.Forbidden("tenants.not_in_service", "This company's account is suspended or closed. Ask FleetChat's support.");

    private static readonly Error SuspendedUnpaid = Error.Forbidden(
        "tenants.suspended", "This company's account is suspended because invoices are unpaid: it can be read and not changed, and nothing is sent. Pay them, or ask FleetChat's support.");

    private static readonly Error SuspendedWithParent = Error.Forbidden(
        "tenants.suspended", "This company's account is suspended because the company that pays for it has unpaid invoices: it can be read and not changed, and nothing is sent. Ask that company to pay them, or FleetChat's support.");

    private static readonly Error SuspendedAsAsked = Error.Forbidden(
        "tenants.suspended", "This company's account is suspended at its own wish: it can be read and not changed, and nothing is sent. Ask FleetChat's support to take it back into service.");

    private static readonly Error Suspended = Error.Forbidden(
        "tenants.suspended", "This company's account is suspended: it can be read and not changed, and nothing is sent. Ask FleetChat's support.");

    /// <summary>What is stored can be read.</summary>
    /// <param name="reason">Why, as a code.</param>
    public static Error TenantSuspended(string? reason) => reason switch
    {
        SuspendTenant.Unpaid => SuspendedUnpaid,
        SuspendTenant.ParentUnpaid => SuspendedWithParent,
        SuspendTenant.Asked => SuspendedAsAsked,
        _ => Suspended,
    };

    /// <returns>Null: a company of this status may do it.</returns>
    public static Error? FindRefusal(string tenantStatus, string? suspendedFor, Permission permission) => tenantStatus switch
    {
        "terminated" => TenantNotInService,
        "suspended" when !Roles.OutlastsSuspension(permission) => TenantSuspended(suspendedFor),
        _ => null,
    };

    public static readonly Error TenantUnnamed = Error.Invalid(
        "access.tenant_unnamed", $"Name the company in the header {AccessRequest.TenantHeader}. GET /api/me lists yours.", AccessRequest.TenantHeader);

    public static readonly Error NoMembership = Error.Forbidden("access.no_membership", "You are a member of no company. Accept an invitation first.");

    public static readonly Error KeyNotAllowed = Error.Forbidden("access.person_needed", "No API key may do this. Sign in as a person.");

    public static Error ScopeMissing(string scope) => Error.Forbidden("access.scope_missing", $"This API key lacks the scope {scope}. Use a key that has it.");

    public static Error RoleTooLow(string role)
        => Error.Forbidden("access.role_too_low", string.Create(CultureInfo.InvariantCulture, $"Your role {role} does not allow this. Ask an admin of your company."));
}
