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
internal sealed record PastAttempt(DateTimeOffset BegunAt, PaymentState State, string? DeclineCode);

/// <summary>What is known of an invoice of which something is left to be paid.</summary>
/// <param name="DueUntil">The end of its due date in the company's time zone.</param>
/// <param name="MethodAt">Since when the company can be charged; null: it can't.</param>
/// <param name="Attempts">In order; none of them open.</param>
/// <param name="HeldUntil">Nothing is done before then.</param>
internal sealed record CollectionFacts(
    DateTimeOffset Now, DateTimeOffset DueUntil, DateTimeOffset? MethodAt, IReadOnlyList<PastAttempt> Attempts, int Reminders, DateTimeOffset? RemindedAt, DateTimeOffset? SuspendedAt, DateTimeOffset? HeldUntil)
{
    /// <param name="zone">The company's.</param>
    public static DateTimeOffset DueUntilOf(InvoiceView invoice, TimeZoneInfo zone) => BillingPeriod.StartOf(invoice.DueOn!.Value.AddDays(1), zone);
}

/// <summary>What comes next for an invoice that is owed. A function of what stands in the books: whoever asks late, or twice, hears what is due now.</summary>
internal static class CollectionPlan
{
    /// <summary>However far off the next thing is, somebody looks by then: what is waited for may have been missed.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    /// <summary>Of an attempt that was taken back before it was made: what it was for was paid or credited otherwise. Kept in rows.</summary>
    public const string NotOwed = "not_owed";

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
        var made = facts.Attempts.Where(attempt => attempt.DeclineCode != NotOwed).ToList();
        if (made.Count == 0) return facts.Now;
        var last = made[^1];
        if (last.DeclineCode is { } code && s_notChargeable.Contains(code)) return null;
        if (since > last.BegunAt) return facts.Now;
        if (last.State == PaymentState.NeedsPayer) return null;
        var tries = made.Count(attempt => attempt.BegunAt >= since);
        return tries <= options.Retries.Count ? last.BegunAt.AddDays(options.Retries[tries - 1]) : null;
    }

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
