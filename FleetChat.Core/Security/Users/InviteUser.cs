using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Mail;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;
using MimeKit;
using Npgsql;

namespace FleetChat.Core.Security.Users;

/// <param name="By">Who invites: a company's admin, or FleetChat's operator.</param>
public sealed record InviteUserInput(TenantId Tenant, string? Email, string? Role, Caller By)
{
    /// <summary>Repeated, it makes no second one.</summary>
    public string? IdempotencyKey { get; init; }
}

public sealed record InvitationView(Guid Id, string Email, [OneOf(typeof(Roles), nameof(Roles.OfMembers))] string Role, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    internal const string Columns = "id, email, role, created_at, expires_at";

    /// <summary>The e-mail can't be opened, as when its key is lost: it is missing. The rest is as it was.</summary>
    public bool Unreadable { get; init; }

    internal static InvitationView Read(NpgsqlDataReader row, RowOpener opener)
    {
        var email = opener.Text(EncryptedColumns.InvitationEmail, row.GetGuid(0), row.Bytes(1));
        return new(row.GetGuid(0), email ?? "", row.GetString(2), row.Time(3), row.Time(4)) { Unreadable = email is null };
    }
}

/// <summary>Invites somebody by e-mail. The token stands in the e-mail alone: whoever invites does not see it.</summary>
public sealed class InviteUser(TenantDbs dbs, DataKeys keys, IOptions<PlatformOptions> platform, TimeProvider time)
{
    public const int MostOpen = 100;
    private const int LongestEmail = 254;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    public async Task<Result<InvitationView>> HandleAsync(InviteUserInput input, CancellationToken ct)
    {
        if (TryReadEmail(input.Email) is not { } email) return UserErrors.EmailInvalid;
        if (input.Role is not { } role || !Roles.OfMembers.Contains(role)) return UserErrors.RoleInvalid;

        var key = await keys.GetAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        var tenant = (await TenantLock.TakeAsync(db, ct))!;
        if (await FindMadeAsync(db, key, input.IdempotencyKey, ct) is { } made) return made;
        var isFirst = input.By.Role == Roles.PlatformOperator;
        if (isFirst && (role != Roles.TenantAdmin || await Admins.ExistsAsync(db, ct))) return UserErrors.NotFirst;
        var now = time.GetUtcNow();
        if (await CountOpenAsync(db, now, ct) >= MostOpen) return UserErrors.TooManyInvitations;

        var invitation = new InvitationView(time.NewId(), email, role, now, now + Lifetime);
        var token = InvitationToken.Create(input.Tenant, invitation.Id);
        await InsertAsync(db, key, invitation, token, isFirst, input, ct);
        await SendLetter.WriteAsync(db, key, time, $"invitation:{invitation.Id}", email, $"Work with {tenant.CompanyName} on FleetChat", Text(tenant.CompanyName, invitation, token), ct);
        await db.CommitAsync(ct);
        return invitation;
    }

    private string Text(string company, InvitationView invitation, InvitationToken token) => string.Create(CultureInfo.InvariantCulture, $$"""
        You are invited to work with {{company}} on FleetChat, as {{invitation.Role}}.

        Sign in, and accept by {{invitation.ExpiresAt:yyyy-MM-dd HH:mm}} UTC with this token, which works once:

        {{token.Reveal()}}

        POST {{new Uri(platform.Value.PublicBaseUrl!, "/api/invitations/accept")}} with the body {"token": "..."}

        If you expected no invitation, ignore this e-mail: nothing happens.
        """);

    private static string? TryReadEmail(string? text) => IsEmail(text) ? text : null;

    /// <summary>An address alone, that a letter can be sent to.</summary>
    internal static bool IsEmail([NotNullWhen(true)] string? text)
        => text is { Length: > 0 and <= LongestEmail } && MailboxAddress.TryParse(text, out var mailbox) && mailbox.Address == text && text.Count(character => character == '@') == 1;

    private const string FindMade = $"""
        select {InvitationView.Columns}
        from fleet.invitations
        where tenant_id = $1
          and effect_key = $2
        """;

    private static Task<InvitationView?> FindMadeAsync(TenantTransaction db, DataKey key, string? effectKey, CancellationToken ct)
        => db.FindAsync(FindMade, row => InvitationView.Read(row, new(key)), ct, P.Text(effectKey));

    private const string CountOpen = """
        select count(*)
        from fleet.invitations
        where tenant_id = $1
          and accepted_at is null
          and cancelled_at is null
          and expires_at > $2
        """;

    private static Task<long> CountOpenAsync(TenantTransaction db, DateTimeOffset now, CancellationToken ct) => db.FindAsync(CountOpen, row => row.GetInt64(0), ct, P.Time(now));

    private const string Insert = """
        insert into fleet.invitations (tenant_id, id, token_hash, email, role, is_first, effect_key, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private async Task InsertAsync(TenantTransaction db, DataKey key, InvitationView made, InvitationToken token, bool isFirst, InviteUserInput input, CancellationToken ct)
    {
        await db.ExecuteAsync(Insert, ct, P.Uuid(made.Id), P.Bytes(token.Hash()), P.Bytes(key.Encrypt(EncryptedColumns.InvitationEmail, made.Id, made.Email)), P.Text(made.Role),
            P.Bool(isFirst), P.Text(input.IdempotencyKey), P.Time(made.CreatedAt), P.Time(made.ExpiresAt));
        db.Audit(time, input.By.Actor, "user.invited", made.Id.ToString(), made.Role);
    }
}
