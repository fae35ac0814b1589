namespace FleetChat.Core.Security.Access;

/// <summary>Roles, and the one table of what each may do. The words are stored and part of the API: they never change.</summary>
public static class Roles
{
    public const string TenantAdmin = "tenant_admin";
    public const string Dispatcher = "dispatcher";
    public const string Viewer = "viewer";
    public const string CorporateOverseer = "corporate_overseer";

    /// <summary>An API key: its scopes say which part of the role it has.</summary>
    public const string Machine = "machine";

    /// <summary>FleetChat's own people. They are no company's members.</summary>
    public const string PlatformOperator = "platform_operator";

    /// <summary>In a company only while that company's grant is in force.</summary>
    public const string Support = "support";

    /// <summary>Roles that a membership can have.</summary>
    public static readonly IReadOnlyList<string> OfMembers = [TenantAdmin, Dispatcher, Viewer, CorporateOverseer];

    public static readonly IReadOnlyList<string> OfPlatform = [PlatformOperator, Support];

    private static readonly Dictionary<Permission, Row> s_table = new()
    {
        [Permission.ReadCompany] = new(ApiScopes.Read, TenantAdmin, Dispatcher, Viewer, CorporateOverseer, Support),
        [Permission.ChangeCompany] = new(ApiScopes.Write, TenantAdmin),
        [Permission.ReadDrivers] = new(ApiScopes.Read, TenantAdmin, Dispatcher, Viewer, CorporateOverseer, Support),
        [Permission.ReadConsent] = new(ApiScopes.Read, TenantAdmin, Dispatcher, Viewer, Support),
        [Permission.ChangeDrivers] = new(ApiScopes.Write, TenantAdmin, Dispatcher),
        [Permission.ReadTransports] = new(ApiScopes.Read, TenantAdmin, Dispatcher, Viewer, CorporateOverseer, Support),
        [Permission.ReadMessages] = new(ApiScopes.Read, TenantAdmin, Dispatcher, Viewer, Support),
        [Permission.SendMessages] = new(ApiScopes.Write, TenantAdmin, Dispatcher),
        [Permission.ReadEvents] = new(ApiScopes.Read, TenantAdmin, Dispatcher, Viewer, Support),
        [Permission.ReadWebhooks] = new(ApiScopes.Read, TenantAdmin, Support),
        [Permission.ChangeWebhooks] = new(ApiScopes.Write, TenantAdmin),
        // No key makes or ends credentials: one that leaked would outlive its own revocation.
        [Permission.ReadUsers] = new(null, TenantAdmin),
        [Permission.InviteUsers] = new(null, TenantAdmin, PlatformOperator),
        [Permission.ChangeUsers] = new(null, TenantAdmin),
        [Permission.ReadKeys] = new(null, TenantAdmin),
        [Permission.ChangeKeys] = new(null, TenantAdmin),
        // No key either: what it would see is other companies'.
        [Permission.ReadChildren] = new(null, TenantAdmin, CorporateOverseer),
        [Permission.ReadAudit] = new(null, TenantAdmin),
        [Permission.ReadPool] = new(null, PlatformOperator, Support),
        [Permission.ChangePool] = new(null, PlatformOperator),
        [Permission.ReadTenants] = new(null, PlatformOperator),
        [Permission.ChangeTenants] = new(null, PlatformOperator),
        [Permission.ReadService] = new(null, PlatformOperator, Support),
        [Permission.ChangeService] = new(null, PlatformOperator),
        // No key: what it shows is the company's business with FleetChat, and nobody's program needs it by accident.
        [Permission.ReadInvoices] = new(null, TenantAdmin, CorporateOverseer),
        [Permission.PayInvoices] = new(null, TenantAdmin),
        [Permission.ReadBilling] = new(null, PlatformOperator),
        [Permission.ChangeBilling] = new(null, PlatformOperator),
    };

    /// <summary>Whether it is FleetChat's own people's, whatever a company allows.</summary>
    public static bool IsOfPlatform(Permission permission) => permission
        is Permission.ReadPool or Permission.ChangePool
        or Permission.ReadTenants or Permission.ChangeTenants
        or Permission.ReadService or Permission.ChangeService
        or Permission.ReadBilling or Permission.ChangeBilling;

    /// <summary>Whether it changes nothing.</summary>
    public static bool IsReading(Permission permission)
        => permission is Permission.BeKnown || permission.ToString().StartsWith("Read", StringComparison.Ordinal);

    /// <summary>Whether a company that is suspended may still do it: what changes nothing, and paying what it owes.</summary>
    public static bool OutlastsSuspension(Permission permission) => IsReading(permission) || permission is Permission.PayInvoices;

    public static bool May(string role, Permission permission) => s_table[permission].Roles.Contains(role);

    /// <summary>The scope that an API key needs; null if no key may do this.</summary>
    public static string? ScopeOf(Permission permission) => s_table[permission].Scope;

    private sealed record Row(string? Scope, params string[] Roles);
}
