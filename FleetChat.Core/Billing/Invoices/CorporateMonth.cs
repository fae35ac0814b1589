using System.Security.Cryptography;
using System.Text.Json;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>Who pays for whom of a month, as it was read before anything was locked.</summary>
/// <param name="Zone">The company's; null: it is unknown.</param>
/// <param name="EndsAt">The company's own month; null: nobody can say.</param>
/// <param name="Named">Whose child the company was when its month ended; null: nobody's.</param>
/// <param name="Payer">That parent, if it pays; null: the company pays for itself.</param>
/// <param name="Children">Whose months the company pays for, by id; those that can't be priced yet are not among them.</param>
internal sealed record Family(TimeZoneInfo? Zone, DateTimeOffset? EndsAt, TenantId? Named, Payer? Payer, IReadOnlyList<ChildMonth> Children)
{
    /// <summary>Children whose month is closed.</summary>
    public IReadOnlyList<ChildMonth> Closed => [.. Children.Where(child => child.Statement is not null)];
}

internal sealed record Payer(TenantId Parent, string Currency);

/// <param name="Statement">Null: its month is not closed, and this is what it would be now.</param>
internal sealed record ChildMonth(TenantId Child, string Name, Guid? Statement, DateTimeOffset EndsAt, RatedMonth Rated)
{
    /// <summary>Of a month that is not closed: what it was rated by.</summary>
    public PricedMonth? Open { get; init; }
}

/// <summary>What stands between a company and its final invoice. Looked at while nobody can close a child's month on its account.</summary>
/// <param name="Awaited">When months end that it pays for and that are not closed.</param>
/// <param name="Earliest">The first month of which statements are on no invoice yet; null: none.</param>
/// <param name="Statements">Of the month itself.</param>
internal sealed record Standing(IReadOnlyList<DateTimeOffset> Awaited, DateOnly? Earliest, IReadOnlyCollection<(TenantId Child, Guid Id)> Statements);

/// <summary>
/// The months that a parent pays for. A child's rows are read as the child; the system's role says only who pays for whom and whose month is closed.
/// </summary>
public sealed class CorporateMonth(TenantDbs dbs, SystemDb system, RateMonth rate)
{
    private const string FindMember = """
        select t.company_name, t.time_zone, b.closed_through, b.next_period, b.ends_at
        from fleet.tenants t
        join fleet.billing_state b on b.tenant_id = $1
        where t.tenant_id = $1
        """;

    private const string ListEverPaidFor = """
        select distinct tenant_id
        from fleet.payer_terms
        where parent = $1
        order by tenant_id
        """;

    internal async Task<Family> ReadAsync(TenantId tenant, DateOnly period, CancellationToken ct)
    {
        // At once: every company does this each month, and hardly any pays for another.
        var (found, ever) = (FindMemberAsync(dbs.For(tenant), ct), system.ListAsync(ListEverPaidFor, row => TenantId.Parse(row.GetString(0)), ct, P.Text(tenant.Value)));
        await Task.WhenAll(found, ever);
        var member = await found;
        var endsAt = member?.EndOf(period);
        var named = endsAt is { } end ? PayerTerms.Of(member!.Terms, end) : null;
        var children = new List<ChildMonth>();
        foreach (var child in await ever)
        {
            if (await FindChildAsync(tenant, child, period, ct) is { } month) children.Add(month);
        }
        // One level: who pays for somebody is paid for by nobody, though it became a child itself before its own month ended.
        var payer = named is { } parent && children.Count == 0 ? await FindPayerAsync(parent, ct) : null;
        return new(member?.Zone, endsAt, named, payer, children);
    }

