using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Stripe;

/// <summary>Money that goes back: refunds, and what the bank takes in a dispute. Whoever calls it holds the state's gate.</summary>
internal sealed class StripeMoneyBack(StripeState state, StripeEvents events, StripeLedger ledger)
{
    /// <summary>A card has its money at once, an account in some days, or the bank sends it back.</summary>
    /// <param name="amount">Null: all that is left.</param>
    public Refund Refund(PaymentIntent intent, long? amount, string? reason, Dictionary<string, string> metadata)
    {
        var charge = intent.Charges.LastOrDefault(charge => charge.Status == "succeeded")
            ?? throw StripeErrorException.Unfit("payment_intent_unexpected_state", $"This PaymentIntent ({intent.Id}) does not have a successful charge to refund.");
        var left = intent.Amount - charge.AmountRefunded;
        if (left == 0)
            throw StripeErrorException.Unfit("charge_already_refunded", $"Charge {charge.Id} has already been refunded.");
        if (charge.Dispute is { Status: not "won" })
            throw StripeErrorException.Unfit("charge_disputed", $"Charge {charge.Id} has been charged back; cannot issue a refund.");
        if (amount is < 1 || amount > left)
            throw StripeErrorException.Invalid("amount", $"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).");
        var refund = new Refund(StripeState.NewId(charge.Method.IsDebit ? "pyr" : "re"), charge, amount ?? left, state.Now) { Reason = reason, Metadata = metadata };
        state.Add(refund, state.Refunds);
        charge.Refunds.Add(refund);
        ledger.Refunded(refund);
        Begin(refund, charge.Method.Behaviour);
        return refund;
    }

    public Dispute Open(PaymentIntent intent, string reason, long? amount)
    {
        var charge = intent.Charges.LastOrDefault(charge => charge.Status == "succeeded") ?? throw new ControlException($"{intent.Id} was not paid");
        if (charge.Dispute is not null)
            throw new ControlException($"{intent.Id} is disputed already: {charge.Dispute.Id}");
        charge.Dispute = state.Add(new Dispute(StripeState.NewId("du"), charge, amount ?? intent.Amount, reason, state.Now), state.Disputes);
        ledger.Disputed(charge.Dispute);
        events.Emit("charge.dispute.created", charge.Dispute, intent.Lane);
        events.Emit("charge.dispute.funds_withdrawn", charge.Dispute, intent.Lane);
        return charge.Dispute;
    }

    public void Close(Dispute dispute, bool won)
    {
        if (dispute.Status is "won" or "lost")
            throw new ControlException($"{dispute.Id} is closed already: {dispute.Status}");
        dispute.Status = won ? "won" : "lost";
        if (won) ledger.DisputeWon(dispute);
        events.Emit("charge.dispute.closed", dispute, dispute.Charge.Intent.Lane);
        if (won) events.Emit("charge.dispute.funds_reinstated", dispute, dispute.Charge.Intent.Lane);
    }

    private void Begin(Refund refund, MethodBehaviour behaviour)
    {
        var (lane, atOnce) = (refund.Charge.Intent.Lane, behaviour is { RefundAfter: null, RefundFails: false } && !refund.Charge.Method.IsDebit);
        if (atOnce) refund.Status = "succeeded";
        events.Emit("refund.created", refund, lane);
        events.Emit("charge.refunded", refund.Charge, lane);
        if (!atOnce) state.Schedule.At(state.Now + (behaviour.RefundAfter ?? state.Settings.Debit), () => End(refund, behaviour.RefundFails ? "failed" : "succeeded"));
    }

    private void End(Refund refund, string status)
    {
        var lane = refund.Charge.Intent.Lane;
        refund.Status = status;
        if (status == "failed")
        {
            ledger.RefundFailed(refund);
            events.Emit("refund.failed", refund, lane);
        }
        events.Emit("refund.updated", refund, lane);
        events.Emit("charge.refund.updated", refund, lane);
    }
}
