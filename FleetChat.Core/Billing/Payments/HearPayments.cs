using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Payments;

public enum PaymentHearing
{
    /// <summary>What it is about was asked for and is in the books.</summary>
    Done,

    /// <summary>Not from the processor.</summary>
    Rejected,

    /// <summary>The processor did not answer when it was asked: it is to be told again.</summary>
    Later,
}

/// <summary>
/// Hears that something happened at the processor, by webhook and, for those that never came, by the processor's own list. What is told is a hint: what is true now is asked for and entered,
/// so the order does not matter, and hearing it again does no harm.
/// </summary>
public sealed partial class HearPayments(
    IPaymentProcessor processor, SettlePayment settle, PaymentAccounts accounts, SystemDb system, IOptions<StripeOptions> options, TimeProvider time, ILogger<HearPayments> logger)
{
    /// <summary>The list may lag a little, and clocks differ.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    /// <summary>Stripe keeps events for 30 days.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(29);

    public async Task<PaymentHearing> ReceiveAsync(ReadOnlyMemory<byte> body, string? signature, CancellationToken ct)
    {
        var stripe = options.Value;
        if (!stripe.IsSetUp || !StripeSignature.IsValid(body.Span, signature, stripe.WebhookSecrets, stripe.WebhookTolerance, time.GetUtcNow())) return PaymentHearing.Rejected;
        if (!StripeWebhook.TryParse(body, out var happened)) return await UnknownAsync("unreadable", ct);
        try
        {
            return await HearAsync(happened, ct) ? PaymentHearing.Done : await UnknownAsync(happened.Type, ct);
        }
        catch (PaymentException failure)
        {
            Log.Unanswered(logger, happened.Id, happened.Type, failure.Failure, failure.Code);
            // What can never be asked for stays so: the list is gone through all the same, and an alert tells people.
            return failure.Failure == PaymentFailure.Permanent ? await UnknownAsync(happened.Type, ct) : PaymentHearing.Later;
        }
    }

    /// <summary>Goes through what happened since the last time, the oldest first.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> ReconcileAsync(CancellationToken ct)
    {
        if (!options.Value.IsSetUp) return 0;
        var now = time.GetUtcNow();
        var through = await FindMarkAsync(system, ct) ?? now - Kept;
        var missed = await ListAsync(Latest(through - Overlap, now - Kept), ct);
        var (heard, unknown) = (new HashSet<string>(), new HashSet<string>());
        foreach (var happened in missed.OrderBy(happened => happened.At))
        {
            // Of one payment what is true now is entered once.
            if (heard.Add(happened.Subject == PaymentSubject.Payment ? happened.SubjectId : $"{happened.Subject}:{happened.SubjectId}") && !await TryHearListedAsync(happened, ct)) unknown.Add(happened.Type);
        }
        await Alerts.CloseForPlatformAsync(system, time, AlertCodes.PaymentUnknown, [.. unknown], ct);
        await system.ExecuteAsync(SaveMark, ct, P.Time(now));
        return missed.Count;
    }

    private static DateTimeOffset Latest(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private async Task<List<PaymentEvent>> ListAsync(DateTimeOffset since, CancellationToken ct)
    {
        var events = new List<PaymentEvent>();
        string? next = null;
        do
        {
            var page = await processor.ListEventsAsync(since, next, ct);
            events.AddRange(page.Events);
            next = page.Next;
        }
        while (next is not null);
        return events;
    }

    // One that can never be asked for must not keep the others back.
    private async Task<bool> TryHearListedAsync(PaymentEvent happened, CancellationToken ct)
    {
        try
        {
            if (await HearAsync(happened, ct)) return true;
        }
        catch (PaymentException failure) when (failure.Failure == PaymentFailure.Permanent)
        {
            Log.Unanswered(logger, happened.Id, happened.Type, failure.Failure, failure.Code);
        }
        await UnknownAsync(happened.Type, ct);
        return false;
    }

    /// <returns>False: it is about nothing of ours.</returns>
    private async Task<bool> HearAsync(PaymentEvent happened, CancellationToken ct)
    {
        if (happened.Subject == PaymentSubject.Setup) return await accounts.KeepMethodAsync(happened.SubjectId, ct);
        // A card that its owner took away is found out when it is charged.
        if (happened.Subject is PaymentSubject.Other or PaymentSubject.Method || happened.PaymentId is not { } id) return true;
        var payment = await processor.RetrieveAsync(id, ct);
        if (payment is not { Payer: { } payer, Invoice: { } invoice, Attempt: { } attempt }) return false;
        if (!await settle.RecordAsync(payer, invoice, attempt, payment, ct)) return false;
        if (happened.Subject == PaymentSubject.Refund || payment.Refunded > 0) await settle.RecordRefundsAsync(payer, invoice, await processor.ListRefundsAsync(id, ct), ct);
        if (happened.Subject == PaymentSubject.Dispute) await settle.RecordDisputeAsync(payer, invoice, await processor.GetDisputeAsync(happened.SubjectId, ct), ct);
        return true;
    }

    private async Task<PaymentHearing> UnknownAsync(string type, CancellationToken ct)
    {
        await Alerts.RaiseForPlatformAsync(system, time, [(AlertCodes.PaymentUnknown, type)], Alerts.Warning, ct);
        return PaymentHearing.Done;
    }

    private const string FindMark = """
        select through
        from fleet.payment_reconciliation
        """;

    /// <summary>When the processor last answered with its list; null: never.</summary>
    internal static Task<DateTimeOffset?> FindMarkAsync(SystemDb system, CancellationToken ct) => system.FindAsync<DateTimeOffset?>(FindMark, row => row.Time(0), ct);

    // While a restore is open all since the restored moment is gone through each time: what was paid after it may be of invoices and attempts that
    // only come to be again.
    private const string SaveMark = """
        insert into fleet.payment_reconciliation as r (only_one, through)
        select true, $1
        where not exists (
            select
            from fleet.platform_restores
            where ended_at is null)
        on conflict (only_one) do update
        set through = greatest(r.through, excluded.through)
        """;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "What event {EventId} ({Type}) is about could not be asked for: {Failure}, {Code}")]
        public static partial void Unanswered(ILogger logger, string eventId, string type, PaymentFailure failure, string? code);
    }
}
