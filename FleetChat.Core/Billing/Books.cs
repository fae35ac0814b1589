using FleetChat.Core.Data;

namespace FleetChat.Core.Billing;

/// <summary>Where a company's books stand: which month is closed, and which is billed next.</summary>
/// <param name="ClosedThrough">The last month that is closed; null: none yet.</param>
/// <param name="NextPeriod">Billed next; null: nothing is to be billed.</param>
/// <param name="EndsAt">When that month ends in the company's time zone.</param>
internal sealed record Books(DateOnly? ClosedThrough, DateOnly? NextPeriod, DateTimeOffset? EndsAt)
{
    /// <summary>Whether the month is neither closed nor reached by what is billed next.</summary>
    public bool IsBefore(DateOnly period) => !(ClosedThrough >= period) && !(NextPeriod <= period);

    /// <summary>For the transaction that makes a company.</summary>
    public const string Open = """
        insert into fleet.billing_state (tenant_id)
        values ($1)
        """;

    private const string Find = """
        select closed_through, next_period, ends_at
        from fleet.billing_state
        where tenant_id = $1
        """;

    private const string Lock = $"""
        {Find}
        for update
        """;

    /// <summary>Whoever closes a month has the books until his commit: no fact is counted meanwhile.</summary>
    public static Task<Books?> LockAsync(TenantTransaction db, CancellationToken ct) => db.FindAsync(Lock, Read, ct);

    private const string Share = $"""
        {Find}
        for share
        """;

    /// <summary>As they are until the end of this transaction: nobody closes a month meanwhile.</summary>
    public static Task<Books?> ShareAsync(TenantTransaction db, CancellationToken ct) => db.FindAsync(Share, Read, ct);

    public static Task<Books?> FindAsync(TenantDb db, CancellationToken ct) => db.FindAsync(Find, Read, ct);

    private static Books Read(Npgsql.NpgsqlDataReader row)
        => new(row.DayOrNull(0), row.DayOrNull(1), row.TimeOrNull(2));

    // The first month that it was in service in and that is not closed. One that left long ago has none.
    private const string FindNext = """
        select min(m.month)::date
        from (
            select greatest(date_trunc('month', s.from_day::timestamp), (b.closed_through + interval '1 month')::timestamp) as month
            from fleet.service_terms s
            left join fleet.billing_state b on b.tenant_id = $1
            where s.tenant_id = $1
              and s.in_service
              and coalesce((
                  select min(e.from_day)
                  from fleet.service_terms e
                  where e.tenant_id = $1
                    and e.from_day > s.from_day), 'infinity') > coalesce((b.closed_through + interval '1 month')::date, '-infinity')) m
        """;

    private const string Save = """
        update fleet.billing_state
        set next_period = $2, ends_at = $3
        where tenant_id = $1
          and (next_period, ends_at) is distinct from ($2, $3)
          -- Closed meanwhile: whoever closed it has said what is next.
          and ($2::date is null or closed_through is null or $2 > closed_through)
        """;

    /// <summary>Which month is next, and when it ends: in the transaction that closes a month, lets a company begin, or moves it to another time zone.</summary>
    public static async Task KeepAsync(TenantDb db, TimeZoneInfo zone, CancellationToken ct)
    {
        var next = await db.FindAsync(FindNext, row => row.DayOrNull(0), ct);
        await db.WriteAsync(Save, ct, P.Day(next), P.Time(next is { } period ? BillingPeriod.EndOf(period, zone) : null));
    }

    /// <summary>
    /// For whoever has the books: a month before the one that is next, in which the company was not in service itself and which it pays for others.
    /// </summary>
    /// <returns>The books, open at that month.</returns>
    public async Task<Books> GoToAsync(TenantDb db, DateOnly period, DateTimeOffset endsAt, CancellationToken ct)
    {
        var books = this with { NextPeriod = period, EndsAt = endsAt };
        await db.WriteAsync(Save, ct, P.Day(books.NextPeriod), P.Time(books.EndsAt));
        return books;
    }

    /// <summary>For whoever has the books. Parameter: the month.</summary>
    public const string Close = """
        update fleet.billing_state
        set closed_through = $2, drafted = $2
        where tenant_id = $1
        """;

    /// <summary>For whoever has the books: a draft of this month was made.</summary>
    public const string NoteDrafted = """
        update fleet.billing_state
        set drafted = $2
        where tenant_id = $1
        """;
}
