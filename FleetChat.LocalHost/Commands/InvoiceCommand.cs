using System.Globalization;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

internal sealed record InvoiceCommandOptions : ViewOptions
{
    public string? Tenant { get; init; }

    /// <summary>Of a preview: the month's first day; null: the month that is billed next.</summary>
    public DateOnly? Period { get; init; }

    /// <summary>An invoice's number or id.</summary>
    public string Name { get; init; } = "";

    /// <summary>The file that a PDF is written to.</summary>
    public string? Out { get; init; }

    /// <summary>The number of the line that is explained.</summary>
    public int? Line { get; init; }

    /// <exception cref="FormatException">The company is missing.</exception>
    public InvoiceCommandOptions Checked(string command) => Tenant is null ? throw new FormatException($"'{command}' needs --tenant: a company's id. 'up' names that of the sample company, 'audit verify' those of all.") : this;

    /// <exception cref="FormatException">The file is missing.</exception>
    public InvoiceCommandOptions CheckedForPdf() => Out is null ? throw new FormatException("'invoice pdf' needs --out: the file to write.") : Checked("invoice pdf");

    /// <exception cref="FormatException">The line is missing.</exception>
    public InvoiceCommandOptions CheckedForLine() => Line is null ? throw new FormatException("'invoice explain' needs --line: the line's number, which 'invoice show' has.") : Checked("invoice explain");
}

