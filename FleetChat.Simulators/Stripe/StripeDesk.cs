using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Stripe;

/// <summary>What is done at Stripe beside its API: by payers on its page, by banks, in its dashboard.</summary>
internal sealed class StripeDesk(StripeState state, StripeEvents events, StripeDeliveries deliveries, StripePayments payments, StripeMoneyBack back, StripeLedger ledger)
{
    public void AddEndpoint(NewEndpoint endpoint) => Do(() =>
    {
        if (state.Endpoints.Exists(known => known.Url == endpoint.Url))
            throw new ControlException($"{endpoint.Url} is an endpoint already");
        state.Endpoints.Add(new(endpoint.Url, endpoint.Secret, endpoint.Types));
        return true;
    });

    public void RemoveEndpoint(Uri url) => Do(() => state.Endpoints.Remove(Endpoint(url)));

    public void RotateSecret(SecretRotation rotation) => Do(() =>
    {
        Endpoint(rotation.Url).Rotate(rotation.Secret, state.Now + rotation.Overlap);
        return true;
    });

    public CompletedCheckout CompleteCheckout(CheckoutCompletion completion) => Do(() =>
    {
        var session = state.Named<CheckoutSession>(completion.Session);
        return new CompletedCheckout(session.Id, CheckoutApi.Complete(state, events, session, completion.Type, completion.Behaviour).Id);
    });

    public void ExpireCheckout(string id) => Do(() =>
    {
        CheckoutApi.Expire(events, state.Named<CheckoutSession>(id));
        return true;
    });

    public StripeObjectId AddMethod(NewMethod method)
        => Do(() => new StripeObjectId(CheckoutApi.Attach(state, events, state.Named<Customer>(method.Customer), method.Type, method.Behaviour).Id));

    public void ChangeMethod(MethodChange change) => Do(() =>
    {
        state.Named<PaymentMethod>(change.Method).Behave(change.Behaviour);
        return true;
    });

    public void Authenticate(string id) => Do(() =>
    {
        payments.Authenticate(state.Named<PaymentIntent>(id));
        return true;
    });

    public StripeObjectId OpenDispute(NewDispute dispute)
        => Do(() => new StripeObjectId(back.Open(state.Named<PaymentIntent>(dispute.PaymentIntent), dispute.Reason, dispute.Amount).Id));

    public void CloseDispute(DisputeEnd end) => Do(() =>
    {
        back.Close(state.Named<Dispute>(end.Dispute), end.Won);
        return true;
    });

    public StripeObjectId Refund(DashboardRefund refund) => Do(() =>
    {
        try
        {
            return new StripeObjectId(back.Refund(state.Named<PaymentIntent>(refund.PaymentIntent), refund.Amount, reason: null, []).Id);
        }
        catch (StripeErrorException refused)
        {
            throw new ControlException(refused.Message);
        }
    });

    public Advanced Advance()
    {
        lock (state.Gate)
            return new(state.Schedule.RunDue());
    }

    public void Hold() => Do(() =>
    {
        deliveries.Hold();
        return true;
    });

    public Released Release(ReleaseOrder order) => Do(() => new Released(deliveries.Release(order)));

    public void SendAgain(string id) => Do(() =>
    {
        events.SendAgain(id);
        return true;
    });

    public StripeSettings Settings() => Do(() => state.Settings);

    public void Change(StripeSettings settings) => Do(() => state.Settings = settings);

    public IReadOnlyList<InvoiceMoney> Money(string? invoice) => ledger.Read(invoice);

    public StripeView View() => Do(() => new StripeView(
        [.. state.Customers.Select(View)],
        [.. state.Intents.Select(View)],
        [.. state.Sessions.Select(session => new SessionView(session.Id, session.Customer.Id, session.Status, session.Url))],
        [.. state.Disputes.Select(dispute => new DisputeView(dispute.Id, dispute.Charge.Intent.Id, dispute.Amount, dispute.Status))],
        [.. state.Endpoints.Select(endpoint => new EndpointView(endpoint.Url))]));

    private static CustomerView View(Customer customer)
    {
        var methods = customer.Methods.Select(method => new MethodView(method.Id, method.Type, method.Behaviour));
        return new(customer.Id, customer.Name, customer.Email, new Dictionary<string, string>(customer.Metadata), customer.DefaultMethod?.Id, [.. methods]);
    }

    private static PaymentView View(PaymentIntent intent)
        => new(intent.Id, intent.Customer?.Id, intent.Amount, intent.Currency, intent.Status, intent.Metadata, intent.Charges.Sum(charge => charge.AmountRefunded));

    private WebhookEndpoint Endpoint(Uri url) => state.Endpoints.Find(endpoint => endpoint.Url == url) ?? throw new ControlException($"there is no endpoint {url}");

    // What was due before is done before.
    private T Do<T>(Func<T> action)
    {
        lock (state.Gate)
        {
            state.Schedule.RunDue();
            return action();
        }
    }
}
