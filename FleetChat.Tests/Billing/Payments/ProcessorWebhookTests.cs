using System.Text;
using FleetChat.Core.Billing.Payments;
using FleetChat.Simulators.Stripe;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>Whom the client believes.</summary>
public sealed class ProcessorWebhookTests
{
    private const string Current = "whsec_current_of_fleetchat";
    private const string Former = "whsec_former_of_fleetchat";
    private const string Other = "whsec_of_somebody_else_there";

    private static readonly DateTimeOffset s_now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMinutes(5);
    private static readonly byte[] s_body = Encoding.UTF8.GetBytes("""
        {"id":"evt_1","object":"event","api_version":"2019-02-19","created":1772438400,"type":"charge.dispute.created",
         "data":{"object":{"id":"du_1","object":"dispute","payment_intent":{"id":"pi_1","object":"payment_intent"},"charge":"ch_1","reason":"Schädigung","metadata":{}}}}
        """);

    [Theory]
    [InlineData(new[] { Current }, new[] { Current }, true)]
    [InlineData(new[] { Current, Former }, new[] { Current, Former }, true)]
    [InlineData(new[] { Current, Former }, new[] { Former }, true)]
    [InlineData(new[] { Former }, new[] { Current, Former }, true)]
    [InlineData(new[] { Other, Current }, new[] { Current }, true)]
    [InlineData(new[] { Other }, new[] { Current, Former }, false)]
    [InlineData(new[] { Former }, new[] { Current }, false)]
    [InlineData(new string[0], new[] { Current }, false)]
    [InlineData(new[] { "" }, new[] { "" }, false)]
    [InlineData(new[] { Current }, new string[0], false)]
    public void Any_valid_secret_of_ours_will_do(string[] signing, string[] ours, bool isBelieved)
        => Assert.Equal(isBelieved, TryRead(s_body, StripeSigning.Header(s_now, s_body, signing), ours));

    [Theory]
    [InlineData(0, true)]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    public void A_signature_counts_for_some_minutes(int seconds, bool isBelieved)
        => Assert.Equal(isBelieved, TryRead(s_body, StripeSigning.Header(s_now.AddSeconds(seconds), s_body, Current)));

    [Fact]
    public void A_byte_of_the_body_or_another_time_breaks_it()
    {
        var header = StripeSigning.Header(s_now, s_body, Current);
        byte[] tampered = [.. s_body];
        tampered[^3] ^= 1;

        Assert.True(TryRead(s_body, header));
        Assert.False(TryRead(tampered, header));
        Assert.False(TryRead([.. s_body, (byte)' '], header));
        Assert.False(TryRead(s_body, header.Replace("t=1772438400", "t=1772438401", StringComparison.Ordinal)));
        Assert.False(TryRead(s_body, header.Replace("v1=", "v0=", StringComparison.Ordinal)));
        Assert.False(TryRead(s_body, header.ToUpperInvariant()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("t=1772438400")]
    [InlineData("t=1772438400,v1=")]
    [InlineData("v1=00,t=")]
    [InlineData("t=99999999999999999999,v1=00")]
    [InlineData("t=-1,v1=é")]
    [InlineData(",,,===,v1")]
    public void A_header_that_is_none_is_not_believed(string? header) => Assert.False(TryRead(s_body, header));

    [Fact]
    public void A_header_without_end_is_not_read()
        => Assert.False(TryRead(s_body, $"{StripeSigning.Header(s_now, s_body, Current)},{string.Join(',', Enumerable.Repeat("v1=00", 1_000))}"));

    [Fact]
    public void Of_an_event_its_ids_are_read_whatever_its_version_is()
    {
        Assert.True(StripeWebhook.TryParse(s_body, out var happened));

        Assert.Equal(new PaymentEvent("evt_1", "charge.dispute.created", s_now, PaymentSubject.Dispute, "du_1", "pi_1", null, null), happened);
    }

    [Theory]
    [InlineData("'object':'payment_intent','id':'pi_1','customer':'cus_1'", PaymentSubject.Payment, "pi_1", "pi_1")]
    [InlineData("'object':'charge','id':'ch_1','payment_intent':'pi_1','customer':'cus_1'", PaymentSubject.Payment, "pi_1", "pi_1")]
    [InlineData("'object':'charge','id':'ch_1','payment_intent':null,'customer':'cus_1'", PaymentSubject.Other, "ch_1", null)]
    [InlineData("'object':'checkout.session','id':'cs_1','customer':{'id':'cus_1'}", PaymentSubject.Setup, "cs_1", null)]
    public void An_event_says_what_to_ask_for(string subject, PaymentSubject kind, string id, string? payment)
    {
        var body = Encoding.UTF8.GetBytes($$"""
            { "id": "evt_1", "type": "any", "created": 1772438400, "data": { "object": { {{subject.Replace('\'', '"')}}, "metadata": { "invoice": "{{ProcessorBench.Invoice}}" } } } }
            """);

        Assert.True(StripeWebhook.TryParse(body, out var happened));

        Assert.Equal(new PaymentEvent("evt_1", "any", s_now, kind, id, payment, "cus_1", ProcessorBench.Invoice), happened);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":"evt_1","type":"any","data":{"object":{}}}""")]
    [InlineData("""{"id":"evt_1","type":"any","created":"soon","data":{"object":{}}}""")]
    [InlineData("""{"id":"evt_1","type":"any","created":1772438400,"data":[]}""")]
    [InlineData("""{"id":"evt_1","type":"any","created":1e300,"data":{"object":{}}}""")]
    public void What_is_signed_and_no_event_is_not_read(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);

        Assert.False(TryRead(bytes, StripeSigning.Header(s_now, bytes, Current)));
    }

    private static bool TryRead(byte[] body, string? header, string[]? secrets = null) => StripeWebhook.TryRead(body, header, secrets ?? [Current], s_tolerance, s_now, out _);
}
