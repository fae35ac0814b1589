using System.Text.Json;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace FleetChat.Core.Billing.Payments;

/// <summary>Stripe, by Stripe.net with a client of its own: nothing of Stripe.net's global configuration is used, and nothing retries.</summary>
/// <remarks>
/// A POST is repeated with the same idempotency key, and Stripe answers it as the first time, errors too. It forgets keys once they are a day old: what began longer ago is
/// looked for in lists before it is sent again. Lists know an object from its first moment, searches only after a minute or, in bad times, an hour.
/// </remarks>
internal sealed class StripeProcessor(HttpClient http, IOptions<StripeOptions> options, TimeProvider time) : IPaymentProcessor
{
    /// <summary>Stripe gives a payment up to 80 seconds; the banks behind it seldom need ten.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(80);

    private const int PageSize = 100;

    /// <summary>A cursor that leads nowhere must not go on for ever: nobody has so many payments since an attempt began.</summary>
    private const int MostPages = 50;

    // Stripe keeps them for at least 24 hours; our clocks may differ.
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(23);
    private static readonly TimeSpan ClockDifference = TimeSpan.FromHours(1);

    // Where there is no key nothing is asked, and Stripe.net makes no client.
    private readonly Lazy<StripeClient> _stripe = new(() => new(new StripeClientOptions
    {
        ApiKey = options.Value.ApiKey,
        ApiBase = options.Value.BaseUrl.ToString().TrimEnd('/'),
        HttpClient = new SystemNetHttpClient(http, maxNetworkRetries: 0, enableTelemetry: false),
    }));

    private V1Services Api => _stripe.Value.V1;

    public async Task<string> EnsureCustomerAsync(Payer payer, CancellationToken ct)
    {
        if (await FindCustomerAsync(payer, ct) is not { } customer)
        {
            var create = new CustomerCreateOptions { Name = payer.Name, Email = payer.Email, Metadata = StripeMetadata.Of(payer) };
            return (await StripeCalls.CallAsync(() => Api.Customers.CreateAsync(create, Key(StripeMetadata.KeyOf(payer)), ct), ct, otherTerms: PaymentFailure.Transient)).Id;
        }
        if (customer.Name != payer.Name || customer.Email != payer.Email)
        {
            var update = new CustomerUpdateOptions { Name = payer.Name, Email = payer.Email ?? "" };
            await StripeCalls.CallAsync(() => Api.Customers.UpdateAsync(customer.Id, update, cancellationToken: ct), ct);
        }
        return customer.Id;
    }

    // One that was made a moment ago is not found yet; then the key stands for it, and its name is put right once it is found.
    private async Task<Customer?> FindCustomerAsync(Payer payer, CancellationToken ct)
    {
        var search = new CustomerSearchOptions { Query = $"metadata['{StripeMetadata.Payer}']:'{payer.Id}'", Limit = 1 };
        return (await StripeCalls.CallAsync(() => Api.Customers.SearchAsync(search, cancellationToken: ct), ct)).Data.FirstOrDefault();
    }

    public async Task<SetupLink> CreateSetupLinkAsync(SetupLinkOrder order, CancellationToken ct)
    {
        var kinds = KindsFor(order.Currency);
        var create = new SessionCreateOptions
        {
            Mode = "setup",
            Customer = order.CustomerId,
            Currency = order.Currency.ToLowerInvariant(),
            AllowedPaymentMethodTypes = [.. kinds.Select(StripeReading.NameOf)],
            PaymentMethodOptions = kinds.Contains(MethodKind.UsBankAccount) ? VerifiedAtOnce() : null,
            SuccessUrl = order.SuccessUrl.ToString(),
            CancelUrl = order.CancelUrl.ToString(),
            Metadata = new() { [StripeMetadata.Payer] = order.Payer.Value },
        };
        var session = await StripeCalls.CallAsync(() => Api.Checkout.Sessions.CreateAsync(create, Key(StripeMetadata.KeyOf(order)), ct), ct);
        return new(session.Id, new(session.Url), StripeReading.At(session.ExpiresAt));
    }

    // By the payer's login at his bank. An account that is verified by two small deposits can be charged days after the page has ended, and no event of a page tells of it.
    private static SessionPaymentMethodOptionsOptions VerifiedAtOnce() => new() { UsBankAccount = new() { VerificationMethod = "instant" } };

