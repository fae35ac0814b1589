using System.Net;
using System.Text.Json;
using FleetChat.Core.Billing;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Rating;
using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Simulators.Stripe;
using FleetChat.Tests.Security;
using FleetChat.Tests.Security.People;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>Paying over HTTP, with Stripe's page and webhooks, carried by the orchestration: for the company, for the operator, and for nobody else.</summary>
public sealed class PaymentApiTests(PaymentApiTests.PayingPeople people) : IClassFixture<PaymentApiTests.PayingPeople>
{
    private static readonly TimeZoneInfo s_zone = TimeZoneInfo.FindSystemTimeZoneById("America/Chicago");

    public sealed class PayingPeople : PeopleFixture
    {
        internal StripeSimulator Stripe { get; private set; } = null!;

        protected override IReadOnlyDictionary<string, string?> MoreSettings => new Dictionary<string, string?>
        {
            ["FleetChat:Stripe:ApiKey"] = "sk_test_simulated",
            ["FleetChat:Stripe:WebhookSecret"] = NewEndpoint.UsualSecret,
            ["FleetChat:Stripe:BaseUrl"] = Stripe.Address.ToString(),
        };

        public override async Task InitializeAsync()
        {
            Stripe = await StripeSimulator.StartAsync(new());
            await base.InitializeAsync();
            await Stripe.Control.AddEndpointAsync(new(new(Host.Address, "/api/stripe/webhook"), NewEndpoint.UsualSecret));
            await Host.Get<RateCards>().EnterAsync(new("USD", "2020-01", new Dictionary<string, TierPrice> { ["starter"] = new(900, 10, 1.5m, []) }, "test"), default);
        }

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await Stripe.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_card_is_entered_by_the_link_and_what_is_open_is_charged_refunded_and_shown()
    {
        var invoice = await FinalAsync(people.A);
        var link = await JsonAsync(Roles.TenantAdmin, "/api/billing/payment-link", "POST");
        var url = new Uri(link.GetProperty("url").GetString()!);
        using var page = await FollowAsync(url.AbsolutePath);
        Assert.Equal(HttpStatusCode.SeeOther, page.StatusCode);
        Assert.StartsWith(people.Stripe.Address.ToString(), page.Headers.Location!.ToString(), StringComparison.Ordinal);

        await people.Stripe.Control.CompleteCheckoutAsync(new((await people.Stripe.Control.ViewAsync()).Sessions[^1].Id));

        await Until.TrueAsync(async () => (await JsonAsync(Roles.TenantAdmin, $"/api/invoices/{invoice}")).GetProperty("status").GetString() == "paid", "the invoice to be paid", TimeSpan.FromSeconds(120));
        var method = (await JsonAsync(Roles.TenantAdmin, "/api/billing/payment-method")).GetProperty("method");
        Assert.Equal("card", method.GetProperty("kind").GetString());
        var account = $"/api/platform/tenants/{people.A.Tenant}";
        await JsonAsync(Roles.PlatformOperator, $"{account}/invoices/{invoice}/credit-notes", "POST", """{"amount": 300, "reason": "Sorry"}""");
        Assert.Equal("begun", (await JsonAsync(Roles.PlatformOperator, $"{account}/invoices/{invoice}/refunds", "POST", """{"amount": 300, "reason": "Sorry"}""", HttpStatusCode.Accepted)).GetProperty("status").GetString());
        await Until.TrueAsync(async () => (await JsonAsync(Roles.TenantAdmin, $"/api/invoices/{invoice}/payments")).GetProperty("refunds").EnumerateArray().All(refund => refund.GetProperty("status").GetString() == "succeeded"), "the refund to arrive");
        var books = await JsonAsync(Roles.TenantAdmin, $"/api/invoices/{invoice}/payments");
        Assert.Equal(["credit_note", "invoice", "payment", "refund"], books.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("kind").GetString()).Order());
        Assert.Equal(0, books.GetProperty("entries").EnumerateArray().Sum(entry => entry.GetProperty("amount").GetInt64()));
        using var foreign = await people.AskAsync("other", $"/api/invoices/{invoice}/payments");
        await HttpAssert.ProblemAsync(foreign, HttpStatusCode.NotFound, "billing.invoice_not_found");
        using var crossed = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{people.B.Tenant}/invoices/{invoice}/refunds", method: "POST", json: """{"amount": 1, "reason": "x"}""");
        await HttpAssert.ProblemAsync(crossed, HttpStatusCode.NotFound, "billing.invoice_not_found");
        Assert.Equal(1, Assert.Single(await people.Stripe.Control.MoneyAsync(invoice)).Charges);
    }

    [Fact]
    public async Task A_company_that_is_suspended_can_still_pay_and_change_nothing_else()
    {
        await people.Host.Get<SuspendTenant>().SuspendAsync(people.B.Tenant, "unpaid", "test", default);
        try
        {
            Assert.NotNull((await JsonAsync("other", "/api/billing/payment-link", "POST")).GetProperty("url").GetString());
            using var refused = await people.AskAsync("other", "/api/pauses", method: "POST", json: """{"minutes": 5}""");
            await HttpAssert.ProblemAsync(refused, HttpStatusCode.Forbidden, "tenants.suspended");
        }
        finally
        {
            await people.Host.Get<SuspendTenant>().LiftAsync(people.B.Tenant, "test", default);
        }
    }

    [Fact]
    public async Task Dunning_is_held_by_an_operator_until_a_day()
    {
        var account = $"/api/platform/tenants/{people.B.Tenant}";
        var until = TimeProvider.System.GetUtcNow().AddDays(3);
        var held = await JsonAsync(Roles.PlatformOperator, $"{account}/dunning-hold", "PUT", $$"""{"until": "{{until:O}}", "reason": "They talk"}""");
        Assert.Equal("They talk", held.GetProperty("held_for").GetString());
        Assert.Equal("They talk", (await JsonAsync(Roles.PlatformOperator, $"{account}/payment-method")).GetProperty("held_for").GetString());

        Assert.Equal(JsonValueKind.Null, (await JsonAsync(Roles.PlatformOperator, $"{account}/dunning-hold", "DELETE")).GetProperty("held_until").ValueKind);
    }

    [Theory]
    [InlineData("""{"reason": "x"}""", "payments.hold_invalid")]
    [InlineData("""{"until": "2001-01-01T00:00:00Z", "reason": "x"}""", "payments.hold_invalid")]
    [InlineData("""{"until": "2999-01-01T00:00:00Z", "reason": "x"}""", "payments.hold_invalid")]
    public async Task A_hold_that_makes_no_sense_is_refused(string body, string code)
    {
        using var refused = await people.AskAsync(Roles.PlatformOperator, $"/api/platform/tenants/{people.B.Tenant}/dunning-hold", method: "PUT", json: body);

        await HttpAssert.ProblemAsync(refused, HttpStatusCode.BadRequest, code);
    }

    [Theory]
    [InlineData("/pay/nonsense", HttpStatusCode.Unauthorized)]
    [InlineData("/pay/YQ.YQ", HttpStatusCode.Unauthorized)]
    [InlineData("/payment/entered", HttpStatusCode.OK)]
    [InlineData("/payment/left", HttpStatusCode.OK)]
    [InlineData("/payment/other", HttpStatusCode.NotFound)]
    public async Task Who_comes_by_a_link_is_told_what_he_can_do(string path, HttpStatusCode expected)
    {
        using var answer = await FollowAsync(path);

        Assert.Equal((expected, "text/plain"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task A_webhook_without_Stripes_signature_is_refused()
    {
        using var client = new HttpClient { BaseAddress = people.Host.Address };
        using var body = new StringContent("""{"id": "evt_1", "type": "payment_intent.succeeded"}""");

        using var refused = await client.PostAsync("/api/stripe/webhook", body);

        Assert.Equal((HttpStatusCode.Unauthorized, "Unauthorized"), (refused.StatusCode, await refused.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_link_to_a_medium_opens_no_payment_page()
    {
        var media = await people.Host.Get<Core.Security.SignedLinks>().MakeAsync(new("media_link", "/media/", TimeSpan.FromMinutes(5)), people.A.Tenant, Guid.Empty, default);

        using var refused = await FollowAsync($"/pay/{media.Url.Segments[^1]}");

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    private async Task<HttpResponseMessage> FollowAsync(string path)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = people.Host.Address };
        return await client.GetAsync(path);
    }

    /// <summary>A month of two drivers that became final.</summary>
    private async Task<string> FinalAsync(ApiCompany company)
    {
        var period = BillingPeriod.Of(TimeProvider.System.GetUtcNow(), s_zone).AddMonths(-2);
        var (db, at) = (people.Host.Get<TenantDbs>().For(company.Tenant), BillingPeriod.StartOf(period.AddDays(9), s_zone));
        await people.Host.Database.ExecuteAsAdminAsync("delete from fleet.service_terms where tenant_id = $1", P.Text(company.Tenant.Value));
        await db.ExecuteAsync(ServiceTerms.Note, default, P.Day(period), P.Text("starter"), P.Bool(true));
        await db.ExecuteAsync("""
            insert into fleet.usage_facts (tenant_id, kind, source_id, part, period, at, amount)
            select $1, 'driver_active', gen_random_uuid(), $2::text, $2, $3, 1
            from generate_series(1, 2)
            """, default, P.Day(period), P.Time(at));
        await Books.KeepAsync(db, s_zone, default);
        Assert.True((await people.Host.Get<InvoiceMonth>().HandleAsync(company.Tenant, period, default)).IsFinal);
        return InvoiceIds.Of(company.Tenant, period).ToString();
    }

    private async Task<JsonElement> JsonAsync(string who, string path, string method = "GET", string? json = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await people.AskAsync(who, path, method: method, json: json);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
