using Npgsql;

namespace FleetChat.LocalHost.Doctor;

/// <summary>
/// The roles on whom the tenants' isolation rests, and the logins that may connect to this database. Other installations on the
/// same server have logins of their own.
/// </summary>
internal static class RoleChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("roles.present", Need.Database, PresentAsync),
        new("roles.superuser", Need.Database, (examined, ct) => AttributeAsync(examined, row => row.IsSuperuser, "a superuser", "Row-level security does not bind a superuser: every company's rows are open to the product.", "nosuperuser", ct)),
        new("roles.bypassrls", Need.Database, (examined, ct) => AttributeAsync(examined, row => row.Bypasses, "bypassing row-level security", "Every company's rows are open to the product.", "nobypassrls", ct)),
        new("roles.createrole", Need.Database, (examined, ct) => AttributeAsync(examined, row => row.CreatesRoles, "allowed to create roles", "It can give itself what it lacks.", "nocreaterole", ct)),
        new("roles.membership", Need.Database, MembershipAsync),
        new("roles.connect", Need.Database, ConnectAsync),
    ];

    private sealed record Role(string Name, bool IsSuperuser, bool Bypasses, bool CreatesRoles);

    private const string Absent = """
        select wanted
        from unnest(array['fleetchat_owner', 'fleetchat_app', 'fleetchat_system']) as w (wanted)
        where not exists (select from pg_catalog.pg_roles r where r.rolname = w.wanted)
        union all
        select format('a login of %s that may connect', wanted)
        from unnest(array['fleetchat_app', 'fleetchat_system']) as w (wanted)
        where not exists (
            select
            from pg_catalog.pg_database d
            cross join lateral aclexplode(d.datacl) acl
            join pg_catalog.pg_auth_members m on m.member = acl.grantee
            join pg_catalog.pg_roles g on g.oid = m.roleid and g.rolname = w.wanted
            where d.datname = current_database()
              and acl.privilege_type = 'CONNECT')
        """;

    private static async Task<Finding> PresentAsync(Examined examined, CancellationToken ct)
    {
        var absent = await examined.Views!.Admin.ListAsync(Absent, row => row.GetString(0), ct);
        return absent.Count == 0
            ? Finding.Fine("all there")
            : Finding.Problem($"missing: {string.Join(", ", absent)}", "No host can log in.", $"Start FleetChat with an administrator, which makes them: {examined.Installation.HowToStart}");
    }

    // The group roles, and every login that was let into this database and belongs to one of them.
    private const string Ours = """
        select r.rolname::text, r.rolsuper, r.rolbypassrls, r.rolcreaterole
        from pg_catalog.pg_roles r
        where r.rolname in ('fleetchat_owner', 'fleetchat_app', 'fleetchat_system')
           or (exists (
                   select
                   from pg_catalog.pg_database d
                   cross join lateral aclexplode(d.datacl) acl
                   where d.datname = current_database()
                     and acl.privilege_type = 'CONNECT'
                     and acl.grantee = r.oid)
               and r.oid <> (select d.datdba from pg_catalog.pg_database d where d.datname = current_database()))
        order by 1
        """;

    private static async Task<Finding> AttributeAsync(Examined examined, Func<Role, bool> isWrong, string found, string means, string attribute, CancellationToken ct)
    {
        var roles = await examined.Views!.Admin.ListAsync(Ours, row => new Role(row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3)), ct);
        var wrong = roles.Where(isWrong).Select(role => role.Name).ToList();
        return wrong.Count == 0
            ? Finding.Fine("none")
            : Finding.Problem($"{found}: {string.Join(", ", wrong)}", means, $"alter role {wrong[0]} {attribute}");
    }

    private const string WrongMembers = """
        select format('%s (%s)', l.rolname, string_agg(g.rolname, ', ' order by g.rolname))
        from pg_catalog.pg_database d
        cross join lateral aclexplode(d.datacl) acl
        join pg_catalog.pg_roles l on l.oid = acl.grantee and l.rolcanlogin and not l.rolsuper and l.oid <> d.datdba
        join pg_catalog.pg_roles g on g.rolname in ('fleetchat_owner', 'fleetchat_app', 'fleetchat_system')
            and pg_has_role(l.oid, g.oid, 'member')
        where d.datname = current_database()
          and acl.privilege_type = 'CONNECT'
        group by l.rolname
        having count(*) > 1
        order by l.rolname
        """;

    private static async Task<Finding> MembershipAsync(Examined examined, CancellationToken ct)
    {
        var wrong = await examined.Views!.Admin.ListAsync(WrongMembers, row => row.GetString(0), ct);
        return wrong.Count == 0
            ? Finding.Fine("one each")
            : Finding.Problem($"in more than one role: {string.Join(", ", wrong)}", "The roles keep apart what sees one company, what sees all companies' ids, and what changes tables.", "revoke the role that is too many from the login");
    }

    private const string OpenToAll = """
        select d.datacl is null or exists (select from aclexplode(d.datacl) acl where acl.grantee = 0 and acl.privilege_type = 'CONNECT')
        from pg_catalog.pg_database d
        where d.datname = current_database()
        """;

    private static async Task<Finding> ConnectAsync(Examined examined, CancellationToken ct)
        => await examined.Views!.Admin.FindAsync(OpenToAll, row => row.GetBoolean(0), ct)
            ? Finding.Warning("every login of the server may connect", "Logins of other installations on the server have the same roles, and could read here.", $"revoke connect on database {examined.Installation.Database} from public")
            : Finding.Fine("the installation's own logins");
}