    private static IReadOnlyList<MethodKind> KindsFor(string currency) => currency switch
    {
        "USD" => [MethodKind.Card, MethodKind.UsBankAccount],
        "EUR" => [MethodKind.Card, MethodKind.SepaDebit],
        _ => [MethodKind.Card],
    };

    public async Task<MethodSetup> GetSetupAsync(string setupId, CancellationToken ct)
    {
        var get = new SessionGetOptions { Expand = ["setup_intent.payment_method"] };
        return StripeReading.Read(await StripeCalls.CallAsync(() => Api.Checkout.Sessions.GetAsync(setupId, get, cancellationToken: ct), ct));
    }

    public async Task<IReadOnlyList<SavedMethod>> ListMethodsAsync(string customerId, CancellationToken ct)
    {
        var list = new CustomerPaymentMethodListOptions { Limit = PageSize };
        var methods = await StripeCalls.CallAsync(() => Api.Customers.PaymentMethods.ListAsync(customerId, list, cancellationToken: ct), ct);
        return [.. methods.Data.Select(StripeReading.Read).OfType<SavedMethod>()];
    }

    public Task PreferMethodAsync(string customerId, string methodId, CancellationToken ct)
    {
        var update = new CustomerUpdateOptions { InvoiceSettings = new() { DefaultPaymentMethod = methodId } };
        return StripeCalls.CallAsync(() => Api.Customers.UpdateAsync(customerId, update, cancellationToken: ct), ct);
    }

    public async Task<Payment?> FindPaymentAsync(string customerId, Guid invoice, int attempt, DateTimeOffset since, CancellationToken ct)
    {
        var list = new PaymentIntentListOptions
        {
            Customer = customerId,
            Created = new DateRangeOptions { GreaterThanOrEqual = (since - ClockDifference).UtcDateTime },
            Limit = PageSize,
            Expand = ["data.latest_charge"],
        };
        for (var page = 0; page < MostPages; page++)
        {
            var found = await StripeCalls.CallAsync(() => Api.PaymentIntents.ListAsync(list, cancellationToken: ct), ct);
            if (found.Data.Select(StripeReading.Read).FirstOrDefault(payment => payment.Invoice == invoice && payment.Attempt == attempt) is { } payment) return payment;
            if (!found.HasMore || found.Data.Count == 0) return null;
            list.StartingAfter = found.Data[^1].Id;
        }
        // To say that there is none would have it charged anew.
        throw new PaymentException(PaymentFailure.Unknown, 200, "list_too_long", null, null);
    }

    public async Task<Payment> ChargeAsync(ChargeOrder order, CancellationToken ct)
    {
        if (IsForgotten(order.BegunAt) && await FindPaymentAsync(order, ct) is { } known) return known;
        try
        {
            return await PostAsync(order, ct);
        }
        catch (PaymentException lost) when (lost.Failure == PaymentFailure.Unknown)
        {
            // Sent again with the same key it would be answered alike, a 500 too: so the list is asked.
            if (await TryAsync(() => FindPaymentAsync(order, ct)) is { } found) return found;
            throw;
        }
    }

    private async Task<Payment> PostAsync(ChargeOrder order, CancellationToken ct)
    {
        var create = new PaymentIntentCreateOptions
        {
            Amount = Write(order.Amount, order.Currency),
            Currency = order.Currency.ToLowerInvariant(),
            Customer = order.CustomerId,
            PaymentMethod = order.MethodId,
            AllowedPaymentMethodTypes = [StripeReading.NameOf(order.MethodKind)],
            Confirm = true,
            OffSession = true,
            Description = order.Description,
            Metadata = StripeMetadata.Of(order),
            Expand = ["latest_charge"],
        };
        var intent = await StripeCalls.CallAsync(
            () => Api.PaymentIntents.CreateAsync(create, Key(StripeMetadata.KeyOf(order)), ct), ct, findIn: error => error.Type == "card_error" ? error.PaymentIntent : null);
        return StripeReading.Read(intent);
    }

    private Task<Payment?> FindPaymentAsync(ChargeOrder order, CancellationToken ct) => FindPaymentAsync(order.CustomerId, order.Invoice, order.Attempt, order.BegunAt, ct);

    // What failed first says more than what failed while it was looked for.
    private static async Task<T?> TryAsync<T>(Func<Task<T?>> find)
        where T : class
    {
        try
        {
            return await find();
        }
        catch (PaymentException)
        {
            return null;
        }
    }

