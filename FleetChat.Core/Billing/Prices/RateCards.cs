using System.Text.Json;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Billing.Prices;

/// <param name="ValidFrom">The first month in which it holds, such as <c>2026-03</c>.</param>
public sealed record RateCardView(string Currency, int Version, string ValidFrom, IReadOnlyDictionary<string, TierPrice> Tiers, string CreatedBy, DateTimeOffset CreatedAt);

/// <param name="Actor">Who enters it, for the audit trail.</param>
public sealed record EnterRateCardInput(string? Currency, string? ValidFrom, IReadOnlyDictionary<string, TierPrice>? Tiers, string Actor);

/// <summary>The platform's prices. A version is never changed: a new one holds from its month on, and an invoice names the one it was made with.</summary>
public sealed class RateCards(SystemDb system, TimeProvider time)
{
    private const string Columns = "currency, version, valid_from, content::text, created_by, created_at";

    private const string List = $"""
        select {Columns}
        from fleet.rate_cards
        order by currency, version desc
        """;

    /// <summary>All of them: there are a few a year.</summary>
    public Task<List<RateCardView>> ListAsync(CancellationToken ct) => system.ListAsync(List, Read, ct);

    /// <summary>The newest version said again is the same version.</summary>
    public async Task<Result<RateCardView>> EnterAsync(EnterRateCardInput input, CancellationToken ct)
    {
        if (input.Currency is not { Length: 3 } currency || !currency.All(char.IsAsciiLetterUpper)) return BillingErrors.PriceInvalid("currency_invalid", "$.currency");
        if (!BillingPeriod.TryParse(input.ValidFrom, out var validFrom)) return BillingErrors.PriceInvalid("valid_from_invalid", "$.valid_from");
        var card = new RateCard(currency, 1, validFrom, input.Tiers ?? new Dictionary<string, TierPrice>());
        if (card.FindFault() is { } fault) return BillingErrors.PriceInvalid(fault, "$.tiers");
        var content = JsonSerializer.Serialize(card.Tiers, PublicJson.Options);
        if (await FindNewestAsync(currency, ct) is { } newest)
        {
            if (newest.ValidFrom == input.ValidFrom && JsonSerializer.Serialize(newest.Tiers, PublicJson.Options) == content) return newest;
            card = card with { Version = newest.Version + 1 };
        }
        return await InsertAsync(card, content, input.Actor, ct) ? (await FindNewestAsync(currency, ct))! : BillingErrors.VersionTaken;
    }

    private const string FindOfMonth = $"""
        select {Columns}
        from fleet.rate_cards
        where currency = $1
          and valid_from <= $2
        order by version desc
        limit 1
        """;

    /// <returns>Null: no version has begun by then.</returns>
    internal Task<RateCard?> FindAsync(string currency, DateOnly period, CancellationToken ct)
        => system.FindAsync(FindOfMonth, row => new RateCard(row.GetString(0), row.GetInt32(1), row.Day(2), Tiers(row.GetString(3))), ct, P.Text(currency), P.Day(period));

    private const string FindNewest = $"""
        select {Columns}
        from fleet.rate_cards
        where currency = $1
        order by version desc
        limit 1
        """;

    private Task<RateCardView?> FindNewestAsync(string currency, CancellationToken ct) => system.FindAsync(FindNewest, Read, ct, P.Text(currency));

    private const string Insert = """
        insert into fleet.rate_cards (currency, version, valid_from, content, created_by, created_at)
        values ($1, $2, $3, $4::json, $5, $6)
        """;

    private async Task<bool> InsertAsync(RateCard card, string content, string actor, CancellationToken ct)
    {
        try
        {
            await system.ActAsync(Security.Audit.AuditEntry.Of(time, actor, "rate_card.entered", card.Currency, $"version {card.Version}", null), Insert, ct,
                P.Text(card.Currency), P.Number(card.Version), P.Day(card.ValidFrom), P.Text(content), P.Text(actor), P.Time(time.GetUtcNow()));
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    private static RateCardView Read(NpgsqlDataReader row)
        => new(row.GetString(0), row.GetInt32(1), BillingPeriod.Write(row.Day(2)), Tiers(row.GetString(3)), row.GetString(4), row.Time(5));

    private static Dictionary<string, TierPrice> Tiers(string json) => JsonSerializer.Deserialize<Dictionary<string, TierPrice>>(json, PublicJson.Options)!;
}
