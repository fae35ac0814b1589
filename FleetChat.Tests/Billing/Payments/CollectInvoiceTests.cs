using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Stripe;
using FleetChat.Tests.Billing.Invoices;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>From a final invoice to its money. It is due on 16 April 2026, in Chicago.</summary>
public sealed class CollectInvoiceTests
{
    private static readonly MethodBehaviour s_declines = new(MethodOutcome.Declines, "insufficient_funds");

    [Fact]
    public async Task A_card_is_charged_once_and_the_company_hears_of_it()
    {
        await using var day = await PayingDay.StartAsync();

        Assert.Null(await LookTwiceAsync(day));
        await day.HearAsync();

        var invoice = await day.NowAsync();
        Assert.Equal((InvoiceState.Paid, 0L, invoice.TotalAmount), (invoice.Status, invoice.DueAmount, invoice.PaidAmount));
        var money = await day.MoneyAsync();
        Assert.Equal((1, invoice.TotalAmount, "usd"), (money.Charges, money.Captured, money.Currency));
        var attempt = Assert.Single((await day.BooksAsync()).Attempts);
        Assert.Equal(("succeeded", "card", invoice.TotalAmount), (attempt.Status, attempt.Method, attempt.Amount));
        var letter = Assert.Single(await day.LettersAsync());
        Assert.Equal($"Payment of invoice {invoice.Number}", letter.Subject);
        Assert.Contains($"{MoneyText.Write(invoice.TotalAmount, "USD")} were paid for invoice {invoice.Number}. Nothing is left to be paid.", letter.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task That_Stripe_refuses_the_account_is_an_alert_until_it_charges_again()
    {
        await using var day = await PayingDay.StartAsync();
        await day.Stripe.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ExpiredToken], PathPrefix: "/v1/payment_intents"));
        var next = await day.LookAsync();
        Assert.Equal((1, InvoiceState.Final), (await OpenAsync(), (await day.NowAsync()).Status));

        await day.Stripe.Control.EndFaultsAsync();
        day.Fleet.Clock.SetUtcNow(next!.Value);
        Assert.Null(await day.LookAsync());

        Assert.Equal((0, InvoiceState.Paid), (await OpenAsync(), (await day.NowAsync()).Status));

