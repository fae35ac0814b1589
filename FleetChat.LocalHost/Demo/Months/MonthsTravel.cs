using FleetChat.Core.Billing;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Months;

/// <summary>
/// Lets months go by, day by day on the stepped clock of a host: companies come in, their drivers write, invoices are made and sent, and each company pays in its own way. At the
/// end of each day what FleetChat says is owed is compared with what Stripe and the bank say.
/// </summary>
/// <param name="settings">Samsara, WhatsApp, Stripe and whoever says who people are come from the simulators.</param>
/// <param name="months">So many are billed.</param>
internal sealed class MonthsTravel(IDemoHost host, LocalHostSettings settings, DemoSimulators simulators, int months)
{
    private const string BankTransfer = "bank_transfer";

    /// <summary>Real time: a month that does not come to rest is a defect, and somebody waits.</summary>
    private static readonly TimeSpan s_longestMonth = TimeSpan.FromMinutes(10);

    /// <summary>After what is due at a day's beginning.</summary>
    private static readonly TimeSpan s_look = new(2, 30, 0);

    private static readonly TimeSpan s_firstTrips = TimeSpan.FromHours(2);
    private static readonly int[] s_busyDays = [3, 17];

    private readonly LocalHostSettings _settings = simulators.Around(settings);
    private readonly Dictionary<Guid, long> _byBank = [];
    private readonly HashSet<string> _read = [];
    private readonly List<string> _faults = [];
    private IReadOnlyList<Payer> _payers = [];

    /// <summary>A month has gone by.</summary>
    public required Action<MonthReport> Tell { get; init; }

    /// <summary>What goes on meanwhile.</summary>
    public required Action<string> Note { get; init; }

    /// <summary>The business day that it has come to; null: the companies are not in yet.</summary>
    public DateOnly? Reached { get; private set; }

