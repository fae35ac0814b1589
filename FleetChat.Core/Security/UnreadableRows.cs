using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Security;

/// <summary>Tells of what an answer had to leave out because it did not open: once for each answer, however many rows it was.</summary>
public sealed partial class UnreadableRows(TenantDbs dbs, TimeProvider time, ILogger<UnreadableRows> logger)
{
    /// <param name="rows">That were read.</param>
    internal async Task TellAsync(TenantId tenant, RowOpener rows, CancellationToken ct)
    {
        if (rows.LeftOut == 0) return;
        Log.LeftOut(logger, rows.LeftOut, tenant);
        // One of them stands for all: where many don't open it is the key, and not the messages.
        if (rows.Message is { } message) await Alerts.RaiseAsync(dbs.For(tenant), time, AlertCodes.MessageUnreadable, Alerts.Critical, message.ToString(), ct);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} values of {TenantId} could not be opened and were left out of an answer")]
        public static partial void LeftOut(ILogger logger, int count, TenantId tenantId);
    }
}