        Task<long> OpenAsync() => OpenBlockedAsync(day);
    }

    [Theory]
    [InlineData(CallTrouble.ResetBefore, "unreachable")]
    [InlineData(CallTrouble.ServerError, "unreachable")]
    [InlineData(CallTrouble.TooMany, "rate_limit")]
    public async Task That_Stripe_has_not_answered_for_hours_is_an_alert_until_it_does(CallTrouble trouble, string subject)
    {
        await using var day = await PayingDay.StartAsync();
        await LookInVainAsync(day, trouble);
        var begun = day.Fleet.Clock.GetUtcNow();
        await PassInVainAsync(day, begun.AddHours(6));
        Assert.Equal(0, await OpenBlockedAsync(day));

        await PassInVainAsync(day, begun.AddHours(8));
        Assert.Equal(1, await OpenBlockedAsync(day, subject));

        await day.Stripe.Control.EndFaultsAsync();
        day.Fleet.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await day.LookAsync());
        Assert.Equal((0, 1), (await OpenBlockedAsync(day), (await day.MoneyAsync()).Charges));
    }

    [Fact]
    public async Task A_debit_that_is_asked_for_once_in_vain_is_no_alert_and_one_at_Stripe_that_is_silent_is()
    {
        await using var day = await PayingDay.StartAsync(new(After: TimeSpan.FromDays(9)), "us_bank_account");
        await day.PassAsync(3);
        await day.Fleet.Get<HearPayments>().ReconcileAsync(default);
        await day.Stripe.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ResetBefore]));
        await day.LookAsync();
        Assert.Equal(0, await OpenBlockedAsync(day));

        await PassInVainAsync(day, day.Fleet.Clock.GetUtcNow().AddHours(8));
        Assert.Equal(1, await OpenBlockedAsync(day, "unreachable"));

        await day.Stripe.Control.EndFaultsAsync();
        await day.LookAsync();
        Assert.Equal(0, await OpenBlockedAsync(day));
    }

    // Its own answer must not wake it: it would ask without end, for all the days that a bank takes.
    [Fact]
    public async Task A_debit_that_is_under_way_is_asked_for_twice_a_day()
    {
        await using var day = await PayingDay.StartAsync(new(After: TimeSpan.FromDays(9)), "us_bank_account");
        await day.PassAsync(3);
        var told = await CountToldAsync();
        Assert.True(told > 0);

        for (var look = 0; look < 4; look++)
        {
            var next = await day.LookAsync();
            Assert.Equal(day.Fleet.Clock.GetUtcNow().AddHours(12), next);
            day.Fleet.Clock.SetUtcNow(next!.Value);
        }
        Assert.Equal(told, await CountToldAsync());

        Task<long> CountToldAsync() => day.Fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.orchestration_commands where flow = 'CollectInvoice' and kind = 'raise'");
    }

    // Not further than to there, and as often as the orchestration would look.
    private static async Task PassInVainAsync(PayingDay day, DateTimeOffset end)
    {
        while (await day.LookAsync() is { } next && next < end) day.Fleet.Clock.SetUtcNow(next);
    }

    private static Task<long> OpenBlockedAsync(PayingDay day, string? subject = null) => day.Fleet.Database.ScalarAsAdminAsync<long>(
        "select count(*) from fleet.platform_alerts where code = 'payment.blocked' and closed_at is null and ($1 is null or subject = $1)", P.Text(subject));

    [Fact]
    public async Task A_company_that_was_closed_for_good_is_looked_after_no_longer()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        Assert.NotNull(await day.LookAsync());
        await day.Fleet.Database.ExecuteAsAdminAsync("update fleet.tenants set status = 'terminated' where tenant_id = $1", P.Text(day.Billing.Company.Id.Value));
        await day.Fleet.Get<DataKeys>().DestroyAsync(day.Billing.Company.Id, default);
        await day.Fleet.Get<TenantSettingsCache>().ReadAsync(day.Billing.Company.Id, default);

        Assert.Null(await day.LookAsync());
    }

    [Fact]
    public async Task Who_does_not_pay_is_reminded_suspended_and_taken_back_once_he_has_paid()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);

        // The 16th is his: three days after it ended the first reminder.
        await day.PassAsync(17);
        Assert.Empty(await day.LettersAsync());
        await day.PassAsync(1);
        Assert.Equal($"Invoice {day.Invoice.Number} is past due", Assert.Single(await day.LettersAsync()).Subject);
        await day.PassAsync(7);
        Assert.Equal(2, (await day.LettersAsync()).Count);
        await day.PassAsync(10);
        var last = (await day.LettersAsync()).Single(letter => letter.Text.Contains("Unless it is paid by 17 May 2026", StringComparison.Ordinal));
        Assert.Contains("/pay/", last.Text, StringComparison.Ordinal);
        await day.PassAsync(9);
        Assert.Equal("active", await day.StandingAsync());
        await day.PassAsync(1);
        Assert.Equal("suspended", await day.StandingAsync());
        Assert.Contains(await day.LettersAsync(), letter => letter.Subject == $"FleetChat is suspended: invoice {day.Invoice.Number}");
        await day.PassAsync(40);
        Assert.Equal(4, (await day.LettersAsync()).Count);

        await day.EnterAsync();
        Assert.Null(await day.LookAsync());

        Assert.Equal("active", await day.StandingAsync());
        Assert.Equal(InvoiceState.Paid, (await day.NowAsync()).Status);
        Assert.Contains(await day.LettersAsync(), letter => letter.Subject == "FleetChat is back in service");
        Assert.Equal(6, (await day.LettersAsync()).Count);
    }

    [Fact]
    public async Task A_bank_transfer_lifts_the_suspension_too_and_one_that_the_company_asked_for_stays()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        await day.PassAsync(50);
        Assert.Equal("suspended", await day.StandingAsync());
        await PayByBankAsync(day, day.Invoice.TotalAmount - 1);
        await day.LookAsync();
        Assert.Equal("suspended", await day.StandingAsync());

        await PayByBankAsync(day, 1);
        await day.LookAsync();
        Assert.Equal("active", await day.StandingAsync());

        await using var other = await PayingDay.StartAsync(hasMethod: false);
        await other.Fleet.Get<SuspendTenant>().SuspendAsync(other.Billing.Company.Id, "asked", BillingDay.Operator, default);
        await other.PassAsync(60);
        await PayByBankAsync(other, other.Invoice.TotalAmount);
        Assert.Null(await other.LookAsync());
        Assert.Equal("suspended", await other.StandingAsync());
    }

    [Fact]
    public async Task Two_past_due_invoices_that_are_paid_at_the_same_moment_do_not_wait_for_each_others_look()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        await day.PassAsync(31);
        var april = await day.BillAprilAsync();
        await day.PassAsync(20);
        Assert.Equal(("suspended", InvoiceState.PastDue), (await day.StandingAsync(), (await day.Billing.InvoiceAsync(BillingDay.April)).Status));

        await PayByBankAsync(day, day.Invoice.TotalAmount);
        Assert.Null(await day.LookAsync());
        Assert.Equal("suspended", await day.StandingAsync());
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().PayAsync(new(day.Billing.Company.Id, april.Id, april.TotalAmount, "april", BillingDay.Operator), default));
        Assert.Null(await day.LookAsync(april.Id));
        Assert.Equal("active", await day.StandingAsync());
        Assert.Single(await day.LettersAsync(), letter => letter.Subject == "FleetChat is back in service");

        await using var other = await PayingDay.StartAsync(hasMethod: false);
        await other.PassAsync(31);
        var second = await other.BillAprilAsync();
        await other.PassAsync(20);
        await PayByBankAsync(other, other.Invoice.TotalAmount);
        BillingDay.Value(await other.Fleet.Get<ChangeDebt>().PayAsync(new(other.Billing.Company.Id, second.Id, second.TotalAmount, "april", BillingDay.Operator), default));
        // Of the other collection nobody knows yet that it has ended: when two look at once, neither does.
        Assert.Null(await other.LookAsync());
        Assert.Equal("active", await other.StandingAsync());
    }

    [Fact]
    public async Task Who_rests_of_his_own_will_is_suspended_for_his_debt_once_he_is_back()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        var suspend = day.Fleet.Get<SuspendTenant>();
        BillingDay.Value(await suspend.SuspendAsync(day.Billing.Company.Id, "asked", BillingDay.Operator, default));
        await day.PassAsync(60);
        Assert.DoesNotContain(await day.LettersAsync(), letter => letter.Subject.StartsWith("FleetChat is", StringComparison.Ordinal));

        BillingDay.Value(await suspend.LiftAsync(day.Billing.Company.Id, BillingDay.Operator, default));
        await day.PassAsync(1);
        Assert.Equal("suspended", await day.StandingAsync());
        Assert.Contains(await day.LettersAsync(), letter => letter.Subject == $"FleetChat is suspended: invoice {day.Invoice.Number}");

        await PayByBankAsync(day, day.Invoice.TotalAmount);
        Assert.Null(await day.LookAsync());
        Assert.Equal("active", await day.StandingAsync());
    }

    [Fact]
    public async Task A_refused_card_is_tried_again_after_days_and_another_one_at_once()
    {
        await using var day = await PayingDay.StartAsync(s_declines);
        await day.LookAsync();
        Assert.Contains("there was not enough money. We try again on 5 April 2026.", Assert.Single(await day.LettersAsync()).Text, StringComparison.Ordinal);

        await day.PassAsync(30);
        var tried = (await day.BooksAsync()).Attempts.Select(attempt => attempt.BegunAt).ToList();
        // At once, then 3, 5 and 7 days after the one before.
        Assert.Equal([0, 3, 8, 15], tried.Select(at => (int)(at - tried[0]).TotalDays));
        Assert.All((await day.BooksAsync()).Attempts, attempt => Assert.Equal(("failed", "insufficient_funds"), (attempt.Status, attempt.DeclineCode)));
        Assert.Contains(await day.LettersAsync(), letter => letter.Text.Contains("We don't try again by ourselves.", StringComparison.Ordinal));
        Assert.Equal(1, await OpenAlertsAsync(day, AlertCodes.PaymentFailed));

        await day.EnterAsync();
        Assert.Null(await day.LookAsync());

        Assert.Equal((1, 4), ((await day.MoneyAsync()).Charges, (await day.MoneyAsync()).Failures));
        Assert.Equal(0, await OpenAlertsAsync(day, AlertCodes.PaymentFailed));
    }

    [Fact]
    public async Task A_card_that_its_holder_has_to_confirm_waits_for_him()
    {
        await using var day = await PayingDay.StartAsync(new(MethodOutcome.NeedsAuthentication));

        await day.PassAsync(14);

        Assert.Equal("needs_payer", Assert.Single((await day.BooksAsync()).Attempts).Status);
        Assert.Contains("the bank wants you to confirm it", Assert.Single(await day.LettersAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_debit_takes_days_in_which_nobody_is_reminded()
    {
        await using var day = await PayingDay.StartAsync(new(After: TimeSpan.FromDays(25)), "us_bank_account");

        await day.PassAsync(24);
        Assert.Empty(await day.LettersAsync());
        Assert.Equal((InvoiceState.PastDue, "processing"), ((await day.NowAsync()).Status, Assert.Single((await day.BooksAsync()).Attempts).Status));

        await day.PassAsync(2);
        Assert.Equal(InvoiceState.Paid, (await day.NowAsync()).Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task An_answer_that_is_lost_charges_nobody_twice_however_late_somebody_asks_again(int days)
    {
        await using var day = await PayingDay.StartAsync();
        await day.Stripe.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [CallTrouble.ResetAfter], PathPrefix: "/v1/payment_intents"));
        var next = await day.LookAsync();
        Assert.True(next > day.Fleet.Clock.GetUtcNow());
        await day.Stripe.Control.EndFaultsAsync();

        // Stripe has forgotten the key by then, and no webhook came.
        day.Fleet.Clock.Advance(TimeSpan.FromDays(days) + TimeSpan.FromHours(1));
        Assert.Null(await day.LookAsync());

        Assert.Equal((1, day.Invoice.TotalAmount), ((await day.MoneyAsync()).Charges, (await day.MoneyAsync()).Captured));
        Assert.Equal(InvoiceState.Paid, (await day.NowAsync()).Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000)]
    public async Task What_was_paid_by_bank_before_an_attempt_arrived_is_not_charged_and_a_rest_is_at_once(long rest)
    {
        await using var day = await PayingDay.StartAsync();
        await LookInVainAsync(day, CallTrouble.ResetBefore);
        await PayByBankAsync(day, day.Invoice.TotalAmount - rest);

        // As long as nobody can say whether it was made, it is neither made nor given up.
        day.Fleet.Clock.Advance(TimeSpan.FromHours(1));
        Assert.True(await day.LookAsync() > day.Fleet.Clock.GetUtcNow());
        Assert.Equal("open", Assert.Single((await day.BooksAsync()).Attempts).Status);
        await day.Stripe.Control.EndFaultsAsync();
        day.Fleet.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await day.LookAsync());

        Assert.Equal((InvoiceState.Paid, 0L), ((await day.NowAsync()).Status, (await day.NowAsync()).DueAmount));
        Assert.Equal(rest, (await day.Stripe.Control.MoneyAsync(day.Invoice.Id.ToString())).Sum(money => money.Captured));
        var attempts = (await day.BooksAsync()).Attempts;
        Assert.Equal(("cancelled", "superseded"), (attempts[0].Status, attempts[0].DeclineCode));
        (string, long)[] later = rest > 0 ? [("succeeded", rest)] : [];
        Assert.Equal(later, attempts.Skip(1).Select(attempt => (attempt.Status, attempt.Amount)));
        Assert.DoesNotContain(await day.LettersAsync(), letter => letter.Subject.Contains("could not be charged", StringComparison.Ordinal));
        Assert.Equal(0, await OpenAlertsAsync(day, AlertCodes.PaymentFailed));
    }

    [Fact]
    public async Task An_attempt_that_was_made_before_it_was_credited_is_found_and_entered()
    {
        await using var day = await PayingDay.StartAsync();
        await LookInVainAsync(day, CallTrouble.ResetAfter);
        await day.Stripe.Control.EndFaultsAsync();
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().CreditAsync(new(day.Billing.Company.Id, day.Invoice.Id, 1_000, "Sorry", BillingDay.Operator, null), default));

        day.Fleet.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await day.LookAsync());

        Assert.Equal("succeeded", Assert.Single((await day.BooksAsync()).Attempts).Status);
        Assert.Equal((1, -1_000L), ((await day.MoneyAsync()).Charges, (await day.NowAsync()).DueAmount));
    }

    [Fact]
    public async Task An_attempt_that_may_still_be_on_its_way_is_waited_for()
    {
        await using var day = await PayingDay.StartAsync();
        await LookInVainAsync(day, CallTrouble.ResetBefore);
        await day.Stripe.Control.EndFaultsAsync();
        await PayByBankAsync(day, day.Invoice.TotalAmount);

        Assert.Equal(day.Fleet.Clock.GetUtcNow().AddMinutes(2), await day.LookAsync());
        Assert.Equal("open", Assert.Single((await day.BooksAsync()).Attempts).Status);
    }

    [Fact]
    public async Task An_attempt_that_nobody_answered_is_not_made_while_people_talk()
    {
        await using var day = await PayingDay.StartAsync();
        await LookInVainAsync(day, CallTrouble.ResetBefore);
        await day.Stripe.Control.EndFaultsAsync();
        BillingDay.Value(await day.Fleet.Get<PaymentAccounts>().HoldAsync(day.Billing.Company.Id, day.Fleet.Clock.GetUtcNow().AddDays(30), "They talk", BillingDay.Operator, default));

        await day.PassAsync(29);
        Assert.Equal((InvoiceState.PastDue, "open"), ((await day.NowAsync()).Status, Assert.Single((await day.BooksAsync()).Attempts).Status));
        Assert.Empty(await day.Stripe.Control.MoneyAsync(day.Invoice.Id.ToString()));

        await day.PassAsync(2);
        Assert.Equal((InvoiceState.Paid, 1), ((await day.NowAsync()).Status, (await day.MoneyAsync()).Charges));
    }

    [Fact]
    public async Task Who_has_paid_by_bank_does_not_wait_for_a_debit_that_is_on_its_way()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        await day.PassAsync(46);
        await day.EnterAsync(new(After: TimeSpan.FromDays(10)), "us_bank_account");
        await day.LookAsync();
        Assert.Equal(("suspended", "processing"), (await day.StandingAsync(), Assert.Single((await day.BooksAsync()).Attempts).Status));

        await PayByBankAsync(day, day.Invoice.TotalAmount);
        Assert.NotNull(await day.LookAsync());

        Assert.Equal("active", await day.StandingAsync());
        await day.PassAsync(11);
        Assert.Equal(-day.Invoice.TotalAmount, (await day.NowAsync()).DueAmount);
        Assert.Single(await day.LettersAsync(), letter => letter.Subject == "FleetChat is back in service");
    }

    [Fact]
    public async Task Nothing_is_done_while_people_talk_and_all_of_it_afterwards()
    {
        await using var day = await PayingDay.StartAsync();
        var until = day.Fleet.Clock.GetUtcNow().AddDays(30);
        BillingDay.Value(await day.Fleet.Get<PaymentAccounts>().HoldAsync(day.Billing.Company.Id, until, "They talk", BillingDay.Operator, default));

        await day.PassAsync(29);
        Assert.Empty((await day.BooksAsync()).Attempts);
        Assert.Empty(await day.LettersAsync());

        await day.PassAsync(2);
        Assert.Equal(InvoiceState.Paid, (await day.NowAsync()).Status);
    }

    [Fact]
    public async Task Who_was_down_for_two_months_sends_one_reminder_and_leaves_time_before_he_suspends()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        day.Fleet.Clock.Advance(TimeSpan.FromDays(60));

        await day.LookAsync();
        Assert.Single(await day.LettersAsync());
        Assert.Equal("active", await day.StandingAsync());

        await day.PassAsync(11);
        Assert.Equal("suspended", await day.StandingAsync());
    }

    [Fact]
    public async Task An_amount_that_Stripe_has_no_unit_for_is_asked_for_by_bank_and_charged_once_a_credit_makes_it_round()
    {
        await using var day = await PayingDay.StartAsync(currency: "KWD");
        Assert.Equal(("KWD", 5), (day.Invoice.Currency, day.Invoice.TotalAmount % 10));
        await day.LookAsync();
        var letter = Assert.Single(await day.LettersAsync());
        Assert.Contains("cards and accounts can't be charged an amount with these last digits. We don't try again by ourselves.", letter.Text, StringComparison.Ordinal);
        Assert.EndsWith($"Pay by bank transfer with {day.Invoice.Number} as reference.", letter.Text.TrimEnd(), StringComparison.Ordinal);
        // Another card changes nothing.
        await day.EnterAsync();
        await day.PassAsync(12);
        Assert.Equal(("failed", "amount_not_chargeable"), (Assert.Single((await day.BooksAsync()).Attempts).Status, (await day.BooksAsync()).Attempts[0].DeclineCode));

        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().CreditAsync(new(day.Billing.Company.Id, day.Invoice.Id, 5, "To the next ten", BillingDay.Operator, null), default));
        Assert.Null(await day.LookAsync());

        Assert.Equal((InvoiceState.Paid, day.Invoice.TotalAmount - 5), ((await day.NowAsync()).Status, (await day.MoneyAsync()).Captured));
    }

    [Fact]
    public async Task An_invoice_that_was_made_late_leaves_as_much_time_as_one_that_was_not()
    {
        // On 12 May, with the dates of April.
        await using var day = await PayingDay.StartAsync(hasMethod: false, late: TimeSpan.FromDays(40));
        Assert.Equal((new DateOnly(2026, 4, 16), InvoiceState.PastDue), (day.Invoice.DueOn, day.Invoice.Status));

        await day.PassAsync(17);
        Assert.Empty(await day.LettersAsync());
        await day.PassAsync(1);
        Assert.Contains($"Invoice {day.Invoice.Number} was to be paid by 26 May 2026.", Assert.Single(await day.LettersAsync()).Text, StringComparison.Ordinal);
        await day.PassAsync(17);
        Assert.Contains(await day.LettersAsync(), letter => letter.Text.Contains("Unless it is paid by 26 June 2026", StringComparison.Ordinal));
        await day.PassAsync(9);
        Assert.Equal("active", await day.StandingAsync());
        await day.PassAsync(1);
        Assert.Equal("suspended", await day.StandingAsync());
    }

    [Fact]
    public async Task An_invoice_that_nobody_could_pay_in_time_does_not_keep_a_company_out_of_service()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        await day.PassAsync(60);
        // Due on 16 May by its dates, and made on 1 June.
        var april = await day.BillAprilAsync();
        Assert.Equal(("suspended", InvoiceState.PastDue), (await day.StandingAsync(), april.Status));

        await PayByBankAsync(day, day.Invoice.TotalAmount);
        Assert.Null(await day.LookAsync());

        Assert.Equal("active", await day.StandingAsync());
    }

    [Fact]
    public async Task An_amount_below_the_processors_smallest_is_not_charged_again_and_again()
    {
        await using var day = await PayingDay.StartAsync();
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().CreditAsync(new(day.Billing.Company.Id, day.Invoice.Id, day.Invoice.TotalAmount - 30, "Sorry", BillingDay.Operator, null), default));

        await day.PassAsync(12);

        var attempt = Assert.Single((await day.BooksAsync()).Attempts);
        Assert.Equal(("failed", "amount_too_small"), (attempt.Status, attempt.DeclineCode));
    }

    [Fact]
    public async Task A_payment_on_its_way_keeps_the_invoice_from_being_voided()
    {
        await using var day = await PayingDay.StartAsync(new(After: TimeSpan.FromDays(3)), "us_bank_account");
        await day.LookAsync();

        Assert.Equal(PaymentErrors.UnderWay, (await day.Fleet.Get<ChangeDebt>().VoidAsync(day.Billing.Company.Id, day.Invoice.Id, "Wrong", BillingDay.Operator, default)).Error);
    }

    [Fact]
    public async Task Where_there_is_no_processor_companies_are_reminded_to_pay_by_bank()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        day.Fleet.Get<Microsoft.Extensions.Options.IOptions<StripeOptions>>().Value.ApiKey = "";

        await day.PassAsync(18);

        Assert.Contains($"Pay by bank transfer with {day.Invoice.Number} as reference.", Assert.Single(await day.LettersAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(PaymentErrors.NotOffered, (await day.Fleet.Get<PaymentAccounts>().MakeLinkAsync(day.Billing.Company.Id, BillingDay.Operator, default)).Error);
    }

    /// <summary>An attempt is begun, and no answer comes until the faults end.</summary>
    private static async Task LookInVainAsync(PayingDay day, CallTrouble trouble)
    {
        await day.Stripe.Control.PlanFaultsAsync(new(Calls: 1, CallKinds: [trouble], PathPrefix: "/v1/payment_intents"));
        Assert.True(await day.LookAsync() > day.Fleet.Clock.GetUtcNow());
        Assert.Equal("open", Assert.Single((await day.BooksAsync()).Attempts).Status);
    }

    private static async Task<DateTimeOffset?> LookTwiceAsync(PayingDay day)
    {
        await day.LookAsync();
        return await day.LookAsync();
    }

    private static async Task PayByBankAsync(PayingDay day, long amount)
        => BillingDay.Value(await day.Fleet.Get<ChangeDebt>().PayAsync(new(day.Billing.Company.Id, day.Invoice.Id, amount, $"ref {amount}", BillingDay.Operator), default));

    private static Task<long> OpenAlertsAsync(PayingDay day, string code)
        => day.Fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.alerts where code = $1 and closed_at is null", P.Text(code));
}
