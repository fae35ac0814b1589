using System.Globalization;
using System.Text.Json;
using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Mail;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Billing.Payments;

/// <summary>What a company is told of its invoices. The words are stored and never change.</summary>
internal static class PaymentLetter
{
    public const string Receipt = "receipt";
    public const string Declined = "declined";
    public const string Reminder = "reminder";
    public const string Suspended = "suspended";
    public const string Lifted = "lifted";
}

/// <summary>
/// Tells a company's contact by e-mail what happened to an invoice. Written down with its cause; what it says, and whether it is still to be said, is what is true when it goes out.
/// </summary>
internal sealed class PaymentLetters(
    IMailer mailer, GetInvoice get, GetTenant companies, TenantDbs dbs, DataKeys keys, SignedLinks links, IOptions<DunningOptions> dunning, IOptions<StripeOptions> stripe, TimeProvider time) : ICallHandler
{
    private const string Kind = "payment_mail";
    private const string Day = "d MMMM yyyy";

    // What an issuer means that says no more than no.
    private static readonly Dictionary<string, string> s_reasons = new()
    {
        ["insufficient_funds"] = "there was not enough money",
        ["expired_card"] = "the card has expired",
        ["authentication_required"] = "the bank wants you to confirm it",
        ["amount_too_small"] = "the amount is too small for it",
        ["amount_too_large"] = "the amount is too large for it",
        ["amount_not_chargeable"] = "cards and accounts can't be charged an amount with these last digits",
        ["resource_missing"] = "it can't be charged any more",
    };

    public bool Handles(string kind) => kind == Kind;

    public static Task WriteAsync(TenantDb db, DataKey key, TimeProvider time, string letter, Guid invoice, int number, CancellationToken ct)
        => CallSql.TryInsertAsync(db, key, time, new(CallLanes.Mail, Kind, $"mail:{letter}:{invoice}:{number}", JsonSerializer.SerializeToElement(new Content(letter, invoice, number))), ct);

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var (letter, id, number) = call.Content.Deserialize<Content>()!;
        if (await get.HandleAsync(tenant.Tenant, id, ct) is not { IsOk: true, Value: var invoice } || await CollectionSql.FindAsync(dbs.For(tenant.Tenant), id, ct) is not { } collection) return CallResult.Fail("no such invoice");
        var isSuspended = await CollectionSql.FindStandingAsync(dbs.For(tenant.Tenant), ct) is { IsUnpaid: true };
        if (letter is PaymentLetter.Reminder or PaymentLetter.Declined && invoice.DueAmount <= 0 || letter == PaymentLetter.Suspended && !isSuspended || letter == PaymentLetter.Lifted && isSuspended)
            return CallResult.Done("not true any more");
        if ((await companies.HandleAsync(tenant.Tenant, ct)).Value.PrimaryContact?.Email is not { Length: > 0 } to) return CallResult.Fail("no address");
        var (subject, text) = await WriteAsync(letter, invoice, collection, number, tenant, ct);
        return await mailer.SendAsCallAsync(new(call.Id, to, subject, text), ct);
    }

    private async Task<(string Subject, string Text)> WriteAsync(string letter, InvoiceView invoice, CollectionRow collection, int number, TenantSettings tenant, CancellationToken ct)
    {
        var due = MoneyText.Write(invoice.DueAmount, invoice.Currency);
        return letter switch
        {
            PaymentLetter.Receipt => ($"Payment of invoice {invoice.Number}", await ReceiptAsync(invoice, number, tenant.Tenant, ct)),
            PaymentLetter.Declined => ($"Invoice {invoice.Number} could not be charged", await DeclinedAsync(invoice, collection, number, tenant, ct)),
            PaymentLetter.Reminder => (
                $"Invoice {invoice.Number} is past due", $"Invoice {invoice.Number} was to be paid by {CollectionFacts.PayableBy(invoice, collection, tenant.TimeZone).ToString(Day, CultureInfo.InvariantCulture)}. {due} of it are still open.{Warning(invoice, collection, tenant)}\n\n{await HowToPayAsync(invoice, tenant.Tenant, ct)}\n\nIf you have paid in the last days, thank you: there is nothing to do."),
            PaymentLetter.Suspended => (
                $"FleetChat is suspended: invoice {invoice.Number}", $"Invoice {invoice.Number} of {due} is still unpaid, and your account is suspended: nothing is sent to your drivers, and nothing can be changed. What you have is kept, and what drivers write is taken in.\n\n{await HowToPayAsync(invoice, tenant.Tenant, ct)}\n\nOnce it is paid, everything goes on by itself."),
            _ => ("FleetChat is back in service", "Thank you for your payment. Your account is in service again; what was held and is still true goes out now."),
        };
    }

    private async Task<string> ReceiptAsync(InvoiceView invoice, int number, TenantId tenant, CancellationToken ct)
    {
        var paid = (await PaymentSql.ListAsync(dbs.For(tenant), invoice.Id, ct)).Find(attempt => attempt.Order.Attempt == number);
        var amount = MoneyText.Write(paid?.Order.Amount ?? invoice.PaidAmount, invoice.Currency);
        return $"{amount} were paid for invoice {invoice.Number}. {(invoice.DueAmount > 0 ? $"{MoneyText.Write(invoice.DueAmount, invoice.Currency)} are still open." : "Nothing is left to be paid.")} Thank you.";
    }

    private async Task<string> DeclinedAsync(InvoiceView invoice, CollectionRow collection, int number, TenantSettings tenant, CancellationToken ct)
    {
        var attempts = await PaymentSql.ListAsync(dbs.For(tenant.Tenant), invoice.Id, ct);
        var failed = attempts.Find(attempt => attempt.Order.Attempt == number);
        var reason = failed?.DeclineCode is { } code && s_reasons.TryGetValue(code, out var words) ? words : "the bank refused it";
        var again = await NextAttemptAsync(invoice, collection, attempts, tenant, ct) is { } day ? $"We try again on {day.ToString(Day, CultureInfo.InvariantCulture)}." : "We don't try again by ourselves.";
        return $"Your card or account could not be charged {MoneyText.Write(failed?.Order.Amount ?? invoice.DueAmount, invoice.Currency)} for invoice {invoice.Number}: {reason}. {again}\n\n{await HowToPayAsync(invoice, tenant.Tenant, ct)}";
    }

    private async Task<DateOnly?> NextAttemptAsync(InvoiceView invoice, CollectionRow collection, List<PaymentAttempt> attempts, TenantSettings tenant, CancellationToken ct)
    {
        var account = await PaymentAccountSql.FindAsync(dbs.For(tenant.Tenant), await keys.GetAsync(tenant.Tenant, ct), ct);
        var facts = CollectionFacts.Of(invoice, collection, attempts, account.MethodAt, null, tenant.TimeZone, time.GetUtcNow());
        return CollectionPlan.ChargeAt(facts, dunning.Value) is { } at ? BillingPeriod.Today(at, tenant.TimeZone) : null;
    }

    private string Warning(InvoiceView invoice, CollectionRow collection, TenantSettings tenant)
    {
        var facts = CollectionFacts.Of(invoice, collection, [], null, null, tenant.TimeZone, time.GetUtcNow());
        return CollectionPlan.SuspendAt(facts, dunning.Value) is { } at
            ? $"\n\nUnless it is paid by {BillingPeriod.Today(at, tenant.TimeZone).ToString(Day, CultureInfo.InvariantCulture)}, your account is suspended: nothing is sent to your drivers then."
            : "";
    }

    private async Task<string> HowToPayAsync(InvoiceView invoice, TenantId tenant, CancellationToken ct)
    {
        var byBank = $"by bank transfer with {invoice.Number} as reference";
        if (!stripe.Value.IsSetUp || !CollectionPlan.IsChargeable((await PaymentSql.ListAsync(dbs.For(tenant), invoice.Id, ct)).Select(attempt => attempt.ToPast()), invoice.DueAmount)) return $"Pay {byBank}.";
        var (url, expiresAt) = await links.MakeAsync(PaymentAccounts.LinkPurpose, tenant, invoice.Id, ct);
        return $"Enter a card or an account, and what is open is charged at once (the link is good until {expiresAt.ToString(Day, CultureInfo.InvariantCulture)}):\n{url}\n\nOr pay {byBank}.";
    }

    private sealed record Content(string Letter, Guid Invoice, int Number);
}
