using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Payments;

/// <summary>How a company pays.</summary>
/// <param name="Offered">Whether cards and debits can be entered here at all.</param>
/// <param name="Method">What invoices are charged to; null: they are paid by bank transfer.</param>
/// <param name="HeldUntil">Nothing is charged or asked for until then.</param>
public sealed record PaymentAccountView(bool Offered, PaymentMethodView? Method, DateTimeOffset? HeldUntil, string? HeldFor);

/// <param name="Name">The card's brand, or the bank.</param>
/// <param name="ExpiresOn">Of a card: its last day.</param>
public sealed record PaymentMethodView([OneOf(typeof(PaymentAccounts), nameof(PaymentAccounts.Kinds))] string Kind, string? Name, string? Last4, DateOnly? ExpiresOn, DateTimeOffset Since);

/// <summary>Where somebody enters a card or an account.</summary>
public sealed record PaymentLink(Uri Url, DateTimeOffset ExpiresAt);

/// <summary>What companies are charged with. It is entered on the processor's own page, and never passes here.</summary>
public sealed class PaymentAccounts(
    TenantDbs dbs, DataKeys keys, GetTenant companies, IPaymentProcessor processor, SignedLinks links, IOptions<StripeOptions> stripe, IOptions<PlatformOptions> platform, TimeProvider time)
{
    public static readonly IReadOnlyList<string> Kinds = PaymentSql.Kinds;

    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(366);

    internal static readonly LinkPurpose LinkPurpose = new("payment_link", "/pay/", TimeSpan.FromDays(30));

    public async Task<Result<PaymentAccountView>> GetAsync(TenantId tenant, CancellationToken ct)
    {
        if (!(await companies.HandleAsync(tenant, ct)).IsOk) return GetTenant.NotFound;
        var account = await PaymentAccountSql.FindAsync(dbs.For(tenant), await keys.GetAsync(tenant, ct), ct);
        var method = account.Method is { } saved ? new PaymentMethodView(PaymentSql.Write(saved.Kind), saved.Name, saved.Last4, saved.LastDay, account.MethodAt!.Value) : null;
        var isHeld = account.HeldUntil > time.GetUtcNow();
        return new PaymentAccountView(stripe.Value.IsSetUp, method, isHeld ? account.HeldUntil : null, isHeld ? account.HeldFor : null);
    }

    /// <summary>For whoever pays at the company: it needs no login of ours.</summary>
    public async Task<Result<PaymentLink>> MakeLinkAsync(TenantId tenant, string actor, CancellationToken ct)
    {
        if (!stripe.Value.IsSetUp) return PaymentErrors.NotOffered;
        var (url, expiresAt) = await links.MakeAsync(LinkPurpose, tenant, Guid.Empty, ct);
        await using var db = await dbs.BeginAsync(tenant, ct);
        db.Audit(time, actor, "payment.link_made", tenant.Value);
        await db.CommitAsync(ct);
        return new PaymentLink(url, expiresAt);
    }

    /// <summary>Leads to the processor's page, a new one each time: its own addresses live for a day.</summary>
    /// <returns>Null for a link that is wrong or over.</returns>
    public async Task<Result<Uri>?> OpenLinkAsync(string token, CancellationToken ct)
    {
        if (!stripe.Value.IsSetUp || await links.TryReadAsync(LinkPurpose, token, ct) is not var (tenant, _)) return null;
        if (await companies.HandleAsync(tenant, ct) is not { IsOk: true, Value: var company }) return null;
        try
        {
            var customer = await processor.EnsureCustomerAsync(new(tenant, company.LegalName, company.PrimaryContact?.Email), ct);
            await PaymentAccountSql.SaveCustomerAsync(dbs.For(tenant), customer, ct);
            var end = platform.Value.PublicBaseUrl!;
            return (await processor.CreateSetupLinkAsync(new(time.NewId(), tenant, customer, company.Currency, new(end, "/payment/entered"), new(end, "/payment/left")), ct)).Url;
        }
        catch (PaymentException)
        {
            return PaymentErrors.Unavailable;
        }
    }

    /// <summary>Something was entered on the processor's page: what is the newest there is charged from now on, whichever page this was.</summary>
    /// <exception cref="PaymentException">Refused, or the answer was lost.</exception>
    /// <returns>False: the page is none of ours.</returns>
    public async Task<bool> KeepMethodAsync(string setupId, CancellationToken ct)
    {
        var setup = await processor.GetSetupAsync(setupId, ct);
        if (setup.Payer is not { } tenant || !(await companies.HandleAsync(tenant, ct)).IsOk) return false;
        if (setup.State != SetupState.Completed) return true;
        var method = await processor.ListMethodsAsync(setup.CustomerId, ct) is [var newest, ..] ? newest : null;
        var key = await keys.GetAsync(tenant, ct);
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            if (await PaymentAccountSql.TrySaveMethodAsync(db, key, setup.CustomerId, method, time.GetUtcNow(), ct))
            {
                db.Audit(time, "system", "payment.method_entered", tenant.Value, method is null ? "none" : PaymentSql.Write(method.Kind));
                await TellAsync(db, ct);
            }
            else if ((await PaymentAccountSql.FindAsync(db, key, ct)).CustomerId != setup.CustomerId) return true;
            await db.CommitAsync(ct);
        }
        // Also of one that is kept already: whoever kept it may have got no answer to this.
        if (method is not null) await processor.PreferMethodAsync(setup.CustomerId, method.Id, ct);
        return true;
    }

    /// <summary>While people talk about what is owed, nothing is charged, asked for or suspended.</summary>
    /// <param name="until">Null: no longer.</param>
    public async Task<Result<PaymentAccountView>> HoldAsync(TenantId tenant, DateTimeOffset? until, string? reason, string actor, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (until is not null && (until <= now || until > now + LongestHold)) return PaymentErrors.HoldInvalid;
        if (until is not null && !BillingText.IsGiven(reason)) return BillingErrors.TextInvalid("$.reason", BillingText.Longest);
        if (!(await companies.HandleAsync(tenant, ct)).IsOk) return GetTenant.NotFound;
        await using (var db = await dbs.BeginAsync(tenant, ct))
        {
            await PaymentAccountSql.SaveHoldAsync(db, until, until is null ? null : reason, until is null ? null : actor, ct);
            db.Audit(time, actor, until is null ? "dunning.resumed" : "dunning.held", tenant.Value, until is null ? "" : $"until {until.Value.UtcDateTime:u}");
            await TellAsync(db, ct);
            await db.CommitAsync(ct);
        }
        return await GetAsync(tenant, ct);
    }

    private async Task TellAsync(TenantDb db, CancellationToken ct)
    {
        foreach (var invoice in await CollectionSql.ListOpenAsync(db, ct)) await CollectInvoice.TellAsync(db, time, invoice, ct);
    }
}
