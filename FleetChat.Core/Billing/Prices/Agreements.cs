using System.Text.Json;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Billing.Prices;

/// <summary>What a company pays instead of the rate card; null: as the card has it.</summary>
/// <param name="PricePerDriver">Minor units a month, with fractions.</param>
/// <param name="PricePerMessage">Minor units over the included volume, with fractions.</param>
/// <param name="Minimum">Minor units a month.</param>
/// <param name="TrialUntil">The last free day, in the company's time zone.</param>
public sealed record AgreementTerms(
    decimal? PricePerDriver = null, IReadOnlyList<VolumeBracket>? Brackets = null, long? IncludedMessages = null, decimal? PricePerMessage = null,
    long? Minimum = null, DateOnly? TrialUntil = null, string? PurchaseOrder = null);

/// <param name="ValidFrom">The first month, such as <c>2026-03</c>.</param>
/// <param name="ValidUntil">The last month; null: until further notice.</param>
public sealed record AgreementView(int Version, string ValidFrom, string? ValidUntil, AgreementTerms Terms, string CreatedBy, DateTimeOffset CreatedAt);

public sealed record EnterAgreementInput(TenantId Tenant, string? ValidFrom, string? ValidUntil, AgreementTerms? Terms, string Actor);

/// <summary>What FleetChat and a company have agreed on. A version is never changed; of those that hold in a month the newest counts.</summary>
public sealed class Agreements(TenantDbs dbs, GetTenant get, TimeProvider time)
{
    /// <summary>The newest first.</summary>
    public async Task<Result<List<AgreementView>>> ListAsync(TenantId tenant, CancellationToken ct)
        => await get.FindAsync(dbs.For(tenant), ct) is null ? GetTenant.NotFound : await dbs.For(tenant).ListAsync(List, ReadView, ct);

    /// <summary>The newest version said again is the same version.</summary>
    public async Task<Result<AgreementView>> EnterAsync(EnterAgreementInput input, CancellationToken ct)
    {
        if (!BillingPeriod.TryParse(input.ValidFrom, out var from)) return BillingErrors.PriceInvalid("valid_from_invalid", "$.valid_from");
        DateOnly? until = null;
        if (input.ValidUntil is not null)
        {
            if (!BillingPeriod.TryParse(input.ValidUntil, out var last) || last < from) return BillingErrors.PriceInvalid("valid_until_invalid", "$.valid_until");
            until = last;
        }
        var terms = input.Terms ?? new();
        if (Of(1, from, until, terms).FindFault() is { } fault) return BillingErrors.PriceInvalid(fault, "$.terms");
        return await InsertAsync(input, from, until, JsonSerializer.Serialize(terms, PublicJson.Options), ct);
    }

    private async Task<Result<AgreementView>> InsertAsync(EnterAgreementInput input, DateOnly from, DateOnly? until, string content, CancellationToken ct)
    {
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await TenantLock.TakeAsync(db, ct) is null) return GetTenant.NotFound;
        var newest = (await db.ListAsync(List, ReadView, ct)).FirstOrDefault();
        if (newest is not null && newest.ValidFrom == input.ValidFrom && newest.ValidUntil == input.ValidUntil && JsonSerializer.Serialize(newest.Terms, PublicJson.Options) == content) return newest;
        var version = (newest?.Version ?? 0) + 1;
        await db.WriteAsync(Insert, ct, P.Number(version), P.Day(from), P.Day(until), P.Text(content), P.Text(input.Actor), P.Time(time.GetUtcNow()));
        db.Audit(time, input.Actor, "agreement.entered", input.Tenant.Value, $"version {version}");
        var entered = (await db.ListAsync(List, ReadView, ct))[0];
        await db.CommitAsync(ct);
        return entered;
    }

    private const string Insert = """
        insert into fleet.agreements (tenant_id, version, valid_from, valid_until, content, created_by, created_at)
        values ($1, $2, $3, $4, $5::json, $6, $7)
        """;

    private const string List = """
        select version, valid_from, valid_until, content::text, created_by, created_at
        from fleet.agreements
        where tenant_id = $1
        order by version desc
        """;

    private const string FindOfMonth = """
        select version, valid_from, valid_until, content::text
        from fleet.agreements
        where tenant_id = $1
          and valid_from <= $2
          and (valid_until is null or valid_until >= $2)
        order by version desc
        limit 1
        """;

    internal static TenantBatch AddTo(TenantBatch batch, DateOnly period) => batch.Add(FindOfMonth, P.Day(period));

    /// <returns>Null: the rate card alone.</returns>
    internal static async Task<Agreement?> ReadAsync(TenantReader reader, CancellationToken ct)
        => (await reader.ListAsync(row => Of(row.GetInt32(0), row.Day(1), row.DayOrNull(2), Terms(row.GetString(3))), ct)).SingleOrDefault();

    /// <param name="until">The first day of the last month.</param>
    private static Agreement Of(int version, DateOnly from, DateOnly? until, AgreementTerms terms) => new(version, from, until?.AddMonths(1).AddDays(-1))
    {
        PricePerDriver = terms.PricePerDriver,
        Brackets = terms.Brackets,
        IncludedMessages = terms.IncludedMessages,
        PricePerMessage = terms.PricePerMessage,
        Minimum = terms.Minimum,
        TrialUntil = terms.TrialUntil,
        PurchaseOrder = terms.PurchaseOrder,
    };

    private static AgreementView ReadView(NpgsqlDataReader row)
        => new(row.GetInt32(0), BillingPeriod.Write(row.Day(1)), row.DayOrNull(2) is { } until ? BillingPeriod.Write(until) : null, Terms(row.GetString(3)), row.GetString(4), row.Time(5));

    private static AgreementTerms Terms(string json) => JsonSerializer.Deserialize<AgreementTerms>(json, PublicJson.Options)!;
}
