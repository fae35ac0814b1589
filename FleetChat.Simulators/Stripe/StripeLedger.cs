using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Stripe;

/// <summary>The money in the journal, by invoice: the one count that outlives the simulator.</summary>
internal sealed class StripeLedger(SimulatorJournal journal)
{
    private const string MoneyCaptured = "money.captured";
    private const string ChargeFailed = "charge.failed";
    private const string MoneyRefunded = "money.refunded";
    private const string RefundSentBack = "money.refund_failed";
    private const string MoneyDisputed = "money.disputed";
    private const string DisputeIsWon = "money.dispute_won";

    public void Captured(Charge charge) => Write(MoneyCaptured, charge, charge.Id, charge.Intent.Amount);

    public void Failed(Charge charge) => Write(ChargeFailed, charge, charge.Id, charge.Intent.Amount);

    public void Refunded(Refund refund) => Write(MoneyRefunded, refund.Charge, refund.Id, refund.Amount);

    public void RefundFailed(Refund refund) => Write(RefundSentBack, refund.Charge, refund.Id, refund.Amount);

    public void Disputed(Dispute dispute) => Write(MoneyDisputed, dispute.Charge, dispute.Id, dispute.Amount);

    public void DisputeWon(Dispute dispute) => Write(DisputeIsWon, dispute.Charge, dispute.Id, dispute.Amount);

    /// <param name="invoice">Null: all.</param>
    public IReadOnlyList<InvoiceMoney> Read(string? invoice)
    {
        var entries = from entry in journal.List(after: 0)
                      where entry.Kind.StartsWith("money.", StringComparison.Ordinal) || entry.Kind == ChargeFailed
                      let own = entry.Data.GetProperty("invoice").GetString()!
                      where invoice is null || own == invoice
                      group (entry.Kind, Amount: entry.Data.GetProperty("amount").GetInt64()) by (own, entry.Data.GetProperty("currency").GetString()!);
        return [.. entries.Select(group => Sum(group.Key.own, group.Key.Item2, [.. group]))];
    }

    private static InvoiceMoney Sum(string invoice, string currency, IReadOnlyList<(string Kind, long Amount)> entries)
    {
        return new(
            invoice,
            currency,
            entries.Count(entry => entry.Kind == MoneyCaptured),
            entries.Count(entry => entry.Kind == ChargeFailed),
            Of(MoneyCaptured),
            Of(MoneyRefunded) - Of(RefundSentBack),
            Of(MoneyDisputed) - Of(DisputeIsWon));

        long Of(string kind) => entries.Where(entry => entry.Kind == kind).Sum(entry => entry.Amount);
    }

    private void Write(string kind, Charge charge, string id, long amount) => journal.Write(kind, SimulatorJson.Object(
        ("invoice", charge.Intent.Invoice),
        ("id", id),
        ("payment_intent", charge.Intent.Id),
        ("customer", charge.Intent.Customer?.Id),
        ("amount", amount),
        ("currency", charge.Intent.Currency)));
}
