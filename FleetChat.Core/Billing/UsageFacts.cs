namespace FleetChat.Core.Billing;

/// <summary>
/// Notes what is used in the statement of its cause: so a thing is counted if and only if it happened, and once, whatever is
/// delivered or sent again. Nothing that many write at once is touched: sums are made later (<see cref="UsageSql"/>).
/// </summary>
internal static class UsageFacts
{
    public const string DriverActive = "driver_active";
    public const string MessageOut = "message_out";
    public const string MessageIn = "message_in";
    public const string Webhook = "webhook";
    public const string Storage = "storage";

    /// <summary>When something counts as used: at its own time, whenever we hear of it; a sender's clock that is ahead makes no month begin early.</summary>
    public static DateTimeOffset UsedAt(DateTimeOffset own, DateTimeOffset now) => own < now ? own : now;

    /// <summary>
    /// The end of a statement that has a CTE <c>counted (message_id, driver_id, kind, period, at)</c> of business messages. Whom one
    /// of them is to or from is active in that period.
    /// </summary>
    public const string AddMessages = """
        insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
        select $1, f.kind, f.source_id, f.part, counted.period, counted.at, 1
        from (
            -- A message that is sent again makes its driver active in the month in which it counts already, and in no other.
            select c.message_id, c.driver_id, c.kind, coalesce(e.period, c.period) as period, coalesce(e.at, c.at) as at
            from counted c
            left join fleet.usage_facts e on e.tenant_id = $1 and e.kind = c.kind and e.source_id = c.message_id and e.part = '') counted
        cross join lateral (values
            (counted.kind, counted.message_id, ''),
            ('driver_active', counted.driver_id, counted.period::text)) as f (kind, source_id, part)
        where f.source_id is not null
        on conflict (tenant_id, kind, source_id, part) do nothing
        """;

    /// <summary>The end of a statement that has a CTE <c>closed (message_id, period, at)</c> of attempts that WhatsApp has accepted.</summary>
    public const string AddSent = $"""
        , counted as (
            select m.id as message_id, m.driver_id, '{MessageOut}' as kind, closed.period, closed.at
            from closed
            join fleet.message_logs m on m.tenant_id = $1 and m.id = closed.message_id
            where m.is_business
        )
        {AddMessages}
        """;
}
