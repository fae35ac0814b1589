using Azure.Core;
using Azure.Identity;
using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>A managed identity's tokens in the place of a login's password, for a server that knows identities alone.</summary>
internal static class IdentityTokens
{
    // The scope of Azure's open-source databases, whatever the server's name.
    private static readonly TokenRequestContext s_postgres = new(["https://ossrdbms-aad.database.windows.net/.default"]);

    // The credential keeps a token until five minutes before its end: so one that is handed out lives for longer than it is held here.
    private static readonly TimeSpan Renewal = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    /// <param name="clientId">Of one of the identities that this process has.</param>
    public static TokenCredential Of(string clientId) => new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId));

    /// <summary>Whoever opens a connection shows the present token; one that is open lives on when its token ends.</summary>
    public static NpgsqlDataSourceBuilder UseTokensOf(this NpgsqlDataSourceBuilder builder, TokenCredential credential)
        => builder.UsePeriodicPasswordProvider((_, ct) => ReadAsync(credential, ct), Renewal, AfterFailure);

    public static async ValueTask<string> ReadAsync(TokenCredential credential, CancellationToken ct) => (await credential.GetTokenAsync(s_postgres, ct)).Token;
}
