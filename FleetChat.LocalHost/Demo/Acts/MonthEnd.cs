using FleetChat.Core.Billing;
using FleetChat.LocalHost.Demo.Months;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>The month ends: invoices go out with their PDF, one is paid by a card, one by the bank, and one by another card than that which was refused.</summary>
internal sealed class MonthEnd(Stage stage, Fleet fleet, DayNotes notes, BillingDesk desk) : Act(stage, fleet, notes)
{
    /// <summary>What Cargo has agreed on.</summary>
    internal const int DaysToPay = 3;

    /// <summary>Of the dunning as it is by default.</summary>
    private const int FirstReminderAfterDays = 3;

    private static readonly TimeSpan s_afterTheWave = TimeSpan.FromMinutes(30);

    public override async Task PlayAsync(CancellationToken ct)
    {
        var month = BillingPeriod.Of(Stage.Now, DayClock.Zone);
        Stage.Tell("Lone Star and Rio Grande enter cards on Stripe's page; Rio Grande's has no money. Bluebonnet pays by the bank. The month's forecast is looked at.");
        await desk.EnterAsync(Freight, BillingDesk.GoodCard, ct);
        await desk.EnterAsync(Cargo, BillingDesk.PoorCard, ct);
        await desk.AgreeOnDaysAsync(Cargo, DaysToPay, ct);
        foreach (var company in Companies) Notes.Previews[company.Tenant] = await desk.PreviewAsync(company, ct);

        Stage.Tell("The month ends, and there are drafts. A day later they are final, sent by e-mail and charged.");
        var end = BillingPeriod.EndOf(month, DayClock.Zone);
        await PassUntilAsync(end + s_afterTheWave, ct);
        foreach (var company in Companies) Notes.Drafts[company.Tenant] = [.. (await desk.InvoicesAsync(company, ct)).Select(invoice => invoice.Status)];
        await PassUntilAsync(end + TimeSpan.FromHours(new BillingOptions().GraceHours) + s_afterTheWave, ct);

        Stage.Tell("Bluebonnet's transfer is entered. Rio Grande's card is tried again, and it is reminded when its days to pay are over.");
        await desk.EnterTransferAsync(Haulage, await FinalAsync(Haulage, ct), "transfer of Bluebonnet's", ct);
        var open = await FinalAsync(Cargo, ct);
        await PassUntilAsync(BillingPeriod.StartOf(open.DueOn!.Value.AddDays(1 + FirstReminderAfterDays), DayClock.Zone) + s_afterTheWave, ct);

        Stage.Tell("Rio Grande follows the reminder's link to Stripe's page and enters another card: what is open is charged to it.");
        if (Letters.ListTo(Stage.Settings.MailFolder, Cargo.AdminAddress).FirstOrDefault(letter => PaymentSubjects.IsReminder(letter.Subject))?.PaymentLink is { } link)
            await desk.FollowAsync(link, BillingDesk.GoodCard, ct);
        await PassUntilAsync(Stage.Now + Minute, ct);
    }

    /// <summary>Without the pace of the day, of which nothing is shown here.</summary>
    private Task PassUntilAsync(DateTimeOffset until, CancellationToken ct) => Stage.StepToAsync(until, ct);

    private async Task<ApiInvoice> FinalAsync(Company company, CancellationToken ct) => (await desk.InvoicesAsync(company, ct)).Single(invoice => invoice.IsFinal);
}
