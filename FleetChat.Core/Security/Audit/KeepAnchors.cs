using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Security.Audit;

/// <summary>
/// Anchors the chains every few seconds of real time, and once more when the host stops. Each process does it: whoever wrote an entry
/// is alive to anchor it, or the next that starts does.
/// </summary>
public sealed partial class KeepAnchors(AnchorChains anchor, AuditKey key, SystemDb system, TimeProvider time, ILogger<KeepAnchors> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private bool _isKeyChecked;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await TryAsync(cancellationToken);
        }
        catch (OperationCanceledException outOfTime) when (cancellationToken.IsCancellationRequested)
        {
            // The host has to go, and its other services have to be stopped: the next that starts notes it.
            Log.NotAnchored(logger, outOfTime);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryAsync(stoppingToken);
                if (!_isKeyChecked) await TryCheckKeyAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The last time is in StopAsync.
        }
    }

    private async Task TryAsync(CancellationToken ct)
    {
        try
        {
            await anchor.HandleAsync(ct);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The next time notes what this one could not; until then 'audit verify' says what is not anchored.
            Log.NotAnchored(logger, failure);
        }
    }

    private async Task TryCheckKeyAsync(CancellationToken ct)
    {
        try
        {
            if (await key.IsLostAsync(ct))
            {
                Log.KeyLost(logger, AuditKey.SecretName);
                await Alerts.RaiseForPlatformAsync(system, time, [(AlertCodes.AuditKeyLost, AuditKey.SecretName)], Alerts.Critical, ct);
            }
            _isKeyChecked = true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Log.KeyUnread(logger, failure);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "the secret store has lost {Name}, the key of the audit trails")]
        public static partial void KeyLost(ILogger logger, string name);

        [LoggerMessage(Level = LogLevel.Error, Message = "whether the key of the audit trails is there could not be seen")]
        public static partial void KeyUnread(ILogger logger, Exception failure);

        [LoggerMessage(Level = LogLevel.Error, Message = "the ends of the audit trails could not be noted outside the database")]
        public static partial void NotAnchored(ILogger logger, Exception failure);
    }
}
