using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.Samsara;

/// <summary>Which scope of a token a call needs. A token without scopes of its own has them all.</summary>
internal static class SamsaraScopes
{
    private static readonly (string Path, string Read, string? Write)[] Needed =
    [
        ("/me", "Read Org Information", null),
        ("/webhooks", "Read Webhooks", "Write Webhooks"),
        ("/fleet/drivers", "Read Drivers", "Write Drivers"),
        ("/fleet/routes", "Read Routes", "Write Routes"),
        ("/route-events", "Read Routes", null),
        ("/fleet/documents", "Read Documents", "Write Documents"),
        ("/fleet/document-types", "Read Documents", null),
        ("/v1/fleet/messages", "Read Messages", "Write Messages"),
        ("/fleet/driver-vehicle-assignments", "Read Assignments", null),
        ("/fleet/hos", "Read ELD Compliance Settings (US)", null),
        ("/fleet/vehicles/stats", "Read Vehicle Statistics", null),
        ("/fleet/vehicles", "Read Vehicles", null),
        ("/form-submissions", "Read Form Submissions", "Write Form Submissions"),
        ("/alerts", "Read Alerts", "Write Alerts"),
    ];

    /// <returns>Null: the call may be made.</returns>
    public static string? Missing(ApiToken token, string method, PathString path)
    {
        if (token.Scopes is not { } scopes)
            return null;
        var (_, read, write) = Needed.FirstOrDefault(needed => path.StartsWithSegments(needed.Path, StringComparison.Ordinal));
        var scope = HttpMethods.IsGet(method) ? read : write ?? read;
        return scope is null || scopes.Contains(scope, StringComparer.Ordinal) ? null : scope;
    }
}
