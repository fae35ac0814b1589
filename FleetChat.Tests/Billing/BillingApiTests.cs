using System.Net;
using System.Text.Json;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Billing;

/// <summary>Prices, runs, invoices and what becomes of them, over HTTP: for the operator, for the company, and for nobody else.</summary>
public sealed class BillingApiTests(PeopleFixture people) : IClassFixture<PeopleFixture>
{
    private const string Card = """
        {"currency": "USD", "valid_from": "2020-01", "tiers": {"starter": {"price_per_driver": 900, "included_messages": 10, "price_per_message": 1.5, "brackets": [{"above": 1, "discount_percent": 50}]}}}
        """;

    private static readonly TimeZoneInfo s_zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");

    [Fact]
    public async Task A_month_is_billed_by_a_run_and_its_invoice_is_read_credited_and_paid()
    {
        await OperatorAsync("POST", "/api/platform/rate-cards", Card);
        var period = await UseTwoMonthsAgoAsync(people.A, drivers: 2);
        await OperatorAsync("PUT", $"/api/platform/tenants/{people.A.Tenant}/billing-account", """{"tax_percent": 10, "payment_days": 30}""");
        var shown = await OperatorAsync("POST", $"/api/platform/tenants/{people.A.Tenant}/months/{period}/adjustments", """{"text": "Outage", "amount": -350}""");
        Assert.Equal(-350, shown.GetProperty("amount").GetInt64());
        Assert.Equal(1, (await OperatorAsync("GET", $"/api/platform/tenants/{people.A.Tenant}/months/{period}/adjustments")).GetProperty("data").GetArrayLength());

        var invoice = await RunAsync(people.A, period);

        // 9.00 and a second driver at half of it, 3.50 off; ten percent of tax.
        Assert.Equal("1800 450 0 -350 100 1100", string.Join(' ', new[] { "base_cost", "volume_discount", "message_charge", "adjustment_amount", "tax_amount", "total_amount" }.Select(name => invoice.GetProperty(name).GetInt64())));
        var path = $"/api/platform/tenants/{people.A.Tenant}/invoices/{invoice.GetProperty("id")}";
        Assert.Equal("credit_note", (await OperatorAsync("POST", $"{path}/credit-notes", """{"amount": 100, "reason": "Sorry"}""")).GetProperty("kind").GetString());
        Assert.Equal("paid", (await OperatorAsync("POST", $"{path}/payments", """{"amount": 1000, "reference": "bank 1"}""")).GetProperty("status").GetString());
        Assert.Equal(400, (await OperatorAsync("POST", $"{path}/bank-reversals", """{"amount": 400, "reference": "bank 1", "reason": "It was 6.00"}""")).GetProperty("due_amount").GetInt64());
        Assert.Equal(0, (await OperatorAsync("POST", $"{path}/payments", """{"amount": 400, "reference": "bank 2"}""")).GetProperty("due_amount").GetInt64());
        await OperatorAsync("POST", $"{path}/credit-notes", """{"amount": 250, "reason": "Sorry"}""");
        Assert.Equal(0, (await OperatorAsync("POST", $"{path}/bank-refunds", """{"amount": 250, "reference": "bank 3", "reason": "Sorry"}""")).GetProperty("due_amount").GetInt64());
        foreach (var way in new[] { "bank-refunds", "bank-reversals" })
        {
            using var crossed = await people.AskAsync(Roles.PlatformOperator, path.Replace(people.A.Tenant.Value, people.B.Tenant.Value, StringComparison.Ordinal) + $"/{way}", method: "POST", json: """{"amount": 1, "reference": "bank 1", "reason": "x"}""");
            await HttpAssert.ProblemAsync(crossed, HttpStatusCode.NotFound, "billing.invoice_not_found");
        }
        using var voided = await people.AskAsync(Roles.PlatformOperator, $"{path}/void", method: "POST", json: """{"reason": "x"}""");
        await HttpAssert.ProblemAsync(voided, HttpStatusCode.Conflict, "billing.not_voidable");
        Assert.Equal(["credit_note", "invoice"], (await AdminAsync("/api/invoices")).GetProperty("data").EnumerateArray().Select(one => one.GetProperty("kind").GetString()).Order().Distinct());
        // A company is counted with the last month that it closed; the timer may have closed the one after it meanwhile.
        Assert.Contains((await OperatorAsync("GET", "/api/platform/billing")).GetProperty("data").EnumerateArray(),
            month => string.CompareOrdinal(month.GetProperty("billing_period").GetString(), period) >= 0 && month.GetProperty("closed").GetInt32() > 0);
    }

