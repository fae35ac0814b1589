using System.Globalization;
using System.Text.Json;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Billing.Invoices;

/// <param name="EffectKey">Of the request that made it; null: none did.</param>
internal sealed record NewInvoice(
    Guid Id, string Kind, DateOnly Period, string Currency, RatedMonth Rated, IReadOnlyList<NewLine> Lines, int? RateCardVersion, int? AgreementVersion, string? PurchaseOrder,
    Guid? CreditedInvoice, string? Reason, InvoiceParties Parties, string? EffectKey, DateTimeOffset CreatedAt)
{
    /// <summary>Of a statement.</summary>
    public TenantId? PaidBy { get; init; }
}

/// <param name="Until">Inclusive.</param>
internal sealed record NewLine(string Kind, string Text, DateOnly From, DateOnly Until, decimal Quantity, decimal UnitPrice, decimal? Percent, long Amount)
{
    /// <summary>Of a consolidated invoice, as is its name.</summary>
    public string? Company { get; init; }

    public string? CompanyName { get; init; }

    /// <inheritdoc cref="RatedLine.Above"/>
    public long? Above { get; init; }

    /// <inheritdoc cref="RatedLine.AdjustmentId"/>
    public Guid? AdjustmentId { get; init; }
}

/// <param name="EndedAt">When its month ended.</param>
internal sealed record FinalStatement(Guid Id, DateTimeOffset EndedAt, RatedMonth Rated);

internal sealed record InvoiceParties(InvoiceParty Supplier, InvoiceParty Buyer);

internal static class InvoiceSql
{
    // A draft is made anew each time: what it says is what is true now.
    private const string DeleteLines = """
        delete from fleet.invoice_lines
        where tenant_id = $1
          and invoice_id = $2
        """;

    private const string DeleteTaxes = """
        delete from fleet.invoice_taxes
        where tenant_id = $1
          and invoice_id = $2
        """;

    private const string Save = """
        insert into fleet.invoices (tenant_id, id, kind, period, state, currency, active_drivers, message_volume, base_cost, volume_discount, message_charge, adjustment_amount,
                                    tax_amount, total_amount, rate_card_version, agreement_version, purchase_order, credited_invoice, reason, parties, effect_key, created_at, paid_by)
        values ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
        on conflict (tenant_id, id) do update
        set kind = excluded.kind, paid_by = excluded.paid_by, currency = excluded.currency, active_drivers = excluded.active_drivers, message_volume = excluded.message_volume, base_cost = excluded.base_cost,
            volume_discount = excluded.volume_discount, message_charge = excluded.message_charge, adjustment_amount = excluded.adjustment_amount,
            tax_amount = excluded.tax_amount, total_amount = excluded.total_amount, rate_card_version = excluded.rate_card_version,
            agreement_version = excluded.agreement_version, purchase_order = excluded.purchase_order, parties = excluded.parties
        """;

    private const string InsertLines = """
        insert into fleet.invoice_lines (tenant_id, invoice_id, no, kind, text, from_day, until_day, quantity, unit_price, percent, amount, company, company_name, above, adjustment_id)
        select $1, $2, g.no, g.kind, g.text, g.from_day, g.until_day, g.quantity::numeric, g.unit_price::numeric, g.percent::numeric, g.amount, g.company, g.company_name, g.above, g.adjustment_id
        from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) as g (no, kind, text, from_day, until_day, quantity, unit_price, percent, amount, company, company_name, above, adjustment_id)
        """;

    private const string InsertTaxes = """
        insert into fleet.invoice_taxes (tenant_id, invoice_id, no, percent, is_reverse_charge, note, net_amount, tax_amount)
        select $1, $2, g.no, g.percent::numeric, g.is_reverse_charge, g.note, g.net_amount, g.tax_amount
        from unnest($3, $4, $5, $6, $7, $8) as g (no, percent, is_reverse_charge, note, net_amount, tax_amount)
        """;

