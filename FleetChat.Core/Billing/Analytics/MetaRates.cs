using System.Globalization;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Audit;
using Npgsql;
using PhoneNumbers;

namespace FleetChat.Core.Billing.Analytics;

/// <summary>What Meta takes for a message.</summary>
/// <param name="Country">Of the recipient's phone; <c>*</c>: of every country that has no rate of its own in the category.</param>
/// <param name="Category">WhatsApp's word, such as <c>utility</c>.</param>
/// <param name="ValidFrom">The first day, in each company's own time zone.</param>
/// <param name="Amount">Minor units a message, with fractions.</param>
public sealed record MetaRateView(string Country, string Category, int Version, DateOnly ValidFrom, string Currency, decimal Amount, string CreatedBy, DateTimeOffset CreatedAt);

/// <param name="Actor">Who enters it, for the audit trail.</param>
public sealed record EnterMetaRateInput(string? Country, string? Category, DateOnly? ValidFrom, string? Currency, decimal? Amount, string Actor);

/// <summary>Meta's rates, as operators enter them. A version is never changed: one with the same first day corrects it.</summary>
public sealed class MetaRates(SystemDb system, TimeProvider time)
{
    private const int LongestCategory = 64;

    private const string Columns = "country, category, version, valid_from, currency, amount, created_by, created_at";

    private const string List = $"""
        select {Columns}
        from fleet.meta_rates
        order by country, category, version desc
        """;

    /// <summary>All of them: there are some hundreds a year.</summary>
    public Task<List<MetaRateView>> ListAsync(CancellationToken ct) => system.ListAsync(List, Read, ct);

    /// <summary>The newest version said again is the same version.</summary>
    public async Task<Result<MetaRateView>> EnterAsync(EnterMetaRateInput input, CancellationToken ct)
    {
        if (input.Country is not { } country || !IsCountry(country)) return BillingErrors.PriceInvalid("country_unknown", "$.country");
        if (input.Category is not { } category || !IsCategory(category)) return BillingErrors.PriceInvalid("category_malformed", "$.category");
        if (input.ValidFrom is not { } validFrom) return BillingErrors.PriceInvalid("valid_from_invalid", "$.valid_from");
        if (input.Currency is not { } currency || !RatingRange.IsCurrency(currency)) return BillingErrors.PriceInvalid("currency_malformed", "$.currency");
        if (input.Amount is not { } amount) return BillingErrors.PriceInvalid("price_missing", "$.amount");
        if (RatingRange.FindPriceFault(amount, RatingRange.PricePerMessage) is { } fault) return BillingErrors.PriceInvalid(fault, "$.amount");

        var newest = await FindNewestAsync(country, category, ct);
        if (newest is not null && newest.ValidFrom == validFrom && newest.Currency == currency && newest.Amount == amount) return newest;
        var rate = new MetaRateView(country, category, (newest?.Version ?? 0) + 1, validFrom, currency, amount, input.Actor, time.GetUtcNow());
        return await InsertAsync(rate, ct) ? (await FindNewestAsync(country, category, ct))! : BillingErrors.VersionTaken;
    }

    private static bool IsCountry(string country) => country == MetaRateBook.AnyCountry || PhoneNumberUtil.GetInstance().GetSupportedRegions().Contains(country);

    private static bool IsCategory(string category)
        => category.Length is > 0 and <= LongestCategory && char.IsAsciiLetterLower(category[0]) && category.All(letter => char.IsAsciiLetterLower(letter) || letter is '_' or '-');

    private const string FindNewest = $"""
        select {Columns}
        from fleet.meta_rates
        where country = $1
          and category = $2
        order by version desc
        limit 1
        """;

    private Task<MetaRateView?> FindNewestAsync(string country, string category, CancellationToken ct) => system.FindAsync(FindNewest, Read, ct, P.Text(country), P.Text(category));

    private const string Insert = """
        insert into fleet.meta_rates (country, category, version, valid_from, currency, amount, created_by, created_at)
        values ($1, $2, $3, $4, $5, $6::numeric, $7, $8)
        """;

    private async Task<bool> InsertAsync(MetaRateView rate, CancellationToken ct)
    {
        try
        {
            await system.ActAsync(AuditEntry.Of(time, rate.CreatedBy, "meta_rate.entered", $"{rate.Country} {rate.Category}", $"version {rate.Version}", null), Insert, ct,
                P.Text(rate.Country), P.Text(rate.Category), P.Number(rate.Version), P.Day(rate.ValidFrom), P.Text(rate.Currency), P.Text(rate.Amount.ToString(CultureInfo.InvariantCulture)),
                P.Text(rate.CreatedBy), P.Time(rate.CreatedAt));
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    private static MetaRateView Read(NpgsqlDataReader row)
        => new(row.GetString(0), row.GetString(1), row.GetInt32(2), row.Day(3), row.GetString(4), row.GetDecimal(5), row.GetString(6), row.Time(7));
}
