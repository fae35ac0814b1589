using FleetChat.Core.Security.Access;

namespace FleetChat.Core.Security.Users;

public static class UserErrors
{
    public static readonly Error NotFound = Error.NotFound("users.not_found", "There is no such user. GET /api/users lists those there are.");

    public static readonly Error RoleInvalid = Error.Invalid("users.role_invalid", $"Give one of the roles {string.Join(", ", Roles.OfMembers)}.", "$.role");

    public static readonly Error EmailInvalid = Error.Invalid("users.email_invalid", "Give an e-mail address, without a name.", "$.email");

    public static readonly Error AlreadyMember = Error.Conflict("users.already_member", "You are a member of this company already.");

    public static readonly Error NotFirst = Error.Conflict("invitations.not_first", "An operator invites a company's first tenant_admin, and nobody else. Its admins invite the others.");

    public static readonly Error TooManyInvitations = Error.Conflict("invitations.too_many", "100 invitations wait for their answer. Cancel some, or wait until they are accepted or have ended.");

    /// <summary>The same for one that never was, that was used, that was cancelled, and that has ended.</summary>
    public static readonly Error InvitationNotFound = Error.NotFound("invitations.not_found", "There is no such invitation, or it was used or has ended. Ask for another one.");

    public static readonly Error LastAdmin = Error.Conflict("users.last_admin", "This is the company's last admin. Make somebody else an admin first.");
}
