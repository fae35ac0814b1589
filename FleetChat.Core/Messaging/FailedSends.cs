using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <summary>A message that WhatsApp did not take, or took and reported as failed.</summary>
/// <param name="Failures">How often it was tried.</param>
/// <param name="Template">Subject of a hold of its template; null if it is none.</param>
internal sealed record FailedSend(MetaErrorClass Class, int Code, TimeSpan? RetryAfter, int Failures, Guid Conversation, string? Template);

/// <summary>What follows from an error, by its class and for whatever else is sent.</summary>
internal static class FailedSends
{
    private static readonly TimeSpan TenantHold = TimeSpan.FromHours(1);
    private static readonly TimeSpan TemplateHold = TimeSpan.FromHours(1);

    private const int FailuresUntilTold = 3;

    /// <summary>A number that people called spam has to be quiet for a while.</summary>
    private static readonly TimeSpan NumberHold = TimeSpan.FromHours(4);

    /// <summary>Refused was an access token that the company has replaced meanwhile: that says nothing of the one that it has, and the message may go at once.</summary>
    public static async Task<bool> IsOfOldTokenAsync(TenantDb db, DataKey key, TenantSettings tenant, FailedSend failed, CancellationToken ct)
        => failed.Class == MetaErrorClass.StopTenant && await SendingHoldSql.HasOtherTokenAsync(db, key, tenant, ct);

    /// <returns>When this message may be tried again; null: never.</returns>
    public static async Task<DateTimeOffset?> FollowAsync(TenantDb db, DataKey key, TenantSettings tenant, TimeProvider time, FailedSend failed, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var dueAt = failed.Class switch
        {
            MetaErrorClass.StopTenant => now + TenantHold,
            MetaErrorClass.StopNumber => now + NumberHold,
            MetaErrorClass.StopTemplate when failed.Template is not null => now + TemplateHold,
            _ when MetaErrorClasses.FailureOf(failed.Class) == WhatsAppFailure.Transient
                => SendPolicy.NextTry(failed.Class, failed.Failures, failed.RetryAfter, now, Random.Shared.NextDouble()),
            _ => null,
        };
        if (dueAt is { } until && HoldScope.Of(failed.Class) is { } scope) await HoldAsync(db, key, tenant, scope, failed, until, now, ct);
        // How it stands at Meta, and not only that it was refused.
        if (failed.Class == MetaErrorClass.StopTemplate) await KeepTemplates.LookNowAsync(db, key, time, ct);
        if (AlertOf(failed) is { } alert) await Alerts.RaiseAsync(db, time, alert.Code, alert.Severity, alert.Subject, ct);
        return dueAt;
    }

    private static Task HoldAsync(TenantDb db, DataKey key, TenantSettings tenant, string scope, FailedSend failed, DateTimeOffset until, DateTimeOffset now, CancellationToken ct)
    {
        var subject = scope switch
        {
            HoldScope.Driver => SendingHolds.SubjectOf(failed.Conversation),
            HoldScope.Template => failed.Template!,
            _ => "",
        };
        var probes = failed.Class is MetaErrorClass.StopTenant or MetaErrorClass.StopNumber or MetaErrorClass.StopTemplate;
        var token = failed.Class == MetaErrorClass.StopTenant ? SendingHolds.IndexOf(key, tenant) : null;
        return SendingHoldSql.HoldAsync(db, new(scope, subject, until, probes, token), failed.Code, now, ct);
    }

    private static (string Code, string Severity, string Subject)? AlertOf(FailedSend failed) => failed.Class switch
    {
        MetaErrorClass.StopTenant => (AlertCodes.WhatsAppBlocked, Alerts.Critical, Text(failed.Code)),
        MetaErrorClass.StopNumber => (AlertCodes.WhatsAppQuiet, Alerts.Critical, Text(failed.Code)),
        MetaErrorClass.StopTemplate when failed.Template is { } template => (AlertCodes.TemplateStopped, Alerts.Critical, template),
        MetaErrorClass.RetryInAnHour => (AlertCodes.WhatsAppLimited, Alerts.Info, Text(failed.Code)),
        // Once is no news.
        MetaErrorClass.BackOffNumber or MetaErrorClass.BackOffAccount when failed.Failures >= FailuresUntilTold => (AlertCodes.WhatsAppLimited, Alerts.Info, Text(failed.Code)),
        _ => null,
    };

    private const string CloseAlerts = $"""
        update fleet.alerts
        set closed_at = $5
        where tenant_id = $1
          and closed_at is null
          and ($2 and code in ('{AlertCodes.WhatsAppBlocked}', '{AlertCodes.WhatsAppQuiet}')
               or code = '{AlertCodes.TemplateStopped}' and subject = $3 and $4
               or code = '{AlertCodes.WhatsAppLimited}' and not exists (
                   select
                   from fleet.sending_holds h
                   where h.tenant_id = $1
                     and h.scope in ('number', 'account')
                     and h.until > $5))
        """;

    /// <summary>What had failed, or tried for all others, was taken: the alerts about what stopped it are over.</summary>
    public static Task WorksAgainAsync(TenantDb db, TimeProvider time, Begun begun, CancellationToken ct)
        => db.ExecuteAsync(CloseAlerts, ct, P.Bool(begun.ProbesAll), P.Text(begun.Template), P.Bool(begun.ProbesTemplate), P.Time(time.GetUtcNow()));

    public static string Text(int code) => code.ToString(CultureInfo.InvariantCulture);
}
