using System.ComponentModel.DataAnnotations;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Analytics;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Billing;

/// <summary>What companies used in more than a sum, and what that costs FleetChat.</summary>
public sealed class AnalyticsApi(AnalyzeUsage usage, AnalyzeCorporateUsage corporate, MetaRates rates, GetMargin margin)
{
    /// <summary>Messages, drivers, deliveries and response times of up to 400 days.</summary>
    [Function(nameof(GetUsageAnalytics))]
    [Needs(Permission.ReadCompany)]
    [Answers(typeof(UsageAnalytics), "All rows.")]
    [Query("from", "The first day, such as 2026-03-01; left out: the first of the last day's month.")]
    [Query("until", "The last day, such as 2026-03-31; left out: today, in the company's time zone.")]
    [Query("by", "What a row is of; left out: day.", typeof(UsageBy))]
    public async Task<HttpResponseData> GetUsageAnalytics([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/analytics/usage")] HttpRequestData request)
        => await request.AnswerAsync(await usage.HandleAsync(Read(request), request.Cancellation()));

    /// <summary>The same as CSV, in UTF-8 with a byte order mark. A cell that would be a formula begins with an apostrophe.</summary>
    [Function(nameof(GetUsageAnalyticsCsv))]
    [Needs(Permission.ReadCompany)]
    [AnswersWith("text/csv", "The rows, without the total.")]
    [Query("from", "The first day, such as 2026-03-01; left out: the first of the last day's month.")]
    [Query("until", "The last day, such as 2026-03-31; left out: today, in the company's time zone.")]
    [Query("by", "What a row is of; left out: day.", typeof(UsageBy))]
    public async Task<HttpResponseData> GetUsageAnalyticsCsv([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/analytics/usage.csv")] HttpRequestData request)
        => await WriteCsvAsync(request, await usage.WriteCsvAsync(Read(request), request.Cancellation()), "usage.csv");

    /// <summary>Messages and drivers of a parent and its children in up to 400 days: together, and of each as its own analytics show it. A child that is closed is not in it. It stands in each child's audit trail that somebody looked, at most once an hour for each person.</summary>
    [Function(nameof(GetCorporateUsage))]
    [Needs(Permission.ReadChildren)]
    [Answers(typeof(CorporateUsage), "All rows.")]
    [Query("from", "The first day, such as 2026-03-01; left out: the first of the last day's month.")]
    [Query("until", "The last day, such as 2026-03-31; left out: today, in the parent's time zone.")]
    [Query("by", "What a row is of; left out: day.", typeof(CorporateUsageBy), nameof(CorporateUsageBy.All))]
    public async Task<HttpResponseData> GetCorporateUsage([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/analytics/usage")] HttpRequestData request)
        => await request.AnswerAsync(await corporate.HandleAsync(ReadCorporate(request), request.Cancellation()));

    /// <summary>Each company's rows as CSV, in UTF-8 with a byte order mark. A cell that would be a formula begins with an apostrophe.</summary>
    [Function(nameof(GetCorporateUsageCsv))]
    [Needs(Permission.ReadChildren)]
    [AnswersWith("text/csv", "The rows of each company, without sums.")]
    [Query("from", "The first day, such as 2026-03-01; left out: the first of the last day's month.")]
    [Query("until", "The last day, such as 2026-03-31; left out: today, in the parent's time zone.")]
    [Query("by", "What a row is of; left out: day.", typeof(CorporateUsageBy), nameof(CorporateUsageBy.All))]
    public async Task<HttpResponseData> GetCorporateUsageCsv([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/corporate/analytics/usage.csv")] HttpRequestData request)
        => await WriteCsvAsync(request, await corporate.WriteCsvAsync(ReadCorporate(request), request.Cancellation()), "corporate-usage.csv");

    /// <summary>All versions of Meta's rates that were entered. For operators.</summary>
    [Function(nameof(GetMetaRates))]
    [Needs(Permission.ReadBilling)]
    [Answers(typeof(MetaRateList), "All of them.")]
    public async Task<HttpResponseData> GetMetaRates([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/meta-rates")] HttpRequestData request)
        => await request.AnswerAsync<MetaRateList>(new MetaRateList(await rates.ListAsync(request.Cancellation())));

    /// <summary>Enter what Meta takes for a message from a day on. With the same day as an earlier version it corrects that; the newest said again is the same version. For operators.</summary>
    [Function(nameof(PostMetaRate))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(MetaRateView), "Entered.")]
    [Takes(typeof(MetaRateWanted), """{"country": "US", "category": "utility", "valid_from": "2026-10-01", "currency": "USD", "amount": 0.34}""")]
    [Refuses(409)]
    public async Task<HttpResponseData> PostMetaRate([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/meta-rates")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<MetaRateWanted>(request);
        return await request.AnswerAsync(await rates.EnterAsync(new(body.Country, body.Category, body.ValidFrom, body.Currency, body.Amount, request.Caller().Actor), request.Cancellation()));
    }

    /// <summary>What a company's month brings, and what its messages cost at Meta. For operators.</summary>
    [Function(nameof(GetMonthMargin))]
    [Needs(Permission.ReadBilling)]
    [Answers(typeof(MarginView), "By the invoice, or as if the month ended now.")]
    [PathText("id", "The company's.")]
    [Query("period", "The month, such as 2026-03.")]
    [Refuses(409)]
    public async Task<HttpResponseData> GetMonthMargin([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/margin")] HttpRequestData request, string id)
    {
        var period = new QueryParameters(request, "period").Month("period");
        if (!TenantId.TryParse(id, out var tenant)) return await request.AnswerAsync<MarginView>(GetTenant.NotFound);
        return await request.AnswerAsync(period is { } month ? await margin.HandleAsync(tenant, month, request.Cancellation()) : BillingErrors.PeriodInvalid);
    }

    /// <summary>The same as CSV, in UTF-8 with a byte order mark: rows of the kinds <c>revenue</c>, <c>cost</c>, <c>undetermined</c> and <c>margin</c>, which has no amount where it is not known. For operators.</summary>
    [Function(nameof(GetMonthMarginCsv))]
    [Needs(Permission.ReadBilling)]
    [AnswersWith("text/csv", "By the invoice, or as if the month ended now.")]
    [PathText("id", "The company's.")]
    [Query("period", "The month, such as 2026-03.")]
    [Refuses(409)]
    public async Task<HttpResponseData> GetMonthMarginCsv([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/margin.csv")] HttpRequestData request, string id)
    {
        var period = new QueryParameters(request, "period").Month("period");
        if (!TenantId.TryParse(id, out var tenant)) return await ApiAnswer.Of(GetTenant.NotFound).WriteAsync(request);
        return await WriteCsvAsync(request, period is { } month ? await margin.WriteCsvAsync(tenant, month, request.Cancellation()) : BillingErrors.PeriodInvalid, "margin.csv");
    }

    private static Task<HttpResponseData> WriteCsvAsync(HttpRequestData request, Result<byte[]> csv, string name)
        => csv.IsOk ? CsvAnswer.WriteAsync(request, name, csv.Value) : ApiAnswer.Of(csv.Error).WriteAsync(request);

    private static AnalyzeCorporateUsageInput ReadCorporate(HttpRequestData request)
    {
        var query = new QueryParameters(request, "from", "until", "by");
        return new(request.Caller(), query.Day("from"), query.Day("until"), query.OneOf("by", CorporateUsageBy.All));
    }

    private static AnalyzeUsageInput Read(HttpRequestData request)
    {
        var query = new QueryParameters(request, "from", "until", "by");
        return new(request.Tenant(), query.Day("from"), query.Day("until"), query.OneOf("by", UsageBy.All));
    }

    private sealed record MetaRateWanted(
        [Required] string? Country = null, [Required] string? Category = null, [Required] DateOnly? ValidFrom = null, [Required] string? Currency = null,
        [Required, Range(0, 1_000_000)] decimal? Amount = null);
}

public sealed record MetaRateList(IReadOnlyList<MetaRateView> Data);
