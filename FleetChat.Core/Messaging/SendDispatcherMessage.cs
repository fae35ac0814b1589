using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging;

/// <param name="Text">1 to 1,000 characters.</param>
/// <param name="Actor">Who sends it, for the log: a key's id.</param>
public sealed record SendDispatcherMessageInput(TenantId Tenant, Guid DriverId, string Text, string Actor)
{
    /// <summary>The same request made twice (an Idempotency-Key) makes one message.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <param name="Kind"><see cref="MessageKind"/>: text inside WhatsApp's 24-hour window, a template outside.</param>
public sealed record SentDispatcherMessage(Guid MessageId, string Kind, IReadOnlyList<Nudge> Nudges);

/// <summary>A dispatcher writes to a driver.</summary>
public sealed class SendDispatcherMessage(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, MessageRoom room, TimeProvider time)
{
    private const int LongestText = 1000;

    /// <summary>Of the longest template text that WhatsApp takes (1,024) what the template's own words and a name leave.</summary>
    private const int LongestInTemplate = 800;

    /// <summary>Begins the reason of every message that a dispatcher wrote.</summary>
    public const string Reason = "dispatcher_message";

    /// <summary>A dispatcher's sentence about the work at hand is of no use tomorrow.</summary>
    private static readonly TimeSpan ValidFor = TimeSpan.FromHours(12);

    public async Task<Result<SentDispatcherMessage>> HandleAsync(SendDispatcherMessageInput input, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(input.Text) || input.Text.Length > LongestText) return MessagingErrors.TextLength(LongestText);
        var (tenant, key) = (await settings.FindAsync(input.Tenant, ct), await keys.GetAsync(input.Tenant, ct));
        var isFull = tenant is not null && await room.IsFullAsync(tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await DriverSql.FindAsync(db, key, input.DriverId, ct) is not { } driver) return GetDriver.NotFound;
        if (driver.Conversation is not { } conversation) return MessagingErrors.NoPhone;
        if (!driver.MayBeWritten) return MessagingErrors.NoConsent;

        var (lastInboundAt, stoppedAt) = await FindWindowAsync(db, conversation, ct);
        if (stoppedAt is not null) return MessagingErrors.NoConsent;
        if (isFull) return UsageErrors.MessagesReached;
        var isOpen = SendPolicy.IsWindowOpen(lastInboundAt, time.GetUtcNow());
        if (!isOpen && !FitsTemplate(input.Text)) return MessagingErrors.TextLengthOutsideWindow(LongestInTemplate);
        var message = new NewMessage(time.NewId(), conversation, driver.Id, isOpen ? MessageKind.Text : MessageKind.Template,
            isOpen ? new(input.Text) : Template(driver.Language ?? tenant!.DefaultLanguage), $"{Reason}:{input.Actor}",
            $"api:{(input.IdempotencyKey is { } once ? once : time.NewId().ToString("N"))}")
        {
            ValidUntil = time.GetUtcNow() + ValidFor,
        };
        var lane = Outbox.LaneOf(conversation);
        if (!await Outbox.TryAddAsync(db, key, time, message, lane, ct))
            return (await FindByEffectAsync(db, message.EffectKey, ct))!;
        await FirstMessage.AddBesideAsync(db, key, time, driver, tenant!.DefaultLanguage, message, Template, ct);
        var raised = await db.ListAsync(LaneSql.RaiseFlags, row => row.GetInt16(0), ct, P.Text(Lanes.SendStage), P.Smalls([lane]));
        await db.CommitAsync(ct);
        return new SentDispatcherMessage(message.Id, message.Kind, [.. raised.Select(l => new Nudge(input.Tenant, l))]);

        MessageContent Template(string language) => InTemplate(tenant!, driver.Name, language, input.Text);
    }

    internal static bool FitsTemplate(string text) => text.Length <= LongestInTemplate;

    internal static MessageContent InTemplate(TenantSettings tenant, string driver, string language, string text)
        => TemplateMessages.Fill(TemplateSet.Get(tenant.TemplateSet), TemplateSet.DispatcherNote, language, [],
            [TemplateParameter.From(driver, 60), TemplateParameter.From(EndSentence(text), LongestInTemplate + 1)]);

    // The template goes on after the parameter.
    private static string EndSentence(string text) => text.TrimEnd() is var trimmed && ".!?…".Contains(trimmed[^1], StringComparison.Ordinal) ? trimmed : trimmed + ".";

    private const string FindWindow = """
        select last_inbound_at, stopped_at
        from fleet.conversations
        where tenant_id = $1
          and id = $2
        """;

    private static Task<(DateTimeOffset? LastInboundAt, DateTimeOffset? StoppedAt)> FindWindowAsync(TenantDb db, Guid conversation, CancellationToken ct)
        => db.FindAsync(FindWindow, row => (row.TimeOrNull(0), row.TimeOrNull(1)), ct, P.Uuid(conversation));

    private const string FindByEffect = """
        select id, kind
        from fleet.message_logs
        where tenant_id = $1
          and effect_key = $2
        """;

    private static Task<SentDispatcherMessage?> FindByEffectAsync(TenantDb db, string effectKey, CancellationToken ct)
        => db.FindAsync(FindByEffect, row => new SentDispatcherMessage(row.GetGuid(0), row.GetString(1), []), ct, P.Text(effectKey));
}
