using FleetChat.Core.Security.Access;

namespace FleetChat.Core.Security.Users;

public static class UserErrors
{
    public static readonly Error NotFound = Error.NotFound("users.not_found", "There is no such user. GET /api/users lists those there are.");

    public static readonly Error RoleInvalid = Error.Invalid("users.role_invalid", $"Give one of the roles {string.Join(", ", Roles.OfMembers)}.", "$.role");

    public static readonly Error LastAdmin = Error.Conflict("users.last_admin", "This is the company's last admin. Make somebody else an admin first.");
}