    /// <exception cref="StartRefusedException"/>
    /// <exception cref="TimeoutException">The host never came to rest.</exception>
    public async Task<MonthsReport> RunAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(s_longestMonth * (months + 1));
        try
        {
            return await TravelAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"{(months == 1 ? "a month" : $"{months} months")} did not go by within {s_longestMonth * (months + 1)}");
        }
    }

    private async Task<MonthsReport> TravelAsync(CancellationToken ct)
    {
        // Real time: the next month is whole, and nothing of it has happened yet.
        var first = BillingPeriod.Of(TimeProvider.System.GetUtcNow(), DayClock.Zone).AddMonths(1);
        await using var stage = new Stage(_settings, simulators.Samsara, simulators.WhatsApp, Story.Untold(), BillingPeriod.StartOf(first, DayClock.Zone)) { Stripe = simulators.Stripe };
        using var desk = new BillingDesk(_settings, simulators.Issuer);
        await BeginAsync(stage, desk, ct);

        // The last month's invoices are final on the second day after it.
        var (end, reports, month) = (first.AddMonths(months).AddDays(2), new List<MonthReport>(), first);
        for (var day = first.AddDays(1); day <= end; day = day.AddDays(1))
        {
            Reached = day;
            await PassAsync(stage, day, ct);
            await BalanceAsync(await LiveAsync(stage, desk, day, ct), day, ct);
            // A month may take minutes.
            if (day.DayOfWeek == DayOfWeek.Monday) Note($"It is {day:yyyy-MM-dd} …");
            if (day != end && BillingPeriod.Of(day.AddDays(1)) == month) continue;
            reports.Add(await ReadAsync(desk, month, day, ct));
            Tell(reports[^1]);
            month = month.AddMonths(1);
        }
        return new(reports, end.DayNumber - first.DayNumber, _faults);
    }

    private async Task BeginAsync(Stage stage, BillingDesk desk, CancellationToken ct)
    {
        var (opening, planned) = (new Opening(host, _settings, simulators), Payers.All);
        await opening.StartAsync(stage, () => opening.EnterOutsideAsync([.. planned.Select(payer => payer.Company)], stage.Now + s_firstTrips, ct), TimeSpan.FromMinutes(1), ct);
        Note($"{planned.Count} companies come in, over HTTP as people would bring them in …");
        var entered = await opening.BringInAsync(stage, [.. planned.Select(payer => payer.Company)], ct);
        _payers = [.. planned.Zip(entered, (payer, company) => payer with { Company = company.Company })];
        foreach (var payer in _payers)
        {
            if (payer.Choice is { } choice) await desk.EnterAsync(payer.Company, choice, ct);
        }
        await stage.StepToAsync(stage.Now, ct);
    }

    private async Task PassAsync(Stage stage, DateOnly day, CancellationToken ct)
    {
        await stage.StepToAsync(BillingPeriod.StartOf(day, DayClock.Zone) + s_look, ct);
        // What Stripe's banks have done since, and what comes of it.
        await simulators.Stripe.AdvanceAsync(ct);
        await stage.StepToAsync(stage.Now, ct);
    }

    /// <returns>The invoices that there are in the end, company by company.</returns>
    private async Task<IReadOnlyList<IReadOnlyList<ApiInvoice>>> LiveAsync(Stage stage, BillingDesk desk, DateOnly day, CancellationToken ct)
    {
        var isBusy = s_busyDays.Contains(day.Day);
        var (hasPaid, invoices) = (false, await ListAsync(desk, ct));
        for (var n = 0; n < _payers.Count; n++)
        {
            if (isBusy) await WriteAsync(_payers[n].Company, BusyDrivers(n, day), ct);
            foreach (var invoice in invoices[n].Where(invoice => invoice.DueAmount > 0 && _payers[n].Transfers(invoice, day)))
            {
                await desk.EnterTransferAsync(_payers[n].Company, invoice, $"{day:yyyy-MM-dd} {invoice.Number}", ct);
                _byBank[invoice.Id] = _byBank.GetValueOrDefault(invoice.Id) + invoice.DueAmount;
                hasPaid = true;
            }
        }
        if (isBusy || hasPaid) await stage.StepToAsync(stage.Now, ct);
        return hasPaid ? await ListAsync(desk, ct) : invoices;
    }

    private Task<IReadOnlyList<ApiInvoice>[]> ListAsync(BillingDesk desk, CancellationToken ct) => Task.WhenAll(_payers.Select(async payer => await ListAsync(desk, payer, ct)));

    /// <summary>Those that have a number, the oldest first.</summary>
    private static async Task<IReadOnlyList<ApiInvoice>> ListAsync(BillingDesk desk, Payer payer, CancellationToken ct)
        => [.. (await desk.InvoicesAsync(payer.Company, ct)).Where(invoice => invoice.IsFinal).OrderBy(invoice => invoice.Number, StringComparer.Ordinal)];

    /// <summary>Not as many each month, nor in each company.</summary>
    private static int BusyDrivers(int company, DateOnly day) => 1 + ((company + day.Month) % Payers.Drivers);

    private async Task WriteAsync(Company company, int drivers, CancellationToken ct)
    {
        foreach (var driver in company.Drivers.Take(drivers)) await simulators.WhatsApp.SendTextAsync(company.NumberId, driver.Phone, "When do I leave tomorrow?", ct: ct);
    }

    private async Task BalanceAsync(IReadOnlyList<IReadOnlyList<ApiInvoice>> invoices, DateOnly day, CancellationToken ct)
    {
        var stripe = (await simulators.Stripe.MoneyAsync(ct: ct)).ToDictionary(money => money.Invoice);
        foreach (var (payer, invoice) in _payers.Zip(invoices).SelectMany(one => one.Second.Select(invoice => (one.First, invoice))))
        {
            var fault = LedgerBalance.FindFault(
                $"{invoice.Number} of {payer.Company.Tenant} on {day:yyyy-MM-dd}", invoice.TotalAmount, invoice.CreditedAmount, invoice.DueAmount,
                _byBank.GetValueOrDefault(invoice.Id), stripe.GetValueOrDefault(invoice.Id.ToString()));
            if (fault is not null) _faults.Add(fault);
        }
    }

    private async Task<MonthReport> ReadAsync(BillingDesk desk, DateOnly month, DateOnly until, CancellationToken ct)
    {
        var letters = Letters.List(_settings.MailFolder).Where(letter => _read.Add(letter.File)).ToLookup(letter => letter.To);
        var (companies, currency) = (new List<PayerReport>(), "");
        foreach (var payer in _payers)
        {
            var (invoices, payments, refused) = (new List<InvoiceMade>(), new List<PaymentMade>(), 0);
            var owed = 0L;
            foreach (var invoice in await ListAsync(desk, payer, ct))
            {
                var books = await desk.PaymentsAsync(payer.Company, invoice.Id, ct);
                if (books.Entries.Sum(entry => entry.Amount) != invoice.DueAmount) _faults.Add($"{invoice.Number} of {payer.Company.Tenant} on {until:yyyy-MM-dd}: its entries are not what is due");
                if (BillingPeriod.Of(invoice.IssuedOn!.Value) == month)
                    invoices.Add(new(invoice.Number!, invoice.BillingPeriod, invoice.IssuedOn.Value, invoice.DueOn!.Value, invoice.ActiveDrivers, invoice.TotalAmount));
                payments.AddRange(books.Entries.Where(entry => entry.Kind == "payment" && IsIn(month, entry.At)).Select(entry => PaymentOf(invoice, entry, books)));
                refused += books.Attempts.Count(attempt => attempt.Status == "failed" && IsIn(month, attempt.BegunAt));
                (owed, currency) = (owed + invoice.DueAmount, invoice.Currency);
            }
            var subjects = letters[payer.Company.AdminAddress].Select(letter => letter.Subject).ToList();
            companies.Add(new(
                payer.Company.Tenant, payer.Company.Name, payer.Habit, invoices, payments, refused, subjects.Count(PaymentSubjects.IsReminder), subjects.Exists(PaymentSubjects.IsSuspension),
                subjects.Exists(PaymentSubjects.IsLifting), owed));
        }
        return new(BillingPeriod.Write(month), until, currency, companies, companies.Sum(company => company.Owed));
    }

    private static PaymentMade PaymentOf(ApiInvoice invoice, ApiReceivable entry, ApiInvoicePayments books)
    {
        var charged = books.Attempts.FirstOrDefault(attempt => attempt.Status == "succeeded" && attempt.Amount == -entry.Amount);
        return new(invoice.Number!, Day(entry.At), charged?.Method ?? BankTransfer, -entry.Amount);
    }

    private static bool IsIn(DateOnly month, DateTimeOffset at) => BillingPeriod.Of(at, DayClock.Zone) == month;

    private static DateOnly Day(DateTimeOffset at) => BillingPeriod.Today(at, DayClock.Zone);
}

/// <summary>What e-mails about payments are known by.</summary>
internal static class PaymentSubjects
{
    public static bool IsReminder(string subject) => subject.EndsWith(" is past due", StringComparison.Ordinal);

    public static bool IsRefusal(string subject) => subject.EndsWith(" could not be charged", StringComparison.Ordinal);

    public static bool IsReceipt(string subject) => subject.StartsWith("Payment of invoice ", StringComparison.Ordinal);

    public static bool IsSuspension(string subject) => subject.StartsWith("FleetChat is suspended", StringComparison.Ordinal);

    public static bool IsLifting(string subject) => subject == "FleetChat is back in service";
}
