using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Corporate;

/// <summary>Who pays for a company's months, from which moment on. A month is paid for, whole, by whom the company was the child of when it ended.</summary>
internal static class PayerTerms
{
    /// <summary>For the transaction that gives a company a parent, or takes it. Parameters: the moment; the parent, null for none.</summary>
    public const string Note = """
        insert into fleet.payer_terms (tenant_id, from_at, parent)
        values ($1, $2, $3)
        on conflict (tenant_id, from_at) do update
        set parent = excluded.parent
        """;

    private const string List = """
        select from_at, parent
        from fleet.payer_terms
        where tenant_id = $1
        order by from_at
        """;

    /// <summary>All of a company's, read by <see cref="ReadAsync"/>: for whoever finds out the month's end in the same round trip.</summary>
    public static TenantBatch AddTo(TenantBatch batch) => batch.Add(List);

    public static async Task<IReadOnlyList<PayerTerm>> ReadAsync(TenantReader reader, CancellationToken ct)
        => await reader.ListAsync(Read, ct);

    /// <param name="endsAt">Of the month.</param>
    /// <returns>Null: the company pays for itself.</returns>
    public static TenantId? Of(IReadOnlyList<PayerTerm> terms, DateTimeOffset endsAt) => terms.LastOrDefault(term => term.FromAt < endsAt)?.Parent;

    /// <inheritdoc cref="Of"/>
    public static async Task<TenantId?> FindAsync(TenantDb db, DateTimeOffset endsAt, CancellationToken ct) => Of(await db.ListAsync(List, Read, ct), endsAt);

    private static PayerTerm Read(NpgsqlDataReader row) => new(row.Time(0), row.TextOrNull(1) is { } parent ? TenantId.Parse(parent) : null);
}

/// <param name="Parent">Null: the company itself.</param>
internal sealed record PayerTerm(DateTimeOffset FromAt, TenantId? Parent);
