using System.Text;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Tenants.Numbers;

internal static class NumberSecrets
{
    /// <exception cref="InvalidOperationException">The secret store lost it.</exception>
    public static async Task<string> ReadAsync(ISecretStore secrets, string name, CancellationToken ct)
        => Encoding.UTF8.GetString(await secrets.FindAsync(name, ct) ?? throw new InvalidOperationException($"the secret store has no {name}"));
}

internal static class MetaRefusal
{
    /// <summary>What Meta refuses is told by its code, in words that say what to do; what may pass is to be repeated.</summary>
    public static async Task<Result<PoolNumber>> CatchAsync(Func<Task<PoolNumber>> work)
    {
        try
        {
            return await work();
        }
        catch (WhatsAppException exception)
        {
            return exception.Failure is WhatsAppFailure.Transient or WhatsAppFailure.Unknown ? NumberErrors.MetaUnreachable : NumberErrors.RefusedByMeta(exception.Code);
        }
    }
}
