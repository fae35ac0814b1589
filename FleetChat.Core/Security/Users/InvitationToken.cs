using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Security.Users;

/// <summary>What lets somebody in once: <c>invite.{tenant}.{id}.{secret}</c>. <see cref="ToString"/> leaves the secret out.</summary>
internal sealed partial class InvitationToken
{
    private readonly string _secret;

    private InvitationToken(TenantId tenant, Guid id, string secret) => (Tenant, Id, _secret) = (tenant, id, secret);

    public TenantId Tenant { get; }

    public Guid Id { get; }

    public static InvitationToken Create(TenantId tenant, Guid id) => new(tenant, id, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    public static bool TryParse(string? text, [NotNullWhen(true)] out InvitationToken? token)
    {
        var match = text is null ? Match.Empty : Shape().Match(text);
        token = match.Success && TenantId.TryParse(match.Groups[1].Value, out var tenant) ? new(tenant, Guid.ParseExact(match.Groups[2].Value, "N"), match.Groups[3].Value) : null;
        return token is not null;
    }

    /// <summary>SHA-256: 256 random bits leave nothing to guess.</summary>
    public byte[] Hash() => SHA256.HashData(Encoding.ASCII.GetBytes(_secret));

    public string Reveal() => $"invite.{Tenant}.{Id:N}.{_secret}";

    public override string ToString() => $"invite.{Tenant}.{Id:N}.…";

    [GeneratedRegex(@"^invite\.([a-z0-9_]{3,63})\.([0-9a-f]{32})\.([A-Za-z0-9_-]{43})\z")]
    private static partial Regex Shape();
}