    /// <summary>A draft, or anew what it was made of.</summary>
    public static void SaveDraft(TenantBatch batch, DataKey key, NewInvoice invoice)
    {
        var (id, rated) = (invoice.Id, invoice.Rated);
        batch.Add(DeleteLines, P.Uuid(id)).Add(DeleteTaxes, P.Uuid(id));
        batch.Add(Save, P.Uuid(id), P.Text(invoice.Kind), P.Day(invoice.Period), P.Text(invoice.Currency), P.Big(rated.ActiveDrivers), P.Big(rated.MessageVolume), P.Big(rated.BaseCost),
            P.Big(rated.VolumeDiscount), P.Big(rated.MessageCharge), P.Big(rated.AdjustmentAmount), P.Big(rated.TaxAmount), P.Big(rated.TotalAmount), P.Number(invoice.RateCardVersion),
            P.Number(invoice.AgreementVersion), P.Text(invoice.PurchaseOrder), P.Uuid(invoice.CreditedInvoice), P.Text(invoice.Reason),
            P.Bytes(key.Encrypt(EncryptedColumns.InvoiceParties, id.ToString("N"), JsonSerializer.SerializeToUtf8Bytes(invoice.Parties, PublicJson.Options))),
            P.Text(invoice.EffectKey), P.Time(invoice.CreatedAt), P.Text(invoice.PaidBy?.Value));
        if (invoice.Lines.Count > 0) batch.Add(InsertLines, LineParameters(id, [.. invoice.Lines]));
        if (rated.TaxGroups.Count > 0) batch.Add(InsertTaxes, TaxParameters(id, [.. rated.TaxGroups]));
    }

    private static NpgsqlParameter[] LineParameters(Guid id, NewLine[] lines) =>
    [
        P.Uuid(id),
        P.Numbers([.. Enumerable.Range(1, lines.Length)]),
        P.Texts(Array.ConvertAll(lines, line => line.Kind)),
        P.Texts(Array.ConvertAll(lines, line => line.Text)),
        P.Days(Array.ConvertAll(lines, line => line.From)),
        P.Days(Array.ConvertAll(lines, line => line.Until)),
        P.Texts(Array.ConvertAll(lines, line => Exact(line.Quantity))),
        P.Texts(Array.ConvertAll(lines, line => Exact(line.UnitPrice))),
        P.Texts(Array.ConvertAll(lines, line => line.Percent is { } percent ? Exact(percent) : null)),
        P.OptionalBigs(Array.ConvertAll(lines, line => (long?)line.Amount)),
        P.Texts(Array.ConvertAll(lines, line => line.Company)),
        P.Texts(Array.ConvertAll(lines, line => line.CompanyName)),
        P.OptionalBigs(Array.ConvertAll(lines, line => line.Above)),
        P.OptionalUuids(Array.ConvertAll(lines, line => line.AdjustmentId)),
    ];

    private static NpgsqlParameter[] TaxParameters(Guid id, TaxGroup[] groups) =>
    [
        P.Uuid(id),
        P.Numbers([.. Enumerable.Range(1, groups.Length)]),
        P.Texts(Array.ConvertAll(groups, group => Exact(group.Percent))),
        P.Bools(Array.ConvertAll(groups, group => group.IsReverseCharge)),
        P.Texts(Array.ConvertAll(groups, group => group.Note)),
        P.OptionalBigs(Array.ConvertAll(groups, group => (long?)group.Net)),
        P.OptionalBigs(Array.ConvertAll(groups, group => (long?)group.Tax)),
    ];