    [Fact]
    public async Task One_run_bills_a_parent_when_its_children_are_closed()
    {
        await OperatorAsync("POST", "/api/platform/rate-cards", Card);
        // By name the parent is before its children.
        using var parent = await ApiCompany.SetUpAsync(people.Host, "bill_a_parent_001");
        using var first = await ApiCompany.SetUpAsync(people.Host, "bill_b_child_001");
        using var second = await ApiCompany.SetUpAsync(people.Host, "bill_c_child_001");
        var period = await UseTwoMonthsAgoAsync(parent, drivers: 1);
        foreach (var child in new[] { first, second })
        {
            await UseTwoMonthsAgoAsync(child, drivers: 1);
            await people.Host.Database.ExecuteAsAdminAsync("insert into fleet.payer_terms (tenant_id, from_at, parent) values ($1, '2020-01-01Z', $2)", P.Text(child.Tenant.Value), P.Text(parent.Tenant.Value));
        }

        await OperatorAsync("POST", "/api/platform/billing/runs");

        var id = InvoiceIds.Of(parent.Tenant, BillingPeriod.Parse(period));
        InvoiceView? bill = null;
        await Until.TrueAsync(async () =>
        {
            var found = await people.Host.Get<GetInvoice>().HandleAsync(parent.Tenant, id, default);
            bill = found.IsOk ? found.Value : null;
            return bill?.Number is not null;
        }, "the parent's invoice");
        Assert.Equal((2_700, 3), (bill!.TotalAmount, bill.Lines.Select(line => line.Company).Distinct().Count()));
    }

