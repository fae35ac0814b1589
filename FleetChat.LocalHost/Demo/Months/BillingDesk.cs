using System.Net;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.OpenId;

namespace FleetChat.LocalHost.Demo.Months;

/// <summary>What people do about invoices: companies' admins who have signed in, FleetChat's operator, and whoever enters a card on Stripe's page.</summary>
internal sealed class BillingDesk(LocalHostSettings settings, IssuerSimulator issuer) : IDisposable
{
    /// <summary>Of Stripe's page.</summary>
    public const string GoodCard = "good-card";

    public const string PoorCard = "poor-card";
    public const string Account = "us-account";

    private readonly FleetApi _operator = new(settings.Url, ct => issuer.SignInAsync(LocalHostSettings.Operator, ct));
    private readonly Dictionary<string, FleetApi> _admins = [];
    private readonly HttpClient _browser = new(new SocketsHttpHandler { UseProxy = false });

    public FleetApi AdminOf(Company company)
    {
        if (!_admins.TryGetValue(company.AdminAddress, out var admin)) _admins[company.AdminAddress] = admin = new(settings.Url, ct => issuer.SignInAsync(company.AdminAddress, ct));
        return admin;
    }

    public Task<IReadOnlyList<ApiInvoice>> InvoicesAsync(Company company, CancellationToken ct) => AdminOf(company).ListAsync<ApiInvoice>("api/invoices", ct);

    public Task<ApiInvoice> PreviewAsync(Company company, CancellationToken ct) => AdminOf(company).GetAsync<ApiInvoice>("api/billing/preview", ct);

    public Task<ApiInvoicePayments> PaymentsAsync(Company company, Guid invoice, CancellationToken ct) => AdminOf(company).GetAsync<ApiInvoicePayments>($"api/invoices/{invoice}/payments", ct);

    /// <summary>The admin asks for a link and follows it himself.</summary>
    /// <param name="choice">What he pays with.</param>
    public async Task EnterAsync(Company company, string choice, CancellationToken ct)
        => await FollowAsync((await AdminOf(company).PostAsync<ApiLink>("api/billing/payment-link", new { }, ct)).Url, choice, ct);

    /// <summary>Somebody follows a link to Stripe's page, chooses there, and comes back.</summary>
    /// <exception cref="HttpRequestException">The link leads nowhere, or the page takes nothing more.</exception>
    public async Task FollowAsync(Uri link, string choice, CancellationToken ct)
    {
        using var page = await _browser.GetAsync(link, ct);
        page.EnsureSuccessStatusCode();
        using var nothing = new FormUrlEncodedContent([]);
        using var back = await _browser.PostAsync(new Uri($"{page.RequestMessage!.RequestUri}/{choice}"), nothing, ct);
        back.EnsureSuccessStatusCode();
    }

    /// <summary>The operator enters what came by the bank.</summary>
    public async Task EnterTransferAsync(Company company, ApiInvoice invoice, string reference, CancellationToken ct)
        => await _operator.PostAsync<ApiInvoice>($"api/platform/tenants/{company.Tenant}/invoices/{invoice.Id}/payments", new { amount = invoice.DueAmount, reference }, ct);

    /// <summary>The operator agrees with a company on so many days to pay.</summary>
    public async Task AgreeOnDaysAsync(Company company, int days, CancellationToken ct)
    {
        var path = $"api/platform/tenants/{company.Tenant}/billing-account";
        var (status, body) = await _operator.AskAsync(HttpMethod.Put, path, new { tax_percent = 0, payment_days = days }, ct);
        if (status != HttpStatusCode.OK) throw new HttpRequestException($"{path} answered {(int)status}: {body}");
    }

    public void Dispose()
    {
        foreach (var admin in _admins.Values) admin.Dispose();
        _operator.Dispose();
        _browser.Dispose();
    }

    private sealed record ApiLink(Uri Url);
}
