using System.ComponentModel.DataAnnotations;
using FleetChat.Core;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Billing;

/// <summary>What FleetChat costs: for all companies, and for one by agreement.</summary>
public sealed class PriceApi(RateCards cards, Agreements agreements, BillingAccounts accounts)
{
    /// <summary>All versions of all rate cards. For operators.</summary>
    [Function(nameof(GetRateCards))]
    [Needs(Permission.ReadBilling)]
    [Answers(typeof(RateCardList), "All of them.")]
    public async Task<HttpResponseData> GetRateCards([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/rate-cards")] HttpRequestData request)
        => await request.AnswerAsync<RateCardList>(new RateCardList(await cards.ListAsync(request.Cancellation())));

    /// <summary>Enter a new version of a currency's rate card: it holds from its month on. The newest said again is the same version. For operators.</summary>
    [Function(nameof(PostRateCard))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(RateCardView), "Entered.")]
    [Takes(typeof(RateCardWanted), """{"currency": "USD", "valid_from": "2026-03", "tiers": {"starter": {"price_per_driver": 900, "included_messages": 5000, "price_per_message": 1.5, "brackets": [{"above": 50, "discount_percent": 10}]}, "professional": {"price_per_driver": 1200, "included_messages": 50000, "price_per_message": 1.25, "brackets": []}, "enterprise": {"price_per_driver": 1500, "included_messages": 500000, "price_per_message": 1, "brackets": []}}}""")]
    [Refuses(409)]
    public async Task<HttpResponseData> PostRateCard([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/rate-cards")] HttpRequestData request)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<RateCardWanted>(request);
        return await request.AnswerAsync(await cards.EnterAsync(new(body.Currency, body.ValidFrom, body.Tiers, request.Caller().Actor), request.Cancellation()));
    }

    /// <summary>What was agreed with a company, the newest version first. For operators.</summary>
    [Function(nameof(GetAgreements))]
    [Needs(Permission.ReadBilling)]
    [Answers(typeof(AgreementList), "All versions.")]
    [PathText("id", "The company's.")]
    public async Task<HttpResponseData> GetAgreements([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/agreements")] HttpRequestData request, string id)
    {
        var found = TenantId.TryParse(id, out var tenant) ? await agreements.ListAsync(tenant, request.Cancellation()) : GetTenant.NotFound;
        return await request.AnswerAsync(found.IsOk ? (Result<AgreementList>)new AgreementList(found.Value) : found.Error);
    }

    /// <summary>Agree on other prices with a company, from a month on; what is left out is as the rate card has it. The newest said again is the same version. For operators.</summary>
    [Function(nameof(PostAgreement))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(AgreementView), "Agreed.")]
    [Takes(typeof(AgreementWanted), """{"valid_from": "2026-03", "valid_until": "2027-02", "terms": {"price_per_driver": 800, "minimum": 50000, "trial_until": "2026-03-31", "purchase_order": "PO 4711"}}""")]
    [PathText("id", "The company's.")]
    [Refuses(404)]
    public async Task<HttpResponseData> PostAgreement([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/platform/tenants/{id}/agreements")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<AgreementWanted>(request);
        return await request.AnswerAsync(TenantId.TryParse(id, out var tenant)
            ? await agreements.EnterAsync(new(tenant, body.ValidFrom, body.ValidUntil, body.Terms, request.Caller().Actor), request.Cancellation())
            : GetTenant.NotFound);
    }

    /// <summary>How a company is taxed and pays. For operators.</summary>
    [Function(nameof(GetBillingAccount))]
    [Needs(Permission.ReadBilling)]
    [Answers(typeof(BillingAccount), "Found.")]
    [PathText("id", "The company's.")]
    public async Task<HttpResponseData> GetBillingAccount([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/platform/tenants/{id}/billing-account")] HttpRequestData request, string id)
        => await request.AnswerAsync(TenantId.TryParse(id, out var tenant) ? await accounts.GetAsync(tenant, request.Cancellation()) : GetTenant.NotFound);

    /// <summary>Say how a company is taxed and pays; it holds for invoices that are not final. For operators.</summary>
    [Function(nameof(PutBillingAccount))]
    [Needs(Permission.ChangeBilling)]
    [Answers(typeof(BillingAccount), "As it is now.")]
    [Takes(typeof(BillingAccountWanted), """{"tax_percent": 8.25, "reverse_charge": false, "payment_days": 30}""")]
    [PathText("id", "The company's.")]
    public async Task<HttpResponseData> PutBillingAccount([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "api/platform/tenants/{id}/billing-account")] HttpRequestData request, string id)
    {
        var (body, _) = await RequestBody.ReadJsonAsync<BillingAccountWanted>(request);
        return await request.AnswerAsync(TenantId.TryParse(id, out var tenant)
            ? await accounts.ChangeAsync(new(tenant, body.TaxPercent, body.ReverseCharge, body.TaxNote, body.PaymentDays, request.Caller().Actor), request.Cancellation())
            : GetTenant.NotFound);
    }

    private sealed record RateCardWanted([Required] string? Currency = null, [Required] string? ValidFrom = null, [Required] IReadOnlyDictionary<string, TierPrice>? Tiers = null);

    private sealed record AgreementWanted([Required] string? ValidFrom = null, string? ValidUntil = null, [Required] AgreementTerms? Terms = null);

    private sealed record BillingAccountWanted(
        [Range(0, 100)] decimal TaxPercent = 0, bool ReverseCharge = false, [StringLength(500)] string? TaxNote = null, [Range(0, 180)] int PaymentDays = 14);
}

public sealed record RateCardList(IReadOnlyList<RateCardView> Data);

public sealed record AgreementList(IReadOnlyList<AgreementView> Data);