    [Fact]
    public async Task An_invoice_is_printed_for_its_company_and_not_found_by_another()
    {
        await OperatorAsync("POST", "/api/platform/rate-cards", Card);
        var period = await UseTwoMonthsAgoAsync(people.B, drivers: 1);
        var invoice = await RunAsync(people.B, period, "other");
        var id = invoice.GetProperty("id").GetString();

        using var page = await people.AskAsync("other", $"/api/invoices/{id}/page");
        using var pdf = await people.AskAsync("other", $"/api/invoices/{id}/pdf");

        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.Contains(invoice.GetProperty("number").GetString()!, await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith("%PDF-", System.Text.Encoding.ASCII.GetString((await pdf.Content.ReadAsByteArrayAsync())[..5]), StringComparison.Ordinal);
        using var csv = await people.AskAsync("other", $"/api/invoices/{id}/lines/1/usage.csv");
        using var line = await people.AskAsync("other", $"/api/invoices/{id}/lines/one/usage");
        var behind = (await AdminAsync($"/api/invoices/{id}/lines/1/usage", "other")).GetProperty("data").EnumerateArray().Single();
        Assert.Equal(["kind", "id", "driver_id", "direction", "at", "late", "charged", "text", "created_by"], behind.EnumerateObject().Select(member => member.Name));
        Assert.Equal("text/csv", csv.Content.Headers.ContentType!.MediaType);
        Assert.Contains($"driver,{behind.GetProperty("id")},", await csv.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await HttpAssert.ProblemAsync(line, HttpStatusCode.NotFound, "billing.line_not_found");
        foreach (var suffix in new[] { "", "/page", "/pdf", "/lines/1/usage", "/lines/1/usage.csv" })
        {
            using var foreign = await people.AskAsync(Roles.TenantAdmin, $"/api/invoices/{id}{suffix}");
            using var missing = await people.AskAsync(Roles.TenantAdmin, $"/api/invoices/{Http.AccessTests.Missing}{suffix}");
            await HttpAssert.ProblemAsync(foreign, HttpStatusCode.NotFound, "billing.invoice_not_found");
            await HttpAssert.ProblemAsync(missing, HttpStatusCode.NotFound, "billing.invoice_not_found");
        }
        Assert.DoesNotContain(id!, (await AdminAsync("/api/invoices")).GetRawText(), StringComparison.Ordinal);
        // An operator who names the wrong company finds nothing either.
        using var crossed = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{people.A.Tenant}/invoices/{id}/credit-notes", method: "POST", json: """{"reason": "x"}""");
        await HttpAssert.ProblemAsync(crossed, HttpStatusCode.NotFound, "billing.invoice_not_found");
    }

    [Theory]
    [InlineData("rate-cards", """{"currency": "usd", "valid_from": "2026-03", "tiers": {}}""", "billing.price_invalid", "$.currency")]
    [InlineData("rate-cards", """{"currency": "USD", "valid_from": "March", "tiers": {}}""", "billing.price_invalid", "$.valid_from")]
    [InlineData("rate-cards", """{"currency": "USD", "valid_from": "2026-03", "tiers": {}}""", "billing.price_invalid", "$.tiers")]
    [InlineData("rate-cards", """{"currency": "USD", "valid_from": "2026-03", "tiers": {"starter": {"price_per_driver": -1, "included_messages": 1, "price_per_message": 1, "brackets": []}}}""", "billing.price_invalid", "$.tiers")]
    [InlineData("rate-cards", """{"currency": "USD", "valid_from": "2026-03", "tiers": {"starter": null}}""", "billing.price_invalid", "$.tiers")]
    [InlineData("tenants/{a}/agreements", """{"valid_from": "2026-03", "valid_until": "2026-02", "terms": {}}""", "billing.price_invalid", "$.valid_until")]
    [InlineData("tenants/{a}/agreements", """{"valid_from": "2026-03", "terms": {"brackets": [{"above": 5, "discount_percent": 101}]}}""", "billing.price_invalid", "$.terms")]
    [InlineData("tenants/{a}/agreements", """{"valid_from": "2026-03", "terms": {"brackets": [null]}}""", "billing.price_invalid", "$.terms")]
    [InlineData("tenants/{a}/months/2026/adjustments", """{"text": "x", "amount": 1}""", "billing.period_invalid", "period")]
    [InlineData("tenants/{a}/months/2099-01/adjustments", """{"amount": 1}""", "billing.text_invalid", "$.text")]
    [InlineData("tenants/{a}/months/2099-01/adjustments", """{"text": "x"}""", "billing.adjustment_invalid", "$.amount")]
    [InlineData("tenants/{a}/months/2099-01/adjustments", """{"text": "x", "amount": -9223372036854775808}""", "billing.adjustment_invalid", "$.amount")]
    public async Task What_makes_no_sense_is_refused_with_its_field(string path, string body, string code, string field)
    {
        using var refused = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/{path.Replace("{a}", people.A.Tenant.Value, StringComparison.Ordinal)}", method: "POST", json: body);

        Assert.Equal(field, HttpAssert.Field(await HttpAssert.ProblemAsync(refused, HttpStatusCode.BadRequest, code)));
    }

    [Fact]
    public async Task The_same_rate_card_again_is_the_same_version()
    {
        var first = await OperatorAsync("POST", "/api/platform/rate-cards", Card.Replace("USD", "CHF", StringComparison.Ordinal));
        var again = await OperatorAsync("POST", "/api/platform/rate-cards", Card.Replace("USD", "CHF", StringComparison.Ordinal));
        var other = await OperatorAsync("POST", "/api/platform/rate-cards", Card.Replace("USD", "CHF", StringComparison.Ordinal).Replace("900", "901", StringComparison.Ordinal));

        Assert.Equal((1, 1, 2), (first.GetProperty("version").GetInt32(), again.GetProperty("version").GetInt32(), other.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task Companies_that_do_not_exist_are_not_found()
    {
        foreach (var (method, path, body) in new (string, string, string?)[]
        {
            ("GET", "agreements", null), ("POST", "agreements", """{"valid_from": "2026-03", "terms": {}}"""), ("GET", "billing-account", null), ("PUT", "billing-account", "{}"), ("GET", "invoices", null),
            ("GET", "months/2026-03/adjustments", null), ("POST", "months/2026-03/adjustments", """{"text": "x", "amount": 1}"""), ("DELETE", $"months/2026-03/adjustments/{Http.AccessTests.Missing}", null),
        })
        {
            foreach (var id in new[] { "nobody_at_all_001", "no-id" })
            {
                using var response = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{id}/{path}", method: method, json: body);
                await HttpAssert.ProblemAsync(response, HttpStatusCode.NotFound, "tenants.not_found");
            }
        }
    }

    /// <summary>In service since then, and used nothing in the month after it.</summary>
    private async Task<string> UseTwoMonthsAgoAsync(ApiCompany company, int drivers)
    {
        var period = BillingPeriod.Of(TimeProvider.System.GetUtcNow(), s_zone).AddMonths(-2);
        var (db, at) = (people.Host.Get<TenantDbs>().For(company.Tenant), BillingPeriod.StartOf(period.AddDays(9), s_zone));
        await people.Host.Database.ExecuteAsAdminAsync("delete from fleet.service_terms where tenant_id = $1", P.Text(company.Tenant.Value));
        await db.ExecuteAsync(ServiceTerms.Note, default, P.Day(period), P.Text("starter"), P.Bool(true));
        await db.ExecuteAsync("""
            insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
            select $1, 'driver_active', gen_random_uuid(), $2::text, $2, $3, 1
            from generate_series(1, $4)
            """, default, P.Day(period), P.Time(at), P.Number(drivers));
        await UsageSql.FoldAsync(db, default);
        await Books.KeepAsync(db, s_zone, default);
        return BillingPeriod.Write(period);
    }

    private async Task<JsonElement> RunAsync(ApiCompany company, string period, string admin = Roles.TenantAdmin)
    {
        JsonElement invoice = default;
        await OperatorAsync("POST", "/api/platform/billing/runs");
        await Until.TrueAsync(async () =>
        {
            var found = (await AdminAsync("/api/invoices", admin)).GetProperty("data").EnumerateArray().Where(one => one.GetProperty("billing_period").GetString() == period && one.GetProperty("kind").GetString() == "invoice").ToList();
            if (found is not [var only] || only.GetProperty("number").ValueKind == JsonValueKind.Null) return false;
            invoice = only.Clone();
            return true;
        }, $"the invoice of {company.Tenant}");
        return invoice;
    }

    private async Task<JsonElement> AdminAsync(string path, string admin = Roles.TenantAdmin) => await HttpAssert.JsonAsync(people.AskAsync(admin, path));

    private async Task<JsonElement> OperatorAsync(string method, string path, string? json = null) => await HttpAssert.JsonAsync(people.AskAsync(Roles.PlatformOperator, path, method: method, json: json));
}
