using FleetChat.Core.Billing.Documents;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Calls;
using FleetChat.Core.Inbox;
using FleetChat.Core.Mail;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.Options;
using MimeKit;

namespace FleetChat.Tests.Billing.Invoices;

/// <summary>What becomes final reaches the company by e-mail: once, to whoever is its contact, with its PDF.</summary>
public sealed class SendInvoiceTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private BillingDay _day = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database);
        _day = await BillingDay.StartAsync(_fleet);
        BillingDay.Value(await _fleet.Get<ChangeTenant>().HandleAsync(new(_day.Company.Id, new(PrimaryContact: new PrimaryContact("Ida", "ida@example.com", null)), BillingDay.Operator), default));
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Invoice_and_credit_note_go_out_with_their_PDFs()
    {
        var invoice = await _day.FinalAsync();
        await _day.BillAsync();
        var credit = BillingDay.Value(await _fleet.Get<ChangeDebt>().CreditAsync(new(_day.Company.Id, invoice.Id, 100, "Sorry", BillingDay.Operator, null), default));

        var letters = await ReadAsync();

        Assert.Equal([$"Credit note {credit.Number} of FleetChat", $"Invoice {invoice.Number} of FleetChat"], letters.Select(letter => letter.Subject).Order());
        Assert.All(letters, letter => Assert.Equal("ida@example.com", letter.To.Mailboxes.Single().Address));
        var sent = letters.Single(letter => letter.Subject!.StartsWith("Invoice", StringComparison.Ordinal));
        Assert.Contains($"{MoneyText.Write(invoice.TotalAmount, "USD")}, to be paid by 16 April 2026.", sent.TextBody, StringComparison.Ordinal);
        var attached = Assert.IsType<MimePart>(Assert.Single(sent.Attachments));
        Assert.Equal(($"{invoice.Number}.pdf", "application/pdf"), (attached.FileName, attached.ContentType.MimeType));
        using var content = new MemoryStream();
        await attached.Content!.DecodeToAsync(content);
        Assert.StartsWith("%PDF-", System.Text.Encoding.ASCII.GetString(content.ToArray()[..5]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_month_that_costs_nothing_makes_no_letter()
    {
        Assert.Equal(0, (await _day.FinalAsync(0, 0)).TotalAmount);

        Assert.Empty(await ReadAsync());
    }

    private async Task<List<MimeMessage>> ReadAsync()
    {
        await _fleet.WorkAsync([], call: [new Nudge(_day.Company.Id, CallLanes.Mail)]);
        var folder = _fleet.Get<IOptions<MailOptions>>().Value.Folder;
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.eml").Select(file => MimeMessage.Load(file))] : [];
    }
}