    // A decimal's own text: Npgsql's arrays of numeric would do as well, and P has none.
    private static string Exact(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    private const string MakeFinal = """
        update fleet.invoices
        set state = 'final', final_at = $3, issued_on = $4, due_on = $5,
            number = $6 || '-' || $7 || '-' || lpad(t.n::text, greatest(6, length(t.n::text)), '0')
        from (select fleet.take_number($6, $7) as n) t
        where tenant_id = $1
          and id = $2
        """;

    private const string Owe = """
        insert into fleet.receivables (tenant_id, id, invoice_id, kind, source, amount, at, entered_by, reason)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    /// <summary>A draft of the same transaction becomes final and is owed, with its commit and not before: whoever takes a number of the series waits for that alone.</summary>
    public static void Finalise(TenantBatch batch, Guid id, string series, string region, DateOnly issuedOn, DateOnly dueOn, DateTimeOffset now)
        => batch.AddAtCommit(MakeFinal, P.Uuid(id), P.Time(now), P.Day(issuedOn), P.Day(dueOn), P.Text(series), P.Text(region.ToUpperInvariant()));

    private const string MakeStatement = """
        update fleet.invoices
        set state = 'final', final_at = $3, issued_on = $4
        where tenant_id = $1
          and id = $2
          and kind = 'statement'
        """;

    /// <summary>A draft of the same transaction becomes a statement: it takes no number, and nothing is owed.</summary>
    public static void FinaliseStatement(TenantBatch batch, Guid id, DateOnly issuedOn, DateTimeOffset now) => batch.Add(MakeStatement, P.Uuid(id), P.Time(now), P.Day(issuedOn));

    private const string Contain = """
        insert into fleet.invoice_statements (tenant_id, invoice_id, child, statement_id)
        select $1, $2, s.child, s.id
        from unnest($3, $4) as s (child, id)
        """;

    /// <summary>What a parent's draft was made of, before it is final in the same transaction. Each statement is in one invoice.</summary>
    public static void AddStatements(TenantBatch batch, Guid id, IReadOnlyCollection<(TenantId Child, Guid Id)> statements)
        => batch.Add(Contain, P.Uuid(id), P.Texts([.. statements.Select(statement => statement.Child.Value)]), P.Uuids([.. statements.Select(statement => statement.Id)]));

    /// <param name="invoice">Whose debt is changed.</param>
    /// <param name="amount">What is owed is more by so much; negative: less.</param>
    /// <param name="reason">Null: what it is about says it.</param>
    public static void Enter(TenantBatch batch, TimeProvider time, Guid invoice, string kind, string source, long amount, string actor, string? reason = null)
        => batch.Add(Owe, Entry(time, invoice, kind, source, amount, actor, reason));

    private static NpgsqlParameter[] Entry(TimeProvider time, Guid invoice, string kind, string source, long amount, string actor, string? reason) =>
    [
        P.Uuid(Ids.Of("receivable", invoice.ToString("N"), kind, source)), P.Uuid(invoice), P.Text(kind), P.Text(source), P.Big(amount), P.Time(time.GetUtcNow()), P.Text(actor), P.Text(reason),
    ];

    private const string Columns = """
        i.id, i.period, i.kind, i.state, i.number, i.currency, i.active_drivers, i.message_volume, i.base_cost, i.volume_discount, i.message_charge, i.adjustment_amount, i.tax_amount,
        i.total_amount, r.paid, r.credited, r.due, i.issued_on, i.due_on, i.purchase_order, i.credited_invoice, i.reason, i.rate_card_version, i.agreement_version, i.parties, i.created_at,
        (select o.number from fleet.invoices o where o.tenant_id = $1 and o.id = i.credited_invoice), i.paid_by
        """;

    private const string Sums = """
        cross join lateral (
            select coalesce(-sum(e.amount) filter (where e.kind in ('payment', 'refund', 'dispute')), 0)::bigint as paid,
                   coalesce(-sum(e.amount) filter (where e.kind = 'credit_note'), 0)::bigint as credited,
                   coalesce(sum(e.amount), 0)::bigint as due
            from fleet.receivables e
            where e.tenant_id = $1
              and e.invoice_id = i.id) r
        """;

    private const string Find = $"""
        select {Columns}
        from fleet.invoices i
        {Sums}
        where i.tenant_id = $1
          and i.id = $2
        """;

    private const string ListLines = """
        select invoice_id, no, kind, text, from_day, until_day, quantity, unit_price, percent, amount, company, company_name
        from fleet.invoice_lines
        where tenant_id = $1
          and invoice_id = any($2)
        order by invoice_id, no
        """;

    private const string ListTaxes = """
        select invoice_id, percent, is_reverse_charge, note, net_amount, tax_amount
        from fleet.invoice_taxes
        where tenant_id = $1
          and invoice_id = any($2)
        order by invoice_id, no
        """;

    private const string ListPage = $"""
        select {Columns}
        from fleet.invoices i
        {Sums}
        where i.tenant_id = $1
          and (i.created_at, i.id) < ($2, $3)
        order by i.created_at desc, i.id desc
        limit $4
        """;

    /// <param name="today">In the company's time zone.</param>
    public static async Task<InvoiceView?> FindAsync(TenantDb db, DataKey key, Guid id, DateOnly today, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(Find, P.Uuid(id)).Add(ListLines, P.Uuids([id])).Add(ListTaxes, P.Uuids([id]));
        await using var reader = await batch.ReadAsync(ct);
        return (await ReadAsync(reader, db.Tenant, key, today, ct)).SingleOrDefault();
    }

    private const string Lock = """
        select kind
        from fleet.invoices
        where tenant_id = $1
          and id = $2
        for update
        """;

    /// <summary>Whoever changes what is owed has the invoice until his commit.</summary>
    /// <param name="today">In the company's time zone.</param>
    public static async Task<InvoiceView?> LockAsync(TenantTransaction db, DataKey key, Guid id, DateOnly today, CancellationToken ct)
        => await TryLockAsync(db, id, ct) ? await FindAsync(db, key, id, today, ct) : null;

    /// <inheritdoc cref="LockAsync(TenantTransaction, DataKey, Guid, DateOnly, CancellationToken)"/>
    public static async Task<InvoiceView?> LockAsync(TenantTransaction db, TenantSettingsCache settings, DataKeys keys, TimeProvider time, Guid id, CancellationToken ct)
        => await settings.FindAsync(db.Tenant, ct) is { } company
            ? await LockAsync(db, await keys.GetAsync(db.Tenant, ct), id, BillingPeriod.Today(time.GetUtcNow(), company.TimeZone), ct)
            : null;

    /// <returns>False: there is no such invoice.</returns>
    public static async Task<bool> TryLockAsync(TenantTransaction db, Guid id, CancellationToken ct) => await db.FindAsync(Lock, row => row.GetString(0), ct, P.Uuid(id)) is not null;

    private const string OweOnce = $"""
        {Owe}
        on conflict (tenant_id, invoice_id, kind, source) do nothing
        """;

    /// <summary>As <see cref="Enter"/>, for what may have been entered before.</summary>
    /// <returns>False: it was.</returns>
    public static async Task<bool> TryEnterAsync(TenantDb db, TimeProvider time, Guid invoice, string kind, string source, long amount, string actor, CancellationToken ct)
        => await db.ExecuteAsync(OweOnce, ct, Entry(time, invoice, kind, source, amount, actor, null)) == 1;

    private const string FindEntry = """
        select amount
        from fleet.receivables
        where tenant_id = $1
          and invoice_id = $2
          and kind = $3
          and source = $4
        """;

    /// <returns>Its amount; null: there is no such entry.</returns>
    public static Task<long?> FindEntryAsync(TenantDb db, Guid invoice, string kind, string source, CancellationToken ct)
        => db.FindAsync<long?>(FindEntry, row => row.GetInt64(0), ct, P.Uuid(invoice), P.Text(kind), P.Text(source));

    private const string FindStatement = """
        select period, currency, active_drivers, message_volume, base_cost, volume_discount, message_charge, adjustment_amount, tax_amount, total_amount, created_at
        from fleet.invoices
        where tenant_id = $1
          and id = $2
          and kind = 'statement'
          and state = 'final'
          and paid_by = $3
        """;

    /// <summary>As it was when it became final, without who sells and buys: what is sealed needs no key here.</summary>
    public static async Task<FinalStatement?> FindStatementAsync(TenantDb child, Guid id, TenantId paidBy, CancellationToken ct)
    {
        await using var batch = child.Batch().Add(FindStatement, P.Uuid(id), P.Text(paidBy.Value)).Add(ListLines, P.Uuids([id])).Add(ListTaxes, P.Uuids([id]));
        await using var reader = await batch.ReadAsync(ct);
        var head = (await reader.ListAsync(row => (EndedAt: row.Time(10), Rated: ReadRated(row)), ct)).SingleOrDefault();
        if (head.Rated is null) return null;
        var lines = await reader.ListAsync(row => ReadLine(row), ct);
        var taxes = await reader.ListAsync(row => ReadTax(row), ct);
        return new(id, head.EndedAt, head.Rated with { Lines = [.. lines.Select(Again)], TaxGroups = [.. taxes.Select(tax => new TaxGroup(tax.Percent, tax.IsReverseCharge, tax.Note, tax.NetAmount, tax.TaxAmount))] });
    }

    private static RatedMonth ReadRated(NpgsqlDataReader row) => new(
        row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), [], [])
    {
        Period = row.Day(0),
        Currency = row.GetString(1),
        RateCardVersion = 0,
        AgreementVersion = null,
        PurchaseOrder = null,
    };

    // In the words that were printed.
    private static RatedLine Again(InvoiceLine line) => new(line.Kind, line.From, line.Until.AddDays(1), null, line.Quantity, line.UnitPrice, line.Percent, line.Amount) { Text = line.Description };

    /// <summary>The newest first.</summary>
    public static async Task<List<InvoiceView>> ListAsync(TenantDb db, PageWindow window, DateOnly today, CancellationToken ct)
    {
        var heads = await db.ListAsync(ListPage, row => ReadHead(row, db.Tenant, window.Key, today), ct, P.Time(window.After.Time), P.Uuid(window.After.Id), window.Rows);
        Guid[] ids = [.. heads.Select(head => head.Id)];
        await using var batch = db.Batch().Add(ListLines, P.Uuids(ids)).Add(ListTaxes, P.Uuids(ids));
        await using var reader = await batch.ReadAsync(ct);
        return await FillAsync(reader, heads, ct);
    }

    private static async Task<List<InvoiceView>> ReadAsync(TenantReader reader, TenantId tenant, DataKey key, DateOnly today, CancellationToken ct)
        => await FillAsync(reader, await reader.ListAsync(row => ReadHead(row, tenant, key, today), ct), ct);

    private static async Task<List<InvoiceView>> FillAsync(TenantReader reader, List<InvoiceView> heads, CancellationToken ct)
    {
        var lines = (await reader.ListAsync(row => (Of: row.GetGuid(0), Line: ReadLine(row)), ct)).ToLookup(row => row.Of, row => row.Line);
        var taxes = (await reader.ListAsync(row => (Of: row.GetGuid(0), Tax: ReadTax(row)), ct)).ToLookup(row => row.Of, row => row.Tax);
        return heads.ConvertAll(head => head with { Lines = [.. lines[head.Id]], Taxes = [.. taxes[head.Id]] });
    }

    private static InvoiceView ReadHead(NpgsqlDataReader row, TenantId tenant, DataKey key, DateOnly today)
    {
        var (id, due, dueOn) = (row.GetGuid(0), row.GetInt64(16), row.DayOrNull(18));
        var parties = JsonSerializer.Deserialize<InvoiceParties>(key.Decrypt(EncryptedColumns.InvoiceParties, id.ToString("N"), row.Bytes(24)), PublicJson.Options)!;
        return new(
            id, tenant, BillingPeriod.Write(row.Day(1)), row.GetString(2), StatusOf(row.GetString(2), row.GetString(3), due, dueOn, today), row.TextOrNull(4), row.GetString(5),
            row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13), row.GetInt64(14), row.GetInt64(15), due,
            row.DayOrNull(17), dueOn, row.TextOrNull(19), row.GuidOrNull(20), row.TextOrNull(21), row.IntOrNull(22), row.IntOrNull(23), parties.Supplier, parties.Buyer, [], [])
        {
            CreatedAt = row.Time(25),
            CreditedNumber = row.TextOrNull(26),
            PaidBy = row.TextOrNull(27) is { } parent ? TenantId.Parse(parent) : null,
        };
    }

    // A credit note is neither paid nor late: it is a part of what its invoice is about. A statement is a part of the parent's.
    private static string StatusOf(string kind, string state, long due, DateOnly? dueOn, DateOnly today)
    {
        if (state != InvoiceState.Final || kind != InvoiceKind.Invoice) return state;
        return due <= 0 ? InvoiceState.Paid : today > dueOn ? InvoiceState.PastDue : InvoiceState.Final;
    }

    private static InvoiceLine ReadLine(NpgsqlDataReader row)
        => new(row.GetInt32(1), row.GetString(2), row.GetString(3), row.Day(4), row.Day(5), row.GetDecimal(6), row.GetDecimal(7),
            row.IsDBNull(8) ? null : row.GetDecimal(8), row.GetInt64(9),
            row.TextOrNull(10) is { } company ? TenantId.Parse(company) : null, row.TextOrNull(11));

    private static InvoiceTax ReadTax(NpgsqlDataReader row) => new(row.GetDecimal(1), row.GetBoolean(2), row.TextOrNull(3), row.GetInt64(4), row.GetInt64(5));
}
