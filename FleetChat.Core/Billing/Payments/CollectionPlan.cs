using FleetChat.Core.Billing.Invoices;

namespace FleetChat.Core.Billing.Payments;

internal enum CollectionAct
{
    Wait,
    Charge,
    Remind,
    Suspend,
}

/// <summary>An attempt to charge that is over.</summary>
internal sealed record PastAttempt(DateTimeOffset BegunAt, long Amount, PaymentState State, string? DeclineCode);

/// <summary>What is known of an invoice of which something is left to be paid.</summary>
/// <param name="DueUntil">The end of the day by which it is to be paid, in the company's time zone.</param>
/// <param name="MethodAt">Since when the company can be charged; null: it can't.</param>
/// <param name="Attempts">In order; none of them open.</param>
/// <param name="HeldUntil">Nothing is done before then.</param>
internal sealed record CollectionFacts(
    DateTimeOffset Now, long DueAmount, DateTimeOffset DueUntil, DateTimeOffset? MethodAt, IReadOnlyList<PastAttempt> Attempts, int Reminders, DateTimeOffset? RemindedAt, DateTimeOffset? SuspendedAt, DateTimeOffset? HeldUntil)
{
    /// <param name="methodAt">Null: it is not to be charged.</param>
    /// <param name="zone">The company's.</param>
    public static CollectionFacts Of(
        InvoiceView invoice, CollectionRow collection, List<PaymentAttempt> attempts, DateTimeOffset? methodAt, DateTimeOffset? heldUntil, TimeZoneInfo zone, DateTimeOffset now) => new(
        now, invoice.DueAmount, BillingPeriod.StartOf(PayableBy(invoice, collection, zone).AddDays(1), zone), methodAt, attempts.ConvertAll(attempt => attempt.ToPast()), collection.Reminders, collection.RemindedAt,
        collection.SuspendedAt, heldUntil);

    /// <inheritdoc cref="PayableBy(DateOnly, DateOnly, DateTimeOffset, TimeZoneInfo)"/>
    public static DateOnly PayableBy(InvoiceView invoice, CollectionRow collection, TimeZoneInfo zone) => PayableBy(invoice.IssuedOn!.Value, invoice.DueOn!.Value, collection.OpenedAt, zone);

    /// <summary>
    /// The last day on which it is paid in time: its due date, or as many days after it was made as there are between its date and that. An invoice bears the dates that it was to have, so one
    /// that is made late may be past due before anybody has seen it, and that is not its payer's fault.
    /// </summary>
    public static DateOnly PayableBy(DateOnly issuedOn, DateOnly dueOn, DateTimeOffset openedAt, TimeZoneInfo zone)
    {
        var fair = BillingPeriod.Today(openedAt, zone).AddDays(dueOn.DayNumber - issuedOn.DayNumber);
        return fair > dueOn ? fair : dueOn;
    }
}

/// <summary>What comes next for an invoice that is owed. A function of what stands in the books: whoever asks late, or twice, hears what is due now.</summary>
internal static class CollectionPlan
{
    /// <summary>However far off the next thing is, somebody looks by then: what is waited for may have been missed.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    // The processor's words for an amount, whatever it is charged to.
    private static readonly HashSet<string> s_notChargeable = ["amount_too_small", "amount_too_large", "amount_not_chargeable"];

    /// <returns>What to do now; if nothing, when to ask again.</returns>
    public static (CollectionAct Act, DateTimeOffset At) Next(CollectionFacts facts, DunningOptions options)
    {
        if (facts.HeldUntil > facts.Now) return (CollectionAct.Wait, Soonest(facts, facts.HeldUntil));
        var (charge, remind, suspend) = (ChargeAt(facts, options), RemindAt(facts, options), SuspendAt(facts, options));
        if (charge <= facts.Now) return (CollectionAct.Charge, facts.Now);
        if (remind <= facts.Now) return (CollectionAct.Remind, facts.Now);
        if (suspend <= facts.Now) return (CollectionAct.Suspend, facts.Now);
        return (CollectionAct.Wait, Soonest(facts, charge, remind, suspend));
    }

    /// <summary>With those that are due: one letter stands for all that nobody sent.</summary>
    public static int RemindersBy(CollectionFacts facts, DunningOptions options)
        => Math.Max(facts.Reminders + 1, options.Reminders.Count(days => facts.DueUntil.AddDays(days) <= facts.Now));

    /// <summary>At once, and again some days after each refusal. Another card or account begins anew.</summary>
    /// <returns>Null: not without somebody's doing.</returns>
    public static DateTimeOffset? ChargeAt(CollectionFacts facts, DunningOptions options)
    {
        // What was paid once and came back, people look at.
        if (facts.MethodAt is not { } since || facts.Attempts.Any(attempt => attempt.State == PaymentState.Succeeded)) return null;
        if (!IsChargeable(facts.Attempts, facts.DueAmount)) return null;
        // That another amount was not chargeable says nothing of this one.
        var made = facts.Attempts.Where(attempt => attempt.DeclineCode is not { } code || (code != PaymentAttempt.Superseded && !s_notChargeable.Contains(code))).ToList();
        if (made.Count == 0) return facts.Now;
        var last = made[^1];
        if (since > last.BegunAt) return facts.Now;
        if (last.State == PaymentState.NeedsPayer) return null;
        var tries = made.Count(attempt => attempt.BegunAt >= since);
        return tries <= options.Retries.Count ? last.BegunAt.AddDays(options.Retries[tries - 1]) : null;
    }

    /// <returns>False: the processor has refused exactly so much as an amount, and would again with every other card.</returns>
    public static bool IsChargeable(IEnumerable<PastAttempt> attempts, long amount)
        => !attempts.Any(attempt => attempt.Amount == amount && attempt.DeclineCode is { } code && s_notChargeable.Contains(code));

    private static DateTimeOffset? RemindAt(CollectionFacts facts, DunningOptions options)
        => facts.Reminders < options.Reminders.Count ? facts.DueUntil.AddDays(options.Reminders[facts.Reminders]) : null;

    /// <summary>However late the last reminder was, there is as much time after it as was meant to be.</summary>
    /// <returns>Null: not before it was reminded of, or never.</returns>
    public static DateTimeOffset? SuspendAt(CollectionFacts facts, DunningOptions options)
    {
        if (options.SuspendAfterDays == 0 || facts.SuspendedAt is not null || facts.Reminders < options.Reminders.Count) return null;
        var (planned, fair) = (facts.DueUntil.AddDays(options.SuspendAfterDays), facts.RemindedAt?.AddDays(options.SuspendAfterDays - options.Reminders[^1]));
        return fair > planned ? fair : planned;
    }

    private static DateTimeOffset Soonest(CollectionFacts facts, params DateTimeOffset?[] times)
        => times.Append(facts.Now + LongestWait).Min()!.Value;
}
