using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Stripe;

/// <summary>What becomes of a payment: paid, refused, waiting for its payer, on its way for days. Whoever calls it holds the state's gate.</summary>
internal sealed class StripePayments(StripeState state, StripeEvents events, StripeLedger ledger)
{
    public PaymentIntent Create(PaymentIntent intent)
    {
        state.Add(intent, state.Intents);
        intent.Customer?.Intents.Add(intent);
        if (intent.Method is not null) intent.Status = "requires_confirmation";
        events.Emit("payment_intent.created", intent, intent.Lane);
        return intent;
    }

    /// <param name="offSession">The payer is away.</param>
    /// <exception cref="StripeErrorException">The method was refused, or the payment can't be confirmed.</exception>
    public void Confirm(PaymentIntent intent, bool offSession)
    {
        if (intent.Status is not ("requires_payment_method" or "requires_confirmation" or "requires_action"))
            throw StripeErrorException.Unfit("payment_intent_unexpected_state", $"You cannot confirm this PaymentIntent because it has a status of {intent.Status}.", intent);
        var method = intent.Method
            ?? throw StripeErrorException.Unfit("payment_intent_unexpected_state", "You cannot confirm this PaymentIntent because it's missing a payment method.", intent);
        var behaviour = method.NextPayment();
        if (behaviour.Outcome == MethodOutcome.NeedsAuthentication && !offSession)
            AskPayer(intent);
        else if (method.IsDebit)
            SetOut(intent, method, behaviour);
        else
            Decide(intent, method, behaviour);
    }

    /// <summary>The payer proves to his bank that it is he.</summary>
    public void Authenticate(PaymentIntent intent)
    {
        if (intent.Status != "requires_action")
            throw new ControlException($"{intent.Id} asks nothing of its payer: {intent.Status}");
        Succeed(NewCharge(intent, intent.Method!));
    }

    public void Cancel(PaymentIntent intent, string? reason)
    {
        if (intent.Status is not ("requires_payment_method" or "requires_confirmation" or "requires_action"))
            throw StripeErrorException.Unfit("payment_intent_unexpected_state", $"You cannot cancel this PaymentIntent because it has a status of {intent.Status}.", intent);
        (intent.Status, intent.CanceledAt, intent.CancellationReason) = ("canceled", state.Now, reason);
        events.Emit("payment_intent.canceled", intent, intent.Lane);
    }

    private void AskPayer(PaymentIntent intent)
    {
        intent.Status = "requires_action";
        events.Emit("payment_intent.requires_action", intent, intent.Lane);
    }

    // The bank answers in some days.
    private void SetOut(PaymentIntent intent, PaymentMethod method, MethodBehaviour behaviour)
    {
        var charge = NewCharge(intent, method);
        (intent.Status, intent.Error) = ("processing", null);
        events.Emit("charge.pending", charge, intent.Lane);
        events.Emit("payment_intent.processing", intent, intent.Lane);
        state.Schedule.At(state.Now + (behaviour.After ?? state.Settings.Debit), () =>
        {
            if (behaviour.Outcome == MethodOutcome.Succeeds)
                Succeed(charge);
            else
                Fail(charge, behaviour.Reason);
        });
    }

    private void Decide(PaymentIntent intent, PaymentMethod method, MethodBehaviour behaviour)
    {
        var charge = NewCharge(intent, method);
        if (behaviour.Outcome == MethodOutcome.Succeeds)
            Succeed(charge);
        else
            throw Fail(charge, behaviour.Outcome == MethodOutcome.NeedsAuthentication ? "authentication_required" : behaviour.Reason);
    }

    private Charge NewCharge(PaymentIntent intent, PaymentMethod method)
    {
        var charge = state.Add(new Charge(StripeState.NewId(method.IsDebit ? "py" : "ch"), intent, method, state.Now), state.Charges);
        intent.Charges.Add(charge);
        return charge;
    }

    private void Succeed(Charge charge)
    {
        charge.Status = "succeeded";
        (charge.Intent.Status, charge.Intent.Error) = ("succeeded", null);
        ledger.Captured(charge);
        events.Emit("charge.succeeded", charge, charge.Intent.Lane);
        events.Emit("payment_intent.succeeded", charge.Intent, charge.Intent.Lane);
    }

    private StripeErrorException Fail(Charge charge, string reason)
    {
        var error = StripeErrorException.Declined(charge.Method, reason);
        (error.Charge, error.Intent) = (charge, charge.Intent);
        (charge.Status, charge.Error) = ("failed", error);
        // Payable again, with the same method or another.
        (charge.Intent.Status, charge.Intent.Error) = ("requires_payment_method", error);
        ledger.Failed(charge);
        events.Emit("charge.failed", charge, charge.Intent.Lane);
        events.Emit("payment_intent.payment_failed", charge.Intent, charge.Intent.Lane);
        return error;
    }
}
