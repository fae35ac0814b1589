using System.Globalization;
using System.Text.Json.Nodes;
using FleetChat.Core.Billing.Rating;
using Npgsql;
using NpgsqlTypes;

namespace FleetChat.Tests.Billing.Rating;

/// <summary>The rating once more, in plain SQL and from the rules: it counts days one by one and charges drivers step by step, in Postgres's own numbers of any length.</summary>
internal static class SqlRating
{
    // One half more, cut off; where exactly a half was left, an odd one is one too many. To compile the statement takes Postgres longer than to run it.
    private const string Prepare = """
        set jit = off;
        create or replace function pg_temp.half_even(n numeric, d numeric) returns numeric language sql immutable as $$
            select sign(n) * (div(2 * abs(n) + d, 2 * d) - case when mod(2 * abs(n) + d, 2 * d) = 0 then mod(div(2 * abs(n) + d, 2 * d), 2) else 0 end)
        $$
        """;

    private const string Rate = """
        with months as materialized (
            select m.*, m.agreement ->> 'trial_until' as trial_until, extract(day from m.period + interval '1 month' - interval '1 day') as days_in_month
            from jsonb_to_recordset($1) as m (
                no int, period date, service jsonb, drivers numeric, messages numeric, trial_messages numeric, tiers jsonb, agreement jsonb,
                tax numeric, is_reverse_charge boolean, adjusted numeric)
        ),
        spans as materialized (
            select m.no, s.nth, m.drivers, m.days_in_month,
                   coalesce(m.agreement -> 'price', p.card -> 'price')::numeric as price,
                   coalesce(m.agreement -> 'included', p.card -> 'included')::numeric as included,
                   coalesce(m.agreement -> 'message_price', p.card -> 'message_price')::numeric as message_price,
                   coalesce(m.agreement -> 'brackets', p.card -> 'brackets') as brackets,
                   (
                       select count(*)
                       from generate_series((s.span ->> 'from')::date, (s.span ->> 'until')::date, interval '1 day') as day
                       where day < (s.span ->> 'until')::date
                         and (m.trial_until is null or day > m.trial_until::date)
                   ) as days
            from months m
            cross join lateral jsonb_array_elements(m.service) with ordinality as s (span, nth)
            cross join lateral (select m.tiers -> (s.span ->> 'tier') as card) p
        ),
        steps as (
            select no, nth, 0::numeric as above, 0::numeric as percent, 0 as step
            from spans
            union all
            select s.no, s.nth, (b.bracket -> 'above')::numeric, (b.bracket -> 'percent')::numeric, b.step
            from spans s
            cross join lateral jsonb_array_elements(s.brackets) with ordinality as b (bracket, step)
        ),
        bounded as (
            select no, nth, above, percent, lead(above, 1, 1e30) over (partition by no, nth order by above, step) as up_to
            from steps
        ),
        paid as (
            select s.no, s.nth, sum(greatest(least(s.drivers, b.up_to) - b.above, 0) * (100 - b.percent)) as driver_percents
            from spans s
            join bounded b on b.no = s.no and b.nth = s.nth
            group by s.no, s.nth
        ),
        driver_costs as (
            select s.no,
                   sum(pg_temp.half_even(s.drivers * s.price * s.days, s.days_in_month)) as before,
                   sum(pg_temp.half_even(p.driver_percents * s.price * s.days, 100 * s.days_in_month)) as after,
                   sum(s.days) as days,
                   pg_temp.half_even(sum(s.included * s.days), max(s.days_in_month)) as included,
                   (array_agg(s.message_price order by s.nth desc))[1] as message_price
            from spans s
            join paid p on p.no = s.no and p.nth = s.nth
            group by s.no
        ),
        usage as (
            select m.*, coalesce(d.before, 0) as before, coalesce(d.after, 0) as after,
                   coalesce(pg_temp.half_even(greatest(m.messages - m.trial_messages - d.included, 0) * d.message_price, 1), 0) as message_charge,
                   coalesce(pg_temp.half_even((m.agreement -> 'minimum')::numeric * d.days, m.days_in_month), 0) as minimum
            from months m
            left join driver_costs d on d.no = m.no
        ),
        nets as (
            select *, greatest(minimum - after - message_charge, 0) as lift, greatest(after + message_charge, minimum) + adjusted as net
            from usage
        )
        select before + lift, before - after, message_charge, adjusted, t.tax, net + t.tax
        from nets
        cross join lateral (select case when is_reverse_charge then 0 else pg_temp.half_even(net * nets.tax, 100) end as tax) t
        order by no
        """;

    public static async Task<IReadOnlyList<Sums>> RateAsync(NpgsqlConnection connection, IReadOnlyList<RatingInput> months)
    {
        await using (var prepare = new NpgsqlCommand(Prepare, connection)) await prepare.ExecuteNonQueryAsync();
        await using var rate = new NpgsqlCommand(Rate, connection);
        rate.Parameters.Add(new() { Value = new JsonArray([.. months.Select(Write)]).ToJsonString(), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await using var reader = await rate.ExecuteReaderAsync();
        var sums = new List<Sums>();
        while (await reader.ReadAsync()) sums.Add(new(Read(0), Read(1), Read(2), Read(3), Read(4), Read(5)));
        return sums;

        long Read(int column) => (long)reader.GetDecimal(column);
    }

    private static JsonObject Write(RatingInput month, int no) => new()
    {
        ["no"] = no,
        ["period"] = Write(month.Period),
        ["service"] = new JsonArray([.. month.Service.Select(span => new JsonObject { ["from"] = Write(span.From), ["until"] = Write(span.Until), ["tier"] = span.Tier })]),
        ["drivers"] = month.Usage.ActiveDrivers,
        ["messages"] = month.Usage.Messages,
        ["trial_messages"] = month.Usage.TrialMessages,
        ["tiers"] = new JsonObject(month.Card.Tiers.Select(tier => KeyValuePair.Create(tier.Key, (JsonNode?)Write(tier.Value)))),
        ["agreement"] = month.Agreement is { } agreement ? Write(agreement) : null,
        ["tax"] = month.Tax.Percent,
        ["is_reverse_charge"] = month.Tax.IsReverseCharge,
        ["adjusted"] = month.Adjustments.Sum(a => a.Amount),
    };

    private static JsonObject Write(TierPrice price) => new()
    {
        ["price"] = price.PricePerDriver,
        ["included"] = price.IncludedMessages,
        ["message_price"] = price.PricePerMessage,
        ["brackets"] = Write(price.Brackets),
    };

    // Only what was agreed.
    private static JsonObject Write(Agreement agreement)
    {
        var written = new JsonObject();
        if (agreement.PricePerDriver is { } price) written["price"] = price;
        if (agreement.Brackets is { } brackets) written["brackets"] = Write(brackets);
        if (agreement.IncludedMessages is { } included) written["included"] = included;
        if (agreement.PricePerMessage is { } messagePrice) written["message_price"] = messagePrice;
        if (agreement.Minimum is { } minimum) written["minimum"] = minimum;
        if (agreement.TrialUntil is { } last) written["trial_until"] = Write(last);
        return written;
    }

    private static JsonArray Write(IReadOnlyList<VolumeBracket> brackets)
        => new([.. brackets.Select(b => new JsonObject { ["above"] = b.Above, ["percent"] = b.DiscountPercent })]);

    private static string Write(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
