using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging;

/// <summary>What a hold stops. Kept, so the words never change.</summary>
internal static class HoldScope
{
    public const string Tenant = "tenant";
    public const string Number = "number";
    public const string Account = "account";
    public const string Driver = "driver";
    public const string Template = "template";

    /// <returns>Null: an error of this class stops nothing but its own message.</returns>
    public static string? Of(MetaErrorClass errorClass) => errorClass switch
    {
        MetaErrorClass.BackOffNumber or MetaErrorClass.StopNumber => Number,
        MetaErrorClass.BackOffAccount => Account,
        MetaErrorClass.BackOffDriver => Driver,
        MetaErrorClass.StopTenant => Tenant,
        MetaErrorClass.StopTemplate => Template,
        _ => null,
    };
}

/// <param name="Probes">When it is over one message tries whether it works again, and the others wait for what comes of that.</param>
/// <param name="TokenIndex">Of the access token that was refused; null: it is not about the token.</param>
internal sealed record SendingHold(string Scope, string Subject, DateTimeOffset Until, bool Probes, byte[]? TokenIndex);

/// <summary>What rests of a company's sending at this moment.</summary>
internal sealed class SendingHolds(IReadOnlyList<SendingHold> holds, byte[] tokenIndex)
{
    /// <summary>So long the others wait for what comes of the one that tries.</summary>
    public static readonly TimeSpan Probing = TimeSpan.FromMinutes(1);

    private readonly List<SendingHold> _ofAll = [.. holds.Where(h => h.Scope is HoldScope.Tenant or HoldScope.Number or HoldScope.Account
        && (h.TokenIndex is null || h.TokenIndex.AsSpan().SequenceEqual(tokenIndex)))];

    /// <summary>Some are of an access token that the company has replaced.</summary>
    public bool HaveOldToken => holds.Any(h => h.TokenIndex is { } index && !index.AsSpan().SequenceEqual(tokenIndex));

    /// <returns>Until when nothing is sent; null: now it is.</returns>
    public DateTimeOffset? FindClosedUntil(DateTimeOffset now) => _ofAll.Where(h => h.Until > now).Max(h => (DateTimeOffset?)h.Until);

    /// <summary>One message may try.</summary>
    public bool IsProbing(DateTimeOffset now) => FindClosedUntil(now) is null && _ofAll.Exists(h => h.Probes);

    /// <returns>Until when this message waits; null: no longer.</returns>
    public DateTimeOffset? FindRest(Guid conversation, string? template, DateTimeOffset now)
        => holds.Where(h => h.Until > now && IsAbout(h, conversation, template)).Max(h => (DateTimeOffset?)h.Until);

    /// <summary>Whether a message of this template may try if it works again.</summary>
    public bool IsProbing(string? template, DateTimeOffset now) => holds.Any(h => h is { Scope: HoldScope.Template, Probes: true } && h.Subject == template && h.Until <= now);

    private static bool IsAbout(SendingHold hold, Guid conversation, string? template) => hold.Scope switch
    {
        HoldScope.Driver => hold.Subject == SubjectOf(conversation),
        HoldScope.Template => hold.Subject == template,
        _ => false,
    };

    public static string SubjectOf(Guid conversation) => conversation.ToString("N");

    /// <returns>The subject of a hold of its template; null if it is none.</returns>
    public static string? SubjectOf(MessageContent content) => content.Template is { } template ? $"{template} {content.Language}" : null;

    public static byte[] IndexOf(DataKey key, TenantSettings tenant) => key.BlindIndex("whatsapp_access_token", tenant.WhatsAppAccessToken ?? "");
}

internal static class SendingHoldSql
{
    // What is over and waits for no try is of no more use.
    public const string List = """
        select scope, subject, until, probes, token_index
        from fleet.sending_holds
        where tenant_id = $1
          and (probes or until > $2)
        union all
        select 'tenant', '', coalesce(ends_at, 'infinity'), false, null
        from fleet.sending_pauses
        where tenant_id = $1
          and ended_at is null
          and begins_at <= $2
          and coalesce(ends_at, 'infinity') > $2
        """;

