using System.Security.Cryptography;

namespace FleetChat.Core.Data;

public sealed record DatabaseLogin(string Name, string Password)
{
    internal static DatabaseLogin Random(string name) => new(name, RandomNumberGenerator.GetHexString(32, lowercase: true));

    public override string ToString() => Name;
}

/// <summary>
/// The logins of one installation. The roles that own and may see things are the server's, shared by all its installations;
/// what keeps these apart is that a login may connect to its own database only.
/// </summary>
public sealed record DatabaseLogins(DatabaseLogin Owner, DatabaseLogin App, DatabaseLogin System, DatabaseLogin LocalRuntime)
{
    /// <summary>Named after the database, with new random passwords: who keeps passwords elsewhere puts them in with <c>with</c>.</summary>
    public static DatabaseLogins For(string database) => new(
        DatabaseLogin.Random($"{database}_owner_login"),
        DatabaseLogin.Random($"{database}_app_login"),
        DatabaseLogin.Random($"{database}_system_login"),
        DatabaseLogin.Random($"{database}_local_login"));

    internal IEnumerable<DatabaseLogin> All => [Owner, App, System, LocalRuntime];
}
