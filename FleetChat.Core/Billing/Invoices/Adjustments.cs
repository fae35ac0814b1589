using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <param name="Amount">Minor units; negative takes off.</param>
public sealed record AdjustmentView(Guid Id, string BillingPeriod, string Text, long Amount, string CreatedBy, DateTimeOffset CreatedAt);

/// <param name="IdempotencyKey">Null: each request is a new one.</param>
public sealed record AddAdjustmentInput(TenantId Tenant, DateOnly Period, string? Text, long Amount, string Actor, string? IdempotencyKey);

/// <summary>What FleetChat's people add to a month, or take off, until its invoice is final.</summary>
public sealed class Adjustments(TenantDbs dbs, TimeProvider time)
{
    private const int MostMonthsAhead = 12;

    private const string List = """
        select id, text, amount, created_by, created_at
        from fleet.invoice_adjustments
        where tenant_id = $1
          and period = $2
        order by created_at, id
        """;

    internal static TenantBatch AddTo(TenantBatch batch, DateOnly period) => batch.Add(List, P.Day(period));

    internal static Task<List<Adjustment>> ReadAsync(TenantReader reader, CancellationToken ct)
        => reader.ListAsync(row => new Adjustment(row.GetGuid(0), row.GetString(1), row.GetInt64(2)), ct);

    public Task<List<AdjustmentView>> ListAsync(TenantId tenant, DateOnly period, CancellationToken ct)
        => dbs.For(tenant).ListAsync(List, row => Read(row, period), ct, P.Day(period));

    public async Task<Result<AdjustmentView>> AddAsync(AddAdjustmentInput input, CancellationToken ct)
    {
        if (!BillingText.IsGiven(input.Text)) return BillingErrors.TextInvalid("$.text", BillingText.Longest);
        if (input.Amount == 0 || Math.Abs((decimal)input.Amount) > RatingRange.Amount) return BillingErrors.AdjustmentInvalid;
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        // Nothing comes to a month while it is closed.
        if (await Books.LockAsync(db, ct) is not { } books) return GetTenant.NotFound;
        if (books.ClosedThrough >= input.Period) return BillingErrors.PeriodClosed;
        // What no invoice would ever show is a slip of the pen.
        if (books.NextPeriod is not { } next || input.Period < next || input.Period > next.AddMonths(MostMonthsAhead)) return BillingErrors.NothingToBill;
        var id = time.NewId();
        var added = await db.FindAsync<Guid?>(Insert, row => row.GetGuid(0), ct,
            P.Uuid(id), P.Day(input.Period), P.Text(input.Text), P.Big(input.Amount), P.Text(input.IdempotencyKey), P.Text(input.Actor), P.Time(time.GetUtcNow()));
        if (added == id) db.Audit(time, input.Actor, "invoice.adjusted", id.ToString(), $"{BillingPeriod.Write(input.Period)}: {input.Amount}");
        var all = await db.ListAsync(List, row => Read(row, input.Period), ct, P.Day(input.Period));
        await db.CommitAsync(ct);
        return all.First(adjustment => adjustment.Id == added);
    }

    public async Task<Result<AdjustmentView>> TakeBackAsync(TenantId tenant, DateOnly period, Guid id, string actor, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(tenant, ct);
        if (await Books.LockAsync(db, ct) is not { } books) return GetTenant.NotFound;
        if ((await db.ListAsync(List, row => Read(row, period), ct, P.Day(period))).Find(adjustment => adjustment.Id == id) is not { } found) return BillingErrors.AdjustmentNotFound;
        if (books.ClosedThrough >= period) return BillingErrors.PeriodClosed;
        await db.WriteAsync(Delete, ct, P.Uuid(id));
        db.Audit(time, actor, "invoice.adjustment_taken_back", id.ToString(), $"{BillingPeriod.Write(period)}: {found.Amount}");
        await db.CommitAsync(ct);
        return found;
    }

    private const string Insert = """
        with added as (
            insert into fleet.invoice_adjustments (tenant_id, id, period, text, amount, effect_key, created_by, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (tenant_id, effect_key) where effect_key is not null do nothing
            returning id
        )
        select id from added
        union all
        select id from fleet.invoice_adjustments where tenant_id = $1 and effect_key = $6
        limit 1
        """;

    private const string Delete = """
        delete from fleet.invoice_adjustments
        where tenant_id = $1
          and id = $2
        """;

    private static AdjustmentView Read(Npgsql.NpgsqlDataReader row, DateOnly period)
        => new(row.GetGuid(0), BillingPeriod.Write(period), row.GetString(1), row.GetInt64(2), row.GetString(3), row.Time(4));
}