    public async Task<Payment> RetrieveAsync(string paymentId, CancellationToken ct)
    {
        var get = new PaymentIntentGetOptions { Expand = ["latest_charge"] };
        return StripeReading.Read(await StripeCalls.CallAsync(() => Api.PaymentIntents.GetAsync(paymentId, get, cancellationToken: ct), ct));
    }

    public async Task<Payment> CancelAsync(string paymentId, CancellationToken ct)
    {
        try
        {
            var cancel = new PaymentIntentCancelOptions { Expand = ["latest_charge"] };
            return StripeReading.Read(await StripeCalls.CallAsync(() => Api.PaymentIntents.CancelAsync(paymentId, cancel, cancellationToken: ct), ct));
        }
        catch (PaymentException refused) when (refused.Code == "payment_intent_unexpected_state")
        {
            return await RetrieveAsync(paymentId, ct);
        }
    }

    public async Task<PaymentRefund> RefundAsync(RefundOrder order, CancellationToken ct)
    {
        if (IsForgotten(order.BegunAt) && await FindRefundAsync(order, ct) is { } known) return known;
        var create = new RefundCreateOptions { PaymentIntent = order.PaymentId, Amount = Write(order.Amount, order.Currency), Metadata = StripeMetadata.Of(order) };
        try
        {
            return StripeReading.Read(await StripeCalls.CallAsync(() => Api.Refunds.CreateAsync(create, Key(StripeMetadata.KeyOf(order)), ct), ct));
        }
        catch (PaymentException lost) when (lost.Failure == PaymentFailure.Unknown)
        {
            if (await TryAsync(() => FindRefundAsync(order, ct)) is { } found) return found;
            throw;
        }
    }

    private async Task<PaymentRefund?> FindRefundAsync(RefundOrder order, CancellationToken ct)
        => (await ListRefundsAsync(order.PaymentId, ct)).FirstOrDefault(refund => refund.Order == order.Id);

    public async Task<IReadOnlyList<PaymentRefund>> ListRefundsAsync(string paymentId, CancellationToken ct)
    {
        var list = new RefundListOptions { PaymentIntent = paymentId, Limit = PageSize };
        return [.. (await StripeCalls.CallAsync(() => Api.Refunds.ListAsync(list, cancellationToken: ct), ct)).Data.Select(StripeReading.Read)];
    }

    public async Task<PaymentDispute> GetDisputeAsync(string disputeId, CancellationToken ct)
        => StripeReading.Read(await StripeCalls.CallAsync(() => Api.Disputes.GetAsync(disputeId, cancellationToken: ct), ct));

    /// <summary>Read as webhooks are, by our own reader: of an event only ids count.</summary>
    public async Task<PaymentEventPage> ListEventsAsync(DateTimeOffset since, string? next, CancellationToken ct)
    {
        var types = string.Concat(StripeWebhook.Types.Select((type, index) => $"&types[{index}]={type}"));
        var cursor = next is null ? "" : $"&starting_after={Uri.EscapeDataString(next)}";
        var path = $"/v1/events?limit={PageSize}&created[gte]={since.ToUnixTimeSeconds()}{types}{cursor}";
        var answer = await StripeCalls.CallAsync(() => _stripe.Value.RawRequestAsync(HttpMethod.Get, path, cancellationToken: ct), ct);
        using var json = Parse(answer);
        var events = json.RootElement.Items("data").Select(item => (Id: item.Text("id"), Read: StripeWebhook.Read(item))).ToList();
        var more = json.RootElement.Member("has_more") is { ValueKind: JsonValueKind.True } && events.Count > 0;
        return new([.. events.Select(item => item.Read).OfType<PaymentEvent>()], more ? events[^1].Id : null);
    }

    private static JsonDocument Parse(StripeResponse answer)
    {
        try
        {
            return JsonDocument.Parse(answer.Content);
        }
        catch (JsonException exception)
        {
            throw new PaymentException(PaymentFailure.Unknown, (int)answer.StatusCode, null, answer.RequestId, null, exception);
        }
    }

    private bool IsForgotten(DateTimeOffset begunAt) => time.GetUtcNow() - begunAt >= KeyLife;

    private static long Write(long amount, string currency)
        => StripeAmount.TryWrite(amount, currency, out var written) ? written : throw new PaymentException(PaymentFailure.Permanent, 0, "amount_not_chargeable", null, null);

    private static RequestOptions Key(string key) => new() { IdempotencyKey = key };
}
