using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Stripe;

/// <summary>Drives a simulator of Stripe, in this process or another: one method per control call.</summary>
public sealed class StripeControl(Uri address) : IDisposable
{
    private const string At = StripeControlApi.Prefix;

    private readonly ControlHttp http = new(address);

    public Uri Address => address;

    public Task AddEndpointAsync(NewEndpoint endpoint, CancellationToken ct = default) => http.DoAsync($"{At}/endpoints", endpoint, ct);

    public Task RemoveEndpointAsync(Uri url, CancellationToken ct = default) => http.DoAsync($"{At}/endpoints/remove", new EndpointView(url), ct);

    /// <summary>Until the overlap is over both secrets sign.</summary>
    public Task RotateSecretAsync(SecretRotation rotation, CancellationToken ct = default) => http.DoAsync($"{At}/endpoints/rotate", rotation, ct);

    /// <returns>The new payment method's id.</returns>
    public async Task<string> CompleteCheckoutAsync(CheckoutCompletion completion, CancellationToken ct = default)
        => (await http.PostAsync<CheckoutCompletion, CompletedCheckout>($"{At}/checkout/complete", completion, ct)).Method;

    /// <summary>Before its time, as when somebody closed it in the dashboard.</summary>
    public Task ExpireCheckoutAsync(string session, CancellationToken ct = default) => http.DoAsync($"{At}/checkout/expire", new StripeObjectId(session), ct);

    /// <summary>A payment method without a visit to the page.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> AddMethodAsync(NewMethod method, CancellationToken ct = default) => (await http.PostAsync<NewMethod, StripeObjectId>($"{At}/methods", method, ct)).Id;

    /// <summary>For the payments and refunds that begin from now on.</summary>
    public Task ChangeMethodAsync(string method, MethodBehaviour behaviour, CancellationToken ct = default)
        => http.DoAsync($"{At}/methods/change", new MethodChange(method, behaviour), ct);

    /// <summary>The payer of one that waits for him proves to his bank that it is he.</summary>
    public Task AuthenticateAsync(string paymentIntent, CancellationToken ct = default) => http.DoAsync($"{At}/payments/authenticate", new StripeObjectId(paymentIntent), ct);

    /// <returns>The dispute's id.</returns>
    public async Task<string> OpenDisputeAsync(NewDispute dispute, CancellationToken ct = default)
        => (await http.PostAsync<NewDispute, StripeObjectId>($"{At}/disputes", dispute, ct)).Id;

    public Task CloseDisputeAsync(string dispute, bool won, CancellationToken ct = default) => http.DoAsync($"{At}/disputes/close", new DisputeEnd(dispute, won), ct);

    /// <returns>The refund's id.</returns>
    public async Task<string> RefundAsync(DashboardRefund refund, CancellationToken ct = default)
        => (await http.PostAsync<DashboardRefund, StripeObjectId>($"{At}/refunds", refund, ct)).Id;

    /// <summary>Everything that is due by the business clock, now and not at the next glance at it.</summary>
    /// <returns>How much that was.</returns>
    public async Task<int> AdvanceAsync(CancellationToken ct = default) => (await http.PostAsync<Nothing, Advanced>($"{At}/advance", new(), ct)).Done;

    /// <summary>Webhooks wait until <see cref="ReleaseAsync"/>.</summary>
    public Task HoldAsync(CancellationToken ct = default) => http.DoAsync($"{At}/hold", new Nothing(), ct);

    /// <returns>How many went out.</returns>
    public async Task<int> ReleaseAsync(ReleaseOrder order = ReleaseOrder.AsEmitted, CancellationToken ct = default)
        => (await http.PostAsync<EventRelease, Released>($"{At}/release", new(order), ct)).Count;

    /// <summary>The same event once more, to every endpoint.</summary>
    public Task RedeliverAsync(string eventId, CancellationToken ct = default) => http.DoAsync($"{At}/redeliver", new StripeObjectId(eventId), ct);

    /// <param name="invoice">Null: of all.</param>
    public Task<IReadOnlyList<InvoiceMoney>> MoneyAsync(string? invoice = null, CancellationToken ct = default)
        => http.GetAsync<IReadOnlyList<InvoiceMoney>>($"{At}/money{(invoice is null ? "" : $"?invoice={Uri.EscapeDataString(invoice)}")}", ct);

    /// <summary>What there is.</summary>
    public Task<StripeView> ViewAsync(CancellationToken ct = default) => http.GetAsync<StripeView>(At, ct);

    public Task<StripeSettings> SettingsAsync(CancellationToken ct = default) => http.GetAsync<StripeSettings>($"{At}/settings", ct);

    public Task ChangeSettingsAsync(StripeSettings settings, CancellationToken ct = default) => http.DoAsync($"{At}/settings", settings, ct);

    /// <summary>Trouble at random from a seed, until another plan or <see cref="EndFaultsAsync"/>.</summary>
    public Task<FaultReport> PlanFaultsAsync(FaultPlan plan, CancellationToken ct = default) => http.PlanFaultsAsync(plan, ct);

    public Task<FaultReport> EndFaultsAsync(CancellationToken ct = default) => http.EndFaultsAsync(ct);

    public Task<FaultReport> FaultsAsync(CancellationToken ct = default) => http.FaultsAsync(ct);

    /// <summary>Webhooks that are held back, or neither acknowledged nor given up.</summary>
    public Task<int> PendingAsync(CancellationToken ct = default) => http.PendingAsync(ct);

    public Task<IReadOnlyList<JournalEntry>> JournalAsync(long after = 0, CancellationToken ct = default) => http.JournalAsync(after, ct);

    public void Dispose() => http.Dispose();
}
