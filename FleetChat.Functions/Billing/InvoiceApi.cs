using System.Globalization;
using System.Net;
using System.Text;
using FleetChat.Core;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Functions.Http;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.Functions.Billing;

/// <summary>A company's invoices, as its own people see them.</summary>
public sealed class InvoiceApi(GetInvoice get, PrintInvoice print, ExplainLine explain)
{
    /// <summary>Invoices and credit notes, the newest first.</summary>
    [Function(nameof(GetInvoices))]
    [Needs(Permission.ReadInvoices)]
    [Answers(typeof(Page<InvoiceView>), "A page.")]
    public async Task<HttpResponseData> GetInvoices([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/invoices")] HttpRequestData request)
        => await request.AnswerAsync(await get.ListAsync(request.Tenant(), new QueryParameters(request).Page(), request.Cancellation()));

    /// <summary>One with its lines and taxes.</summary>
    [Function(nameof(GetInvoiceById))]
    [Needs(Permission.ReadInvoices)]
    [Answers(typeof(InvoiceView), "The invoice.")]
    public async Task<HttpResponseData> GetInvoiceById([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/invoices/{id}")] HttpRequestData request, string id)
        => await request.AnswerAsync(Guid.TryParse(id, out var invoice) ? await get.HandleAsync(request.Tenant(), invoice, request.Cancellation()) : BillingErrors.InvoiceNotFound);

    /// <summary>What the month would cost if it ended now, and what it is forecast to cost at its end.</summary>
    [Function(nameof(GetInvoicePreview))]
    [Needs(Permission.ReadInvoices)]
    [Answers(typeof(InvoiceView), "As the invoice would be; nothing of it is kept.")]
    [Query("period", "Such as 2026-03; left out: the month that is billed next.")]
    [Refuses(404, 409)]
    public async Task<HttpResponseData> GetInvoicePreview([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/billing/preview")] HttpRequestData request)
        => await request.AnswerAsync(await get.PreviewAsync(request.Tenant(), new QueryParameters(request, "period").Month("period"), request.Cancellation()));

    /// <summary>For printing.</summary>
    [Function(nameof(GetInvoicePage))]
    [Needs(Permission.ReadInvoices)]
    [AnswersWith("text/html", "A page of its own, without scripts.")]
    public async Task<HttpResponseData> GetInvoicePage([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/invoices/{id}/page")] HttpRequestData request, string id)
        => await WriteAsync(request, await FindAsync(id, invoice => print.PageAsync(request.Tenant(), invoice, request.Cancellation())), "text/html; charset=utf-8", page => Encoding.UTF8.GetBytes(page));

    /// <summary>As PDF.</summary>
    [Function(nameof(GetInvoicePdf))]
    [Needs(Permission.ReadInvoices)]
    [AnswersWith("application/pdf", "The file.")]
    public async Task<HttpResponseData> GetInvoicePdf([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/invoices/{id}/pdf")] HttpRequestData request, string id)
        => await WriteAsync(request, await FindAsync(id, invoice => print.PdfAsync(request.Tenant(), invoice, request.Cancellation())), "application/pdf", pdf => pdf);

    /// <summary>What a line was made of, the oldest first: drivers, messages, the adjustment, or the invoice that is credited. A line of a company that this one pays for leads to what that one used.</summary>
    [Function(nameof(GetInvoiceLineUsage))]
    [Needs(Permission.ReadInvoices)]
    [Answers(typeof(Page<LineUsage>), "A page. Ids alone, no names and no phones.")]
    [PathText("number", "The line's number.")]
    [Refuses(409)]
    public async Task<HttpResponseData> GetInvoiceLineUsage([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/invoices/{id}/lines/{number}/usage")] HttpRequestData request, string id, string number)
    {
        var page = new QueryParameters(request).Page();
        return await request.AnswerAsync(await FindAsync(id, invoice => explain.HandleAsync(LookOf(request, invoice, number), page, request.Cancellation())));
    }

    /// <summary>All of it as CSV, in UTF-8 with a byte order mark. A cell that would be a formula begins with an apostrophe.</summary>
    [Function(nameof(GetInvoiceLineUsageCsv))]
    [Needs(Permission.ReadInvoices)]
    [AnswersWith("text/csv", "The file.")]
    [PathText("number", "The line's number.")]
    [Refuses(409)]
    public async Task<HttpResponseData> GetInvoiceLineUsageCsv([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/invoices/{id}/lines/{number}/usage.csv")] HttpRequestData request, string id, string number)
    {
        var file = await FindAsync(id, invoice => explain.WriteCsvAsync(LookOf(request, invoice, number), request.Cancellation()));
        return file.IsOk ? await CsvAnswer.WriteAsync(request, "line-usage.csv", file.Value.Pieces) : await ApiAnswer.Of(file.Error).WriteAsync(request);
    }

    // What is no number is none that a line has.
    private static LineLook LookOf(HttpRequestData request, Guid invoice, string number)
        => new(request.Tenant(), invoice, int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var line) ? line : 0, request.Caller());

    private static async Task<Result<T>> FindAsync<T>(string id, Func<Guid, Task<Result<T>>> find) => Guid.TryParse(id, out var invoice) ? await find(invoice) : BillingErrors.InvoiceNotFound;

    private static Task<HttpResponseData> WriteAsync<T>(HttpRequestData request, Result<T> result, string contentType, Func<T, byte[]> write)
        => result.IsOk ? new ApiAnswer(HttpStatusCode.OK, write(result.Value)) { ContentType = contentType }.WriteAsync(request) : ApiAnswer.Of(result.Error).WriteAsync(request);
}
