using System.Text;
using FleetChat.Core.Security;

namespace FleetChat.Core.Tenants.Numbers;

internal static class NumberSecrets
{
    /// <exception cref="InvalidOperationException">The secret store lost it.</exception>
    public static async Task<string> ReadAsync(ISecretStore secrets, string name, CancellationToken ct)
        => Encoding.UTF8.GetString(await secrets.FindAsync(name, ct) ?? throw new InvalidOperationException($"the secret store has no {name}"));
}