/// <summary>One company's invoices and credit notes, as they are and as the next one would be.</summary>
internal static class InvoiceCommand
{
    /// <exception cref="StartRefusedException">There is none, or no such company, or the installation does not run.</exception>
    public static async Task PreviewAsync(InvoiceCommandOptions options, IAnsiConsole console, CancellationToken ct)
        => await PreviewAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console, ct);

    internal static async Task PreviewAsync(InvoiceCommandOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
    {
        var (invoice, month) = await AskAsync(options, found, async (work, tenant) =>
        {
            var preview = Must(await work.Get<GetInvoice>().PreviewAsync(tenant, options.Period, ct));
            return (preview, await work.DescribeAsync(tenant, BillingPeriod.Parse(preview.BillingPeriod), ct));
        }, ct);
        Write(invoice, options, console);
        if (!options.Json && month is not null) console.WriteLine(month);
    }

    /// <inheritdoc cref="PreviewAsync(InvoiceCommandOptions, IAnsiConsole, CancellationToken)"/>
    public static async Task ShowAsync(InvoiceCommandOptions options, IAnsiConsole console, CancellationToken ct)
        => await ShowAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console, ct);

    internal static async Task ShowAsync(InvoiceCommandOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
        => Write(await AskAsync(options, found, (work, tenant) => GetAsync(work, tenant, options.Name, ct), ct), options, console);

    /// <exception cref="StartRefusedException">There is no such company, or the installation does not run.</exception>
    public static async Task ListAsync(InvoiceCommandOptions options, IAnsiConsole console, CancellationToken ct)
        => await ListAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console, ct);

    internal static async Task ListAsync(InvoiceCommandOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
    {
        var invoices = await AskAsync(options, found, (work, tenant) => ListAsync(work, tenant, ct), ct);
        if (options.Json) Output.WriteJson(console, invoices);
        else if (invoices.Count == 0) console.WriteLine("There is no invoice yet.");
        else Show(invoices, console);
    }

    /// <exception cref="StartRefusedException">There is none, the file can't be written, or the installation does not run.</exception>
    public static async Task PdfAsync(InvoiceCommandOptions options, IAnsiConsole console, CancellationToken ct)
        => await PdfAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console, ct);

    internal static async Task PdfAsync(InvoiceCommandOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
    {
        var (file, pdf) = (Path.GetFullPath(options.Out!), await AskAsync(options, found, (work, tenant) => PrintAsync(work, tenant, options.Name, ct), ct));
        try
        {
            await File.WriteAllBytesAsync(file, pdf, ct);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"'{file}' can't be written: {refused.Message}", refused);
        }
        Output.Widen(console);
        console.WriteLine($"Written to {file}.");
    }

    /// <exception cref="StartRefusedException">There is none, it has no such line, or the installation does not run.</exception>
    public static async Task ExplainAsync(InvoiceCommandOptions options, IAnsiConsole console, CancellationToken ct)
        => await ExplainAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console, ct);

    internal static async Task ExplainAsync(InvoiceCommandOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
    {
        var behind = await AskAsync(options, found, async (work, tenant) =>
        {
            var invoice = (await GetAsync(work, tenant, options.Name, ct)).Id;
            return await AllAsync(async page =>
            {
                var rows = await work.Get<ExplainLine>().HandleAsync(new(tenant, invoice, options.Line.GetValueOrDefault(), By: null), page, ct);
                // The error's own text tells of a route.
                return rows.Error != BillingErrors.LineNotFound
                    ? rows
                    : throw new StartRefusedException($"'{options.Name}' has no such line: 'invoice show {options.Name} --tenant {tenant}' shows those that it has.");
            });
        }, ct);
        if (options.Json) Output.WriteJson(console, behind);
        else if (behind.Count == 0) console.WriteLine("There is nothing behind this line.");
        else Show(behind, console);
    }

    private static async Task<T> AskAsync<T>(InvoiceCommandOptions options, FoundInstallation found, Func<BillingWork, TenantId, Task<T>> ask, CancellationToken ct)
    {
        await using var work = await BillingWork.OpenAsync(found, BillingSettings.Read(), ct);
        var tenant = work.Companies.Named(options.Tenant)[0];
        return await Looking.AtAsync(() => work.Companies.OpenAsync(tenant, () => ask(work, tenant)));
    }

    private static async Task<InvoiceView> GetAsync(BillingWork work, TenantId tenant, string name, CancellationToken ct)
    {
        InvoiceView? invoice;
        if (Guid.TryParse(name, out var id)) invoice = await work.Get<GetInvoice>().HandleAsync(tenant, id, ct) is { IsOk: true } named ? named.Value : null;
        else invoice = (await ListAsync(work, tenant, ct)).Find(one => string.Equals(one.Number, name, StringComparison.OrdinalIgnoreCase));
        return invoice ?? throw new StartRefusedException($"'{tenant}' has no invoice '{name}': 'invoice list --tenant {tenant}' shows those that it has.");
    }

    private static Task<List<InvoiceView>> ListAsync(BillingWork work, TenantId tenant, CancellationToken ct) => AllAsync(page => work.Get<GetInvoice>().ListAsync(tenant, page, ct));

    private static async Task<List<T>> AllAsync<T>(Func<PageRequest, Task<Result<Page<T>>>> read)
    {
        List<T> all = [];
        string? cursor = null;
        do
        {
            var page = Must(await read(new(PageRequest.MaxLimit, cursor)));
            all.AddRange(page.Data);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return all;
    }

    private static async Task<byte[]> PrintAsync(BillingWork work, TenantId tenant, string name, CancellationToken ct)
        => Must(await work.Get<PrintInvoice>().PdfAsync(tenant, (await GetAsync(work, tenant, name, ct)).Id, ct));

    private static T Must<T>(Result<T> result) => result.IsOk ? result.Value : throw new StartRefusedException(result.Error.Message);

    private static void Write(InvoiceView invoice, InvoiceCommandOptions options, IAnsiConsole console)
    {
        if (options.Json) Output.WriteJson(console, invoice);
        else Show(invoice, console);
    }

    private static void Show(IReadOnlyList<InvoiceView> invoices, IAnsiConsole console)
    {
        var table = Output.Table("Number", "Kind", "Month", "Status", "Issued", "Due", "Total", "Left", "Id");
        foreach (var invoice in invoices)
        {
            table.AddRow(
                Markup.Escape(invoice.Number ?? ""), invoice.Kind, invoice.BillingPeriod, invoice.Status, Day(invoice.IssuedOn), Day(invoice.DueOn),
                MoneyText.Write(invoice.TotalAmount, invoice.Currency), MoneyText.Write(invoice.DueAmount, invoice.Currency), $"{invoice.Id}");
        }
        Output.Write(console, table);
    }

    private static void Show(InvoiceView invoice, IAnsiConsole console)
    {
        Output.Widen(console);
        var what = invoice.Kind switch { InvoiceKind.CreditNote => "Credit note", InvoiceKind.Statement => "Statement", _ => "Invoice" };
        console.WriteLine($"{what}{(invoice.Number is null ? "" : $" {invoice.Number}")} of {invoice.TenantId} for {invoice.BillingPeriod}: {invoice.Status}");
        console.WriteLine($"{invoice.Buyer.Name}, {Output.Count(invoice.ActiveDrivers, "driver")}, {Output.Count(invoice.MessageVolume, "message")}");
        if (invoice.PaidBy is { } parent) console.WriteLine($"Paid by {parent}");
        if (invoice.CreditedNumber is not null) console.WriteLine($"To invoice {invoice.CreditedNumber}");
        if (invoice.Reason is not null) console.WriteLine(invoice.Reason);
        if (invoice.Lines.Count > 0) ShowLines(invoice, console);
        foreach (var tax in invoice.Taxes)
            console.WriteLine($"Tax of {Exact(tax.Percent)} percent on {MoneyText.Number(tax.NetAmount, invoice.Currency)}: {MoneyText.Number(tax.TaxAmount, invoice.Currency)}{(tax.Note is null ? "" : $" ({tax.Note})")}");
        console.WriteLine($"Total {MoneyText.Write(invoice.TotalAmount, invoice.Currency)}");
        if (invoice is { Kind: InvoiceKind.Invoice, Number: not null })
            console.WriteLine($"Issued {Day(invoice.IssuedOn)}, due {Day(invoice.DueOn)}, left {MoneyText.Write(invoice.DueAmount, invoice.Currency)}");
        if (invoice.Forecast is { } forecast) Show(forecast, invoice.Currency, console);
    }

    private static void Show(InvoiceForecast forecast, string currency, IAnsiConsole console)
    {
        console.WriteLine($"Forecast of the month's end, an estimate and no invoice: {MoneyText.Write(forecast.TotalAmount, currency)} for {Output.Count(forecast.ActiveDrivers, "driver")} and {Output.Count(forecast.MessageVolume, "message")}");
        foreach (var one in forecast.Basis) console.WriteLine($"  {one.TenantId}: {Say(one)}: {Output.Count(one.ActiveDrivers, "driver")}, {Output.Count(one.MessageVolume, "message")}, {MoneyText.Write(one.TotalAmount, currency)}");
    }

    private static string Say(ForecastBasis basis) => basis switch
    {
        { Pace: ForecastPace.ThisMonth } => $"as in the {Exact(basis.DaysOver)} days so far, {Exact(basis.DaysLeft)} are left",
        { Pace: ForecastPace.LastMonth } => $"as in the last month, {Exact(basis.DaysLeft)} days are left",
        { DaysLeft: > 0 } => $"too new to say more, {Exact(basis.DaysLeft)} days are left",
        _ => "nothing more is expected",
    };

    private static void ShowLines(InvoiceView invoice, IAnsiConsole console)
    {
        var table = Output.Table("No", "What", "From", "Until", "Quantity", "Unit price", "Percent off", "Amount");
        foreach (var line in invoice.Lines)
        {
            table.AddRow(
                $"{line.No}", Markup.Escape(line.Description), Day(line.From), Day(line.Until), Exact(line.Quantity), MoneyText.Price(line.UnitPrice, invoice.Currency),
                line.Percent is { } percent ? Exact(percent) : "", MoneyText.Number(line.Amount, invoice.Currency));
        }
        Output.Write(console, table);
    }

    private static void Show(IReadOnlyList<LineUsage> behind, IAnsiConsole console)
    {
        var table = Output.Table("Kind", "Id", "Driver", "Direction", "At", "Late", "Charged", "Text", "By");
        foreach (var one in behind)
        {
            table.AddRow(
                one.Kind, $"{one.Id}", $"{one.DriverId}", one.Direction ?? "", one.At?.UtcDateTime.ToString("u", CultureInfo.InvariantCulture) ?? "", one.Late ? "late" : "",
                one.Charged is { } charged ? charged ? "yes" : "no" : "", Markup.Escape(one.Text ?? ""), Markup.Escape(one.CreatedBy ?? ""));
        }
        Output.Write(console, table);
    }

    private static string Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";

    private static string Exact(decimal number) => number.ToString("0.##########", CultureInfo.InvariantCulture);
}
