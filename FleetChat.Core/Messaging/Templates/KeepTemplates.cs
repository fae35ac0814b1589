using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>
/// Sees that a company's account at Meta has the company's templates, and reads how they stand. What Meta has by name and language is
/// never submitted again, so that it may be repeated after a process died within it. It comes round for ever: a webhook may be lost.
/// </summary>
public sealed class KeepTemplates(IWhatsAppTemplates meta, TenantDbs dbs, TimeProvider time) : ICallHandler
{
    internal const string Kind = "poll:whatsapp_templates";

    /// <summary>In one call, which has half a minute; the next one follows at once.</summary>
    private const int MostSubmissions = 8;

    private static readonly TimeSpan WhileWaiting = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan WhileSettled = TimeSpan.FromHours(6);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromHours(1);
    private static readonly JsonElement s_nothing = JsonSerializer.SerializeToElement(new { });

    public bool Handles(string kind) => kind == Kind;

    internal static NewCall Call(DateTimeOffset dueAt) => new(CallLanes.WhatsApp, Kind, Kind, s_nothing) { DueAt = dueAt };

    /// <summary>It comes round from now on.</summary>
    internal static Task BeginAsync(TenantDb db, DataKey key, TimeProvider time, CancellationToken ct) => CallSql.KeepAsync(db, key, time, Call(time.GetUtcNow()), ct);

    /// <summary>Now, and not only when it comes round.</summary>
    internal static Task LookNowAsync(TenantDb db, DataKey key, TimeProvider time, CancellationToken ct) => CallSql.KeepSoonAsync(db, key, time, Call(time.GetUtcNow()), ct);

    /// <summary>As soon as every process knows the access token that was taken a moment ago: with the one of before it would be refused again, and come round in an hour.</summary>
    internal static Task LookSoonAsync(TenantDb db, DataKey key, TimeProvider time, CancellationToken ct)
        => CallSql.KeepSoonAsync(db, key, time, Call(time.GetUtcNow() + (2 * TenantSettingsCache.Lifetime)), ct);

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        if (tenant is not { WhatsAppAccountId: { } accountId, WhatsAppAccessToken: { } token }) return CallResult.Done("no account");
        var look = new TemplateLook(meta, new(accountId, token), WantedTemplate.Of(tenant), await TemplateSql.ListAsync(dbs.For(tenant.Tenant), accountId, ct));
        var asOf = time.GetUtcNow();
        var failure = await look.RunAsync(MostSubmissions, ct);
        var outcome = failure is null ? $"wanted {look.Wanted.Count}, submitted {look.Submitted}" : $"{failure.Failure}: {failure.Code}";
        return CallResult.Repeat(outcome, time.GetUtcNow() + Pause(look, failure), async (processing, ended) =>
        {
            await TemplateSql.EnterAsync(processing.Db, accountId, tenant.TemplateSet, tenant.MessageFooter, look.Wanted, TemplateStatus.NotSubmitted, asOf, ended);
            await FollowTemplates.TakeAsync(processing, accountId, look.News, asOf, ended);
            await TellAsync(processing, failure, ended);
        });
    }

    private static TimeSpan Pause(TemplateLook look, WhatsAppException? failure) => failure switch
    {
        { Failure: WhatsAppFailure.Transient or WhatsAppFailure.Unknown } => failure.RetryAfter > AfterTrouble ? failure.RetryAfter.Value : AfterTrouble,
        not null => AfterRefusal,
        _ when look.IsMoreLeft => TimeSpan.Zero,
        _ => look.IsAnyWaiting ? WhileWaiting : WhileSettled,
    };

    // Trouble on the way passes by itself.
    private static Task TellAsync(Processing processing, WhatsAppException? failure, CancellationToken ct) => failure switch
    {
        null => Alerts.CloseAsync(processing.Db, processing.Time, AlertCodes.TemplateUnread, "", ct),
        { Failure: WhatsAppFailure.Transient or WhatsAppFailure.Unknown } => Task.CompletedTask,
        _ => Alerts.RaiseAsync(processing.Db, processing.Time, AlertCodes.TemplateUnread, Alerts.Warning, "", ct),
    };
}