    private async Task<ChildMonth?> FindChildAsync(TenantId parent, TenantId child, DateOnly period, CancellationToken ct)
    {
        var db = dbs.For(child);
        if (await FindMemberAsync(db, ct) is not { } member) return null;
        if (member.Books.ClosedThrough >= period)
            return await InvoiceSql.FindStatementAsync(db, InvoiceIds.Of(child, period), parent, ct) is { } made ? new(child, member.Name, made.Id, made.EndedAt, made.Rated) : null;
        if (member.EndOf(period) is not { } endsAt || PayerTerms.Of(member.Terms, endsAt) != parent) return null;
        await UsageSql.FoldAsync(db, ct);
        return await TryRateAsync(db, period, ct) is { } priced ? new(child, member.Name, null, endsAt, priced.Rated) { Open = priced } : null;
    }

    // An open month is only shown. What of a child can't be read is its own trouble, of which its alert tells once its month has ended: its parent sees the others.
    private async Task<PricedMonth?> TryRateAsync(TenantDb child, DateOnly period, CancellationToken ct)
    {
        try
        {
            return await rate.HandleAsync(child, period, mayBeIdle: false, ct) is { IsOk: true, Value: var priced } ? priced : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or FormatException or CryptographicException or DataKeyMissingException)
        {
            return null;
        }
    }

    private static async Task<Member?> FindMemberAsync(TenantDb db, CancellationToken ct)
    {
        await using var batch = PayerTerms.AddTo(db.Batch().Add(FindMember));
        await using var reader = await batch.ReadAsync(ct);
        var found = await reader.ListAsync(row => (Name: row.GetString(0), Zone: row.GetString(1), Books: new Books(row.DayOrNull(2), row.DayOrNull(3), row.TimeOrNull(4))), ct);
        var terms = await PayerTerms.ReadAsync(reader, ct);
        return found is [var (name, zone, books)] ? new(name, zone, books, terms) : null;
    }

    // Who is closed has no key any more and gets no invoice: what nobody could be sent is the child's own again.
    private const string FindParent = """
        select currency
        from fleet.tenants
        where tenant_id = $1
          and status <> 'terminated'
        """;

    private Task<Payer?> FindPayerAsync(TenantId parent, CancellationToken ct) => dbs.For(parent).FindAsync(FindParent, row => new Payer(parent, row.GetString(0)), ct);

    private const string HoldAsChild = """
        select pg_advisory_xact_lock_shared(hashtextextended('fleet.payer_terms ' || $2, 0))
        from fleet.billing_state
        where tenant_id = $1
        """;

    private const string FindClosedThrough = """
        select closed_through
        from fleet.billing_state
        where tenant_id = $1
        """;

    /// <summary>Whether the parent has room for the month: it closes none until the child's transaction has ended.</summary>
    internal async Task<bool> TryHoldPayerAsync(TenantTransaction child, TenantId parent, DateOnly period, CancellationToken ct)
    {
        await child.ExecuteAsync(HoldAsChild, ct, P.Text(parent.Value));
        return !(await system.FindAsync(FindClosedThrough, row => row.DayOrNull(0), ct, P.Text(parent.Value)) >= period);
    }

    private const string HoldAsParent = """
        select pg_advisory_xact_lock(hashtextextended('fleet.payer_terms ' || $1, 0))
        from fleet.billing_state
        where tenant_id = $1
        """;

    // Of a child that is months behind nobody knows here when its month ends: whoever was its parent about then waits for it. One that was closed for good is waited for in vain.
    private const string ListAwaited = """
        select b.ends_at
        from fleet.billing_state b
        join directory.tenants d on d.tenant_id = b.tenant_id and d.status <> 'terminated'
        cross join lateral (
            select p.parent, p.from_at, lead(p.from_at, 1, 'infinity') over (order by p.from_at) as until_at
            from fleet.payer_terms p
            where p.tenant_id = b.tenant_id) p
        where b.next_period <= $2
          and p.parent = $1
          and case
                  when b.next_period = $2 then p.from_at < b.ends_at and p.until_at >= b.ends_at
                  else p.from_at < ($2 + interval '1 month 1 day') at time zone 'UTC' and p.until_at >= ($2 + interval '1 month -1 day') at time zone 'UTC'
              end
        """;

