using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Restores;

/// <param name="Anyway">Although not all has been looked through.</param>
public sealed record EndRestoreInput(bool Anyway, string Actor);

/// <summary>
/// Ends a restore: what nobody told of is put before the dispatchers, or has expired, and is never sent; then sending goes on with what is new. Whoever dies in
/// between does it again.
/// </summary>
public sealed class EndRestore(SystemDb system, TenantDbs dbs, GetRestore get, PlatformPauses pauses, TimeProvider time)
{
    /// <summary>In one transaction.</summary>
    private const int AtOnce = 200;

    /// <returns>As it stands afterwards, still open where something is to be looked through first; null: none is open.</returns>
    public async Task<RestoreView?> HandleAsync(EndRestoreInput input, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (await RestoreSql.FindNewestAsync(system, ct) is not { EndedAt: null } restore) return null;
        var before = (await get.HandleAsync(ct))!;
        if (!input.Anyway && !before.Companies.All(company => company.IsLookedThrough)) return before;
        foreach (var company in before.Companies) await EndAsync(company.Tenant, restore.Id, input.Actor, ct);
        await pauses.EndAsync(restore.Pause, input.Actor, ct);
        await system.ActAsync(AuditEntry.Of(time, input.Actor, "restore.ended", restore.Id.ToString(), "", change: null), End, ct, P.Uuid(restore.Id), P.Time(time.GetUtcNow()), P.Text(input.Actor));
        return await get.HandleAsync(ct);
    }

    private const string End = """
        update fleet.platform_restores
        set ended_at = $2, ended_by = $3
        where id = $1
          and ended_at is null
        """;

    private const string EndOfTenant = """
        update fleet.restores
        set ended_at = $3
        where tenant_id = $1
          and id = $2
          and ended_at is null
        """;

    // From here on what comes to be sent is new, so nothing is left behind the last look.
    private async Task EndAsync(TenantId tenant, Guid restore, string actor, CancellationToken ct)
    {
        var (expired, handedOver) = (0, 0);
        bool isLast;
        do
        {
            await using var db = await dbs.BeginAsync(tenant, ct);
            var ended = await SettleAsync(db, restore, ct);
            expired += ended.Count(message => message.Status == DeliveryStatus.Expired);
            handedOver += ended.Count(message => message.Status == DeliveryStatus.Failed);
            isLast = ended.Count < AtOnce;
            if (isLast && await db.ExecuteAsync(EndOfTenant, ct, P.Uuid(restore), P.Time(time.GetUtcNow())) > 0)
                db.Audit(time, actor, "restore.ended", restore.ToString(), $"expired:{expired} handed_over:{handedOver}");
            await db.CommitAsync(ct);
        }
        while (!isLast);
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

    private async Task<List<Doubtful>> SettleAsync(TenantTransaction db, Guid restore, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var open = await db.ListAsync(ListOpen, row => new Doubtful(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetInt32(4), row.GetBoolean(5)), ct,
            P.Uuid(restore), P.Time(now), P.Number(AtOnce));
        if (open.Count == 0) return open;
        await db.ExecuteAsync(SendSql.LockMessages, ct, P.Uuids([.. open.Select(m => m.Message)]));
        // A report that came meanwhile has settled it.
        var ended = (await db.ListAsync(SendSql.EndUnsent, row => row.GetGuid(0), ct,
            P.Uuids([.. open.Select(m => m.Outbound)]), P.Texts([.. open.Select(m => m.Status)]), P.Smalls([.. open.Select(m => DeliveryStatus.Rank(m.Status))]),
            P.Texts([.. open.Select(m => m.Why)]), P.Texts([.. open.Select(m => m.Reason)]), P.Time(now))).ToHashSet();
        foreach (var message in open.Where(m => ended.Contains(m.Message)))
        {
            await Decisions.NoteAsync(db, time, new(DecisionKind.Doubt, message.Reason, message.IsLate ? message.Why : "handed_over") { Message = message.Message }, ct);
            if (message.EntryReason is { } reason) await MessageSql.AddEntryAsync(db, time, message.Conversation, message.Message, null, reason, now, ct);
            if (message.Retries > 0) await FlowCommands.RaiseAsync(db, time, RetryMessage.Flow, message.Outbound, Flow.Changed, ct);
        }
        return open;
    }

    private sealed record Doubtful(Guid Outbound, Guid Message, Guid Conversation, string Reason, int Retries, bool IsLate)
    {
        public string Status => IsLate ? DeliveryStatus.Expired : DeliveryStatus.Failed;

        public string Why => IsLate ? "expired" : DispatcherReasons.DeliveryUnknown;

        // What a dispatcher wrote himself he has to know of in any case.
        public string? EntryReason => !IsLate ? DispatcherReasons.DeliveryUnknown : Reason.StartsWith(SendDispatcherMessage.Reason, StringComparison.Ordinal) ? DispatcherReasons.NotSent : null;
    }
}
