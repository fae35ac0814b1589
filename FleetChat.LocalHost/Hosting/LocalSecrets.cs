using System.Text;
using FleetChat.Core.Security;

namespace FleetChat.LocalHost.Hosting;

/// <summary>Texts that this machine's installation makes once and keeps among its secrets.</summary>
internal static class LocalSecrets
{
    public static async Task<string> FindOrMakeAsync(this FolderSecretStore secrets, string name, Func<string> make, CancellationToken ct)
    {
        await secrets.TryCreateAsync(name, Encoding.UTF8.GetBytes(make()), ct);
        return await secrets.FindTextAsync(name, ct) ?? throw new StartRefusedException($"The secret {name} could not be kept: is the disk full?");
    }

    public static async Task<string?> FindTextAsync(this FolderSecretStore secrets, string name, CancellationToken ct)
        => await secrets.FindAsync(name, ct) is { } text ? Encoding.UTF8.GetString(text) : null;
}
