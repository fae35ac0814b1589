using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Tenants.Numbers;

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
            return Of(exception);
        }
    }

    public static Error Of(WhatsAppException exception)
        => exception.Failure is WhatsAppFailure.Transient or WhatsAppFailure.Unknown ? NumberErrors.MetaUnreachable : NumberErrors.RefusedByMeta(exception.Code);
}
