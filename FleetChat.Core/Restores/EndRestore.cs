using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Restores;

/// <param name="Anyway">Although not all has been looked through, or what was found is not told yet.</param>
public sealed record EndRestoreInput(bool Anyway, string Actor);

/// <summary>
/// Ends a restore: what nobody told of is put before the dispatchers, or has expired, and is never sent; then sending goes on with what is new. Whoever dies in
/// between does it again.
/// </summary>
public sealed class EndRestore(SystemDb system, TenantDbs dbs, GetRestore get, TimeProvider time)
{
    /// <summary>In one transaction.</summary>
    private const int AtOnce = 200;

    /// <summary>Whoever queues a message waits for a company's end, and may have what that waits for: one of the two begins anew.</summary>
    private const int MostConflicts = 5;

    /// <returns>As it stands afterwards, still open where something is to be looked through or waited for first; null: none is open.</returns>
    public async Task<RestoreView?> HandleAsync(EndRestoreInput input, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (await RestoreSql.FindNewestAsync(system, ct) is not { EndedAt: null } restore) return null;
        var before = (await get.HandleAsync(ct))!;
        if (!input.Anyway && !(before.IsLookedThrough && before.EndsFrom <= time.GetUtcNow())) return before;
        foreach (var company in before.Companies) await EndAsync(company.Tenant, restore.Id, input.Actor, ct);
        await system.ActAsync(AuditEntry.Of(time, input.Actor, "restore.ended", restore.Id.ToString(), "", change: null), End, ct, P.Uuid(restore.Id), P.Time(time.GetUtcNow()), P.Text(input.Actor));
        return await get.HandleAsync(ct);
    }

    // With its pause, which nobody else ends.
    private const string End = """
        with resumed as (
            update fleet.platform_pauses p
            set ended_at = $2, ended_by = $3
            from fleet.platform_restores r
            where r.id = $1
              and r.ended_at is null
              and p.id = r.pause_id
              and p.ended_at is null
        )
        update fleet.platform_restores
        set ended_at = $2, ended_by = $3
        where id = $1
          and ended_at is null
        """;

    private async Task EndAsync(TenantId tenant, Guid restore, string actor, CancellationToken ct)
    {
        Settled settled = new(), some;
        // Most of it while others work.
        do settled += some = await TryAgainAsync(() => SettleApartAsync(tenant, restore, ct));
        while (some.Looked == AtOnce);
        await TryAgainAsync(() => EndLastAsync(tenant, restore, settled, actor, ct));
    }

    private static async Task<Settled> TryAgainAsync(Func<Task<Settled>> settle)
    {
        for (var conflicts = 1; ; conflicts++)
        {
            try
            {
                return await settle();
            }
            catch (Npgsql.PostgresException exception) when (conflicts < MostConflicts && Failures.IsConflict(exception))
            {
                // What it did is taken back.
            }
        }
    }

    private async Task<Settled> SettleApartAsync(TenantId tenant, Guid restore, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(tenant, ct);
        var settled = await SettleAsync(db, restore, ct);
        await db.CommitAsync(ct);
        return settled;
    }

    private const string EndOfTenant = """
        update fleet.restores
        set ended_at = $3
        where tenant_id = $1
          and id = $2
          and ended_at is null
        """;

    // It waits for all who hold the row while they queue a message, and they wait for it: so each message is either settled here, or new.
    private async Task<Settled> EndLastAsync(TenantId tenant, Guid restore, Settled before, string actor, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(tenant, ct);
        var isFirst = await db.ExecuteAsync(EndOfTenant, ct, P.Uuid(restore), P.Time(time.GetUtcNow())) > 0;
        var settled = before;
        Settled some;
        do settled += some = await SettleAsync(db, restore, ct);
        while (some.Looked == AtOnce);
        if (isFirst) db.Audit(time, actor, "restore.ended", restore.ToString(), $"expired:{settled.Expired} handed_over:{settled.HandedOver}");
        await db.CommitAsync(ct);
        return settled;
    }

    private const string ListOpen = """
        select o.id, o.message_id, o.conversation_id, m.reason, o.retries, coalesce(o.valid_until < $3, false)
        from fleet.outbound o
        join fleet.message_logs m on m.tenant_id = $1 and m.id = o.message_id
        where o.tenant_id = $1
          and o.restore_id = $2
          and o.status = 'doubt'
        order by o.message_id
        limit $4
        """;

    private async Task<Settled> SettleAsync(TenantTransaction db, Guid restore, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var open = await db.ListAsync(ListOpen, row => new Doubtful(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetInt32(4), row.GetBoolean(5)), ct,
            P.Uuid(restore), P.Time(now), P.Number(AtOnce));
        if (open.Count == 0) return new();
        await db.ExecuteAsync(SendSql.LockMessages, ct, P.Uuids([.. open.Select(m => m.Message)]));
        // A report that came meanwhile has settled it.
        var ended = (await db.ListAsync(SendSql.EndUnsent, row => row.GetGuid(0), ct,
            P.Uuids([.. open.Select(m => m.Outbound)]), P.Texts([.. open.Select(m => m.Status)]), P.Smalls([.. open.Select(m => DeliveryStatus.Rank(m.Status))]),
            P.Texts([.. open.Select(m => m.Why)]), P.Texts([.. open.Select(m => m.Reason)]), P.Time(now))).ToHashSet();
        var mine = open.FindAll(m => ended.Contains(m.Message));
        foreach (var message in mine)
        {
            await Decisions.NoteAsync(db, time, new(DecisionKind.Doubt, message.Reason, message.IsLate ? message.Why : "handed_over") { Message = message.Message }, ct);
            if (message.EntryReason is { } reason) await MessageSql.AddEntryAsync(db, time, message.Conversation, message.Message, null, reason, now, ct);
            if (message.Retries > 0) await FlowCommands.RaiseAsync(db, time, RetryMessage.Flow, message.Outbound, Flow.Changed, ct);
        }
        return new(open.Count, mine.Count(m => m.IsLate), mine.Count(m => !m.IsLate));
    }

    private readonly record struct Settled(int Looked, int Expired, int HandedOver)
    {
        public static Settled operator +(Settled one, Settled other) => new(one.Looked + other.Looked, one.Expired + other.Expired, one.HandedOver + other.HandedOver);
    }

    private sealed record Doubtful(Guid Outbound, Guid Message, Guid Conversation, string Reason, int Retries, bool IsLate)
    {
        public string Status => IsLate ? DeliveryStatus.Expired : DeliveryStatus.Failed;

        public string Why => IsLate ? "expired" : DispatcherReasons.DeliveryUnknown;

        // What a dispatcher wrote himself he has to know of in any case.
        public string? EntryReason => !IsLate ? DispatcherReasons.DeliveryUnknown : Reason.StartsWith(SendDispatcherMessage.Reason, StringComparison.Ordinal) ? DispatcherReasons.NotSent : null;
    }
}
