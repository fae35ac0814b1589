using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Stripe;

/// <summary>Everything that the simulated Stripe knows of its one account. Whoever reads or writes it holds <see cref="Gate"/>.</summary>
internal sealed class StripeState(StripeSettings settings, TimeProvider clock)
{
    private readonly Dictionary<string, IStripeObject> byId = [];

    public Lock Gate { get; } = new();

    public StripeSettings Settings { get; set; } = settings;

    public StripeSchedule Schedule { get; } = new(clock);

    /// <summary>Where the page on which people enter their cards lies.</summary>
    public Uri Address { get; set; } = new("http://127.0.0.1");

    /// <summary>The call that is being carried out; its events name it.</summary>
    public StripeCall? Call { get; set; }

    public List<WebhookEndpoint> Endpoints { get; } = [];

    // In the order in which they were made.
    public List<Customer> Customers { get; } = [];

    public List<PaymentIntent> Intents { get; } = [];

    public List<Charge> Charges { get; } = [];

    public List<Refund> Refunds { get; } = [];

    public List<Dispute> Disputes { get; } = [];

    public List<CheckoutSession> Sessions { get; } = [];

    public DateTimeOffset Now => Schedule.Now;

    public static string NewId(string prefix) => $"{prefix}_{Unique.Letters(24)}";

    public T Add<T>(T item, List<T>? list = null)
        where T : IStripeObject
    {
        byId[item.Id] = item;
        list?.Add(item);
        return item;
    }

    public IStripeObject? Find(string id) => byId.GetValueOrDefault(id);

    /// <param name="kind">As Stripe calls it in its answer.</param>
    public T Get<T>(string kind, string id, string param = "id")
        where T : class, IStripeObject => Find(id) as T ?? throw StripeErrorException.NoObject(kind, id, param);

    /// <summary>For a control call.</summary>
    public T Named<T>(string id)
        where T : class, IStripeObject => Find(id) as T ?? throw new ControlException($"there is no {typeof(T).Name} {id}");
}