    private const string ListOpenStatements = """
        select i.tenant_id, i.id, i.period
        from fleet.invoices i
        left join fleet.billing_state b on b.tenant_id = $1
        where i.kind = 'statement'
          and i.state = 'final'
          and i.paid_by = $1
          and i.period <= $2
          and (b.closed_through is null or i.period > b.closed_through)
        order by i.tenant_id
        """;

    /// <summary>Until the parent's transaction ends, no child's month is closed on its account.</summary>
    internal async Task<Standing> HoldChildrenAsync(TenantTransaction parent, DateOnly period, CancellationToken ct)
    {
        await parent.ExecuteAsync(HoldAsParent, ct);
        var awaited = await system.ListAsync(ListAwaited, row => row.Time(0), ct, P.Text(parent.Tenant.Value), P.Day(period));
        var statements = await system.ListAsync(ListOpenStatements, row => (Child: TenantId.Parse(row.GetString(0)), Id: row.GetGuid(1), Period: row.Day(2)), ct, P.Text(parent.Tenant.Value), P.Day(period));
        return new(awaited, statements.Count > 0 ? statements.Min(statement => statement.Period) : null, [.. statements.Where(statement => statement.Period == period).Select(statement => (statement.Child, statement.Id))]);
    }

    private const string FindUnbilled = """
        select i.id
        from fleet.invoices i
        left join fleet.billing_state b on b.tenant_id = i.paid_by
        where i.kind = 'statement'
          and i.state = 'final'
          and i.paid_by = $1
          and (b.closed_through is null or i.period > b.closed_through)
        limit 1
        """;

    /// <summary>Whether there are statements that are on no invoice of the parent's yet.</summary>
    internal async Task<bool> HasUnbilledAsync(TenantId parent, CancellationToken ct) => await system.FindAsync<Guid?>(FindUnbilled, row => row.GetGuid(0), ct, P.Text(parent.Value)) is not null;

    private sealed record Member(string Name, string TimeZone, Books Books, IReadOnlyList<PayerTerm> Terms)
    {
        public TimeZoneInfo? Zone => TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) ? zone : null;

        public DateTimeOffset? EndOf(DateOnly period) => Books.NextPeriod == period ? Books.EndsAt : Zone is { } zone ? BillingPeriod.EndOf(period, zone) : null;
    }
}

/// <summary>One bill of a parent's own month and its children's. Nothing is reckoned anew: what is theirs is added as it was rounded for them.</summary>
internal static class ConsolidatedInvoice
{
    /// <param name="own">Without lines, if the parent was not in service itself.</param>
    public static Result<(RatedMonth Rated, IReadOnlyList<NewLine> Lines)> Of(PricedMonth own, IReadOnlyList<ChildMonth> children)
    {
        if (children.Count == 0) return (own.Rated, InvoiceText.Lines(own.Rated));
        var parent = own.Company.TenantId.Value;
        List<(string, RatedMonth)> months = [(parent, own.Rated), .. children.Select(child => (child.Child.Value, child.Rated))];
        if (Consolidate.FindFault(months) is not null) return BillingErrors.FamilyCurrency;
        var bill = Consolidate.Of(months);
        var names = children.ToDictionary(child => child.Child.Value, child => child.Name);
        names[parent] = own.Company.CompanyName;
        return (own.Rated with
        {
            ActiveDrivers = bill.ActiveDrivers,
            MessageVolume = bill.MessageVolume,
            BaseCost = bill.BaseCost,
            VolumeDiscount = bill.VolumeDiscount,
            MessageCharge = bill.MessageCharge,
            AdjustmentAmount = bill.AdjustmentAmount,
            TaxAmount = bill.TaxAmount,
            TotalAmount = bill.TotalAmount,
            Lines = [.. bill.Lines.Select(line => line.Line)],
            TaxGroups = bill.TaxGroups,
        }, InvoiceText.Lines(bill, names));
    }
}