    /// <summary>For the system's role: until when nothing of a company is sent, by what began by <c>$1</c> and is not over then. Windows stay in the table when they are.</summary>
    public const string HeldUntil = """
        select tenant_id, max(until) as until
                from (
                    select tenant_id, until
                    from fleet.sending_holds
                    where scope in ('tenant', 'number', 'account')
                    union all
                    select tenant_id, coalesce(ends_at, 'infinity')
                    from fleet.sending_pauses
                    where ended_at is null and begins_at <= $1 and coalesce(ends_at, 'infinity') > $1
                    union all
                    select n.tenant_id, coalesce(p.ends_at, 'infinity')
                    from fleet.platform_pauses p
                    join directory.phone_numbers n on p.scope = 'platform' or n.phone_number_id = p.subject
                    where p.ended_at is null and p.begins_at <= $1 and coalesce(p.ends_at, 'infinity') > $1) held
                group by tenant_id
        """;

    public static SendingHold Read(Npgsql.NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1), row.Time(2), row.GetBoolean(3), row.BytesOrNull(4));

    private const string Hold = """
        insert into fleet.sending_holds as h (tenant_id, scope, subject, code, until, since, probes, token_index)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant_id, scope, subject) do update
        set code = excluded.code, until = greatest(h.until, excluded.until), probes = h.probes or excluded.probes, token_index = excluded.token_index
        """;

    private const string ForgetOld = """
        delete from fleet.sending_holds
        where tenant_id = $1
          and not probes
          and until < $2
        """;

    public static async Task HoldAsync(TenantDb db, SendingHold hold, int code, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch()
            .Add(ForgetOld, P.Time(now))
            .Add(Hold, P.Text(hold.Scope), P.Text(hold.Subject), P.Number(code), P.Time(hold.Until), P.Time(now), P.Bool(hold.Probes), P.Bytes(hold.TokenIndex));
        await batch.ExecuteAsync(ct);
    }

    private const string TryProbe = """
        update fleet.sending_holds
        set until = $4
        where tenant_id = $1
          and probes
          and until <= $3
          and (scope in ('tenant', 'number', 'account') and $2 is null
               or scope = 'template' and subject = $2)
        """;

    /// <summary>Two senders that ask at once: the second one waits here for the first, and finds that somebody tries.</summary>
    /// <param name="template">Null: of all that the company sends.</param>
    public static async Task<bool> TryProbeAsync(TenantDb db, string? template, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(TryProbe, ct, P.Text(template), P.Time(now), P.Time(now + SendingHolds.Probing)) > 0;

    private const string End = """
        delete from fleet.sending_holds
        where tenant_id = $1
          and probes
          and ($3 and scope in ('tenant', 'number', 'account')
               or scope = 'template' and subject = $2)
        """;

    /// <summary>The one that tried was taken: it works again.</summary>
    public static Task EndAsync(TenantDb db, string? template, bool ofAll, CancellationToken ct) => db.ExecuteAsync(End, ct, P.Text(template), P.Bool(ofAll));

    private const string LetLook = """
        update fleet.sending_holds
        set until = least(until, $3)
        where tenant_id = $1
          and token_index is not null
          and token_index <> $2
        """;

    /// <summary>For whoever puts in another access token: what waits is looked at when every process has that one, and ends what stopped the old one. One that had the old one still would be refused, and hold all anew.</summary>
    public static Task LetLookAsync(TenantDb db, DataKey key, TenantSettings tenant, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(LetLook, ct, P.Bytes(SendingHolds.IndexOf(key, tenant)), P.Time(now + TenantSettingsCache.MostStale));

    private const string EndForOldTokens = $"""
        with ended as (
            delete from fleet.sending_holds
            where tenant_id = $1
              and token_index is not null
              and token_index <> $2
            returning code
        )
        update fleet.alerts a
        set closed_at = $3
        from ended
        where a.tenant_id = $1
          and a.code = '{AlertCodes.WhatsAppBlocked}'
          and a.subject = ended.code::text
          and a.closed_at is null
        """;

    /// <summary>The company has another access token now: what stopped the old one says nothing of it.</summary>
    public static Task EndForOldTokensAsync(TenantDb db, DataKey key, TenantSettings tenant, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(EndForOldTokens, ct, P.Bytes(SendingHolds.IndexOf(key, tenant)), P.Time(now));
}
