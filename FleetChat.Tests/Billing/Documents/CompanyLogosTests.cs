using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Webhooks;
using FleetChat.Tests.Billing.Invoices;
using FleetChat.Tests.Postgres;
using FleetChat.Tests.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using UglyToad.PdfPig;

namespace FleetChat.Tests.Billing.Documents;

/// <summary>A company's logo comes from wherever the company says, over real HTTP, and no document waits for it or fails by it.</summary>
public sealed class CompanyLogosTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private BillingDay _day = null!;
    private HookReceiver _site = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        // The site of a company is on this machine here.
        _fleet = await TestFleet.StartAsync(_database, services => services.Configure<WebhookOptions>(options => options.AllowLoopback = true));
        _day = await BillingDay.StartAsync(_fleet);
        _site = await HookReceiver.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _site.DisposeAsync();
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Logo_is_on_the_page_and_in_the_PDF()
    {
        _site.Answer = (context, _) => context.Response.Body.WriteAsync(Pictures.Png).AsTask();
        var invoice = await _day.FinalAsync();
        var without = await PdfAsync(invoice.Id);

        await SetLogoAsync(_site.Url);

        Assert.Contains($"data:image/png;base64,{Convert.ToBase64String(Pictures.Png)}", await PageAsync(invoice.Id), StringComparison.Ordinal);
        Assert.Equal((0, 1), (CountPictures(without), CountPictures(await PdfAsync(invoice.Id))));
        Assert.Equal(2, _site.Received.Count);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("moved")]
    [InlineData("no picture")]
    [InlineData("too large")]
    [InlineData("cut off")]
    [InlineData("never ends")]
    public async Task Whatever_is_wrong_with_it_the_invoice_comes_without(string fault)
    {
        _site.Answer = (context, _) => AnswerAsync(context.Response, fault);
        var invoice = await _day.FinalAsync();
        await SetLogoAsync(_site.Url);

        Assert.True(await PageAsync(invoice.Id) is var page && page.Contains(invoice.Number!, StringComparison.Ordinal) && !page.Contains("<img", StringComparison.Ordinal), fault);
        Assert.Equal("/hook", Assert.Single(_site.Received).Path);
    }

    [Theory]
    [InlineData("https://10.0.0.1/logo.png")]
    [InlineData("https://169.254.169.254/metadata")]
    [InlineData("http://example.com/logo.png")]
    [InlineData("not an address")]
    public async Task Where_nobody_may_be_sent_nobody_goes(string url)
    {
        var invoice = await _day.FinalAsync();
        await SetLogoAsync(url);

        Assert.DoesNotContain("<img", await PageAsync(invoice.Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_neighbours_logo_is_on_nobody_elses_invoice()
    {
        _site.Answer = (context, _) => context.Response.Body.WriteAsync(Pictures.Png).AsTask();
        var invoice = await _day.FinalAsync();
        var beside = await _fleet.AddCompanyAsync("beside");
        await _database.ExecuteAsAdminAsync($"update fleet.tenant_configurations set company_logo_url = '{_site.Url}' where tenant_id = '{beside.Id}'");

        Assert.DoesNotContain("<img", await PageAsync(invoice.Id), StringComparison.Ordinal);
        Assert.Empty(_site.Received);
    }

    private static async Task AnswerAsync(HttpResponse response, string fault)
    {
        switch (fault)
        {
            case "gone":
                response.StatusCode = 404;
                break;
            case "moved":
                response.Redirect("/elsewhere");
                break;
            case "no picture":
                await response.WriteAsync("<html>Not found</html>");
                break;
            case "too large":
                await response.Body.WriteAsync(new byte[InvoiceLogo.MostBytes + 1]);
                break;
            case "cut off":
                response.HttpContext.Abort();
                break;
            default:
                var isGone = new TaskCompletionSource();
                await using (response.HttpContext.RequestAborted.Register(isGone.SetResult)) await isGone.Task;
                break;
        }
    }

    // Entered it is https; a site of this machine has no certificate.
    private Task SetLogoAsync(string url)
        => _database.ExecuteAsAdminAsync($"update fleet.tenant_configurations set company_logo_url = '{url}' where tenant_id = '{_day.Company.Id}'");

    private async Task<string> PageAsync(Guid invoice) => BillingDay.Value(await _fleet.Get<PrintInvoice>().PageAsync(_day.Company.Id, invoice, default));

    private async Task<byte[]> PdfAsync(Guid invoice) => BillingDay.Value(await _fleet.Get<PrintInvoice>().PdfAsync(_day.Company.Id, invoice, default));

    private static int CountPictures(byte[] pdf)
    {
        using var document = PdfDocument.Open(pdf);
        return document.GetPage(1).GetImages().Count();
    }
}
