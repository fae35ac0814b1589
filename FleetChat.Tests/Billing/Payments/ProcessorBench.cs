using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Tenants;
using FleetChat.Simulators.Stripe;
using FleetChat.Tests.Simulators;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>The client of Stripe against its simulator, both on the same clock.</summary>
internal sealed class ProcessorBench : IAsyncDisposable
{
    private static readonly Guid s_invoice = new("01998d2e-7c00-7000-8000-000000000001");

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(20) };

    private ProcessorBench(StripeBench stripe)
    {
        Stripe = stripe;
        Processor = new StripeProcessor(http, Options.Create(Settings(stripe.Simulator.Address)), stripe.Clock);
    }

    public StripeBench Stripe { get; }

    public IPaymentProcessor Processor { get; }

    public StripeControl Control => Stripe.Control;

    public static Guid Invoice => s_invoice;

    public static Payer Payer { get; } = new(TenantId.Parse("north_haulage_001"), "North Haulage", "pay@north.example");

    public static async Task<ProcessorBench> StartAsync() => new(await StripeBench.StartAsync());

    public static StripeOptions Settings(Uri address) => new() { ApiKey = "sk_test_simulated", WebhookSecret = StripeBench.Secret, BaseUrl = address };

    /// <summary>An order of an attempt that begins now, for a customer with such a method.</summary>
    public async Task<ChargeOrder> OrderAsync(MethodBehaviour? behaviour = null, MethodKind kind = MethodKind.Card, int attempt = 1, string currency = "USD")
    {
        var customer = await Processor.EnsureCustomerAsync(Payer, default);
        var type = kind switch { MethodKind.UsBankAccount => "us_bank_account", MethodKind.SepaDebit => "sepa_debit", _ => "card" };
        var method = await Control.AddMethodAsync(new(customer, type, behaviour));
        return new(Payer.Id, s_invoice, attempt, 12_345, currency, customer, method, kind, "FleetChat INV-1", Stripe.Clock.GetUtcNow());
    }

    public async Task<InvoiceMoney> MoneyAsync() => Assert.Single(await Control.MoneyAsync(s_invoice.ToString()));

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Stripe.DisposeAsync();
    }
}
