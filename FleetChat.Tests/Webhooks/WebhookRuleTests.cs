using System.Net;
using System.Text;
using System.Text.Json;
using FleetChat.Core.Webhooks;
using FleetChat.Tests.Conventions;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Webhooks;

/// <summary>What decides without looking at anything: signatures, addresses, schedules, bodies.</summary>
public sealed class WebhookRuleTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Signature_is_that_of_the_standards_own_vector()
    {
        var secret = new WebhookSecret(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), null);

        var signature = WebhookSecrets.Sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), Encoding.UTF8.GetBytes("""{"test": 2432232314}"""));

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
        Assert.Equal("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", secret.Reveal());
    }

    [Fact]
    public void A_rotated_secret_signs_until_its_overlap_has_ended_however_often_it_is_rotated()
    {
        var first = WebhookSecrets.First();
        var second = WebhookSecrets.Rotate(first, Noon, TimeSpan.FromHours(24));
        var third = WebhookSecrets.Rotate(second, Noon.AddHours(1), TimeSpan.FromHours(24));

        Assert.Equal([second[0].Key, first[0].Key], second.Select(s => s.Key));
        Assert.Equal(3, WebhookSecrets.Valid(third, Noon.AddHours(23)).Count());
        Assert.Equal([third[0].Key, second[0].Key], WebhookSecrets.Valid(third, Noon.AddHours(24)).Select(s => s.Key));
        Assert.Equal([third[0].Key], WebhookSecrets.Valid(third, Noon.AddHours(25)).Select(s => s.Key));
        Assert.Single(WebhookSecrets.Rotate(third, Noon.AddHours(2), TimeSpan.Zero));
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("100.64.0.1", false)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("127.8.9.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("192.0.0.192", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("192.88.99.1", false)]
    [InlineData("198.19.255.255", false)]
    [InlineData("198.51.100.1", false)]
    [InlineData("203.0.113.9", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("2a00:1450:4001:800::200e", true)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::8.8.8.8", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("64:ff9b:1::1", false)]
    [InlineData("100::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("3fff::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fe80::1%2", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public void Only_addresses_of_the_open_internet_are_public(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://hooks.example.com/fleet?key=1", true)]
    [InlineData("https://hooks.example.com:8443/", true)]
    [InlineData("https://8.8.8.8/", true)]
    [InlineData("http://hooks.example.com/", false)]
    [InlineData("ftp://hooks.example.com/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("https://hooks.example.com:25/", false)]
    [InlineData("https://me:secret@hooks.example.com/", false)]
    [InlineData("https://hooks.example.com/#part", false)]
    [InlineData("https://localhost/", false)]
    [InlineData("http://localhost:5000/", false)]
    [InlineData("https://intranet/", false)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("https://2130706433/", false)]
    [InlineData("https://0x7f.1/", false)]
    [InlineData("https://[::1]/", false)]
    [InlineData("https://[::ffff:10.0.0.1]/", false)]
    [InlineData("hooks.example.com", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_https_addresses_that_the_internet_may_reach_are_taken(string? url, bool taken)
        => Assert.Equal(taken, Addresses(allowLoopback: false).TryRead(url) is not null);

    [Theory]
    [InlineData("http://localhost:5000/hook", "127.0.0.1", true)]
    [InlineData("http://127.0.0.1:5000/hook", "127.0.0.1", true)]
    [InlineData("http://[::1]:5000/hook", "::1", true)]
    [InlineData("https://localhost:5000/hook", "::1", true)]
    [InlineData("http://localhost:5000/hook", "8.8.8.8", false)]
    [InlineData("http://localhost:5000/hook", "10.0.0.1", false)]
    [InlineData("https://hooks.example.com/", "127.0.0.1", false)]
    [InlineData("https://hooks.example.com/", "10.0.0.1", false)]
    [InlineData("https://hooks.example.com/", "8.8.8.8", true)]
    public void A_developers_own_machine_is_reached_by_its_own_name_and_nothing_else_changes(string url, string address, bool connects)
    {
        var read = Addresses(allowLoopback: true).TryRead(url);

        Assert.Equal(connects, Addresses(allowLoopback: true).MayConnect(read!, IPAddress.Parse(address)));
        Assert.Equal(connects && PublicAddress.Is(IPAddress.Parse(address)), Addresses(allowLoopback: false).MayConnect(read!, IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("https://fleetchat.example", true, false)]
    [InlineData("https://fleetchat.example", false, true)]
    [InlineData("http://127.0.0.1:7071", true, true)]
    public void A_host_that_the_world_reaches_refuses_to_send_to_its_own_machine(string publicBaseUrl, bool allowLoopback, bool starts)
    {
        var check = new CheckWebhookOptions(Options.Create(new FleetChat.Core.Tenants.PlatformOptions { PublicBaseUrl = new(publicBaseUrl) }));

        Assert.Equal(starts, check.Validate(null, new() { AllowLoopback = allowLoopback }).Succeeded);
    }

    [Fact]
    public void Tries_are_spread_over_three_days_and_then_end()
    {
        var (early, late) = (Walk(0), Walk(1));

        Assert.Equal(DeliverySchedule.MostAttempts, early.Count);
        Assert.Equal(DeliverySchedule.MostAttempts, late.Count);
        Assert.InRange(early[^1] - Noon, TimeSpan.FromDays(2.8), TimeSpan.FromDays(3.2));
        Assert.InRange(late[^1] - Noon, TimeSpan.FromDays(3), TimeSpan.FromDays(3.5));
        Assert.InRange(late[1] - Noon, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));

        static List<DateTimeOffset> Walk(double chance)
        {
            var tries = new List<DateTimeOffset> { Noon };
            while (DeliverySchedule.NextTry(tries.Count, Noon, null, tries[^1], chance) is { } next) tries.Add(next);
            return tries;
        }
    }

    [Fact]
    public void What_the_receiver_asks_for_is_kept_until_it_is_too_late()
    {
        Assert.Equal(Noon.AddHours(1), DeliverySchedule.NextTry(1, Noon, TimeSpan.FromHours(1), Noon, 0.5));
        Assert.Equal(Noon.AddHours(2), DeliverySchedule.NextTry(4, Noon, TimeSpan.FromSeconds(1), Noon, 0.5));
        Assert.Null(DeliverySchedule.NextTry(4, Noon.AddDays(-3.5), TimeSpan.FromHours(24), Noon, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(5), DeliverySchedule.Pause(1, null));
        Assert.Equal(TimeSpan.FromMinutes(5), DeliverySchedule.Pause(50, null));
        Assert.Equal(TimeSpan.FromHours(1), DeliverySchedule.Pause(1, TimeSpan.FromHours(1)));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60_000)]
    public void A_body_is_small_however_much_was_said(int length)
    {
        var text = string.Concat(Enumerable.Repeat("😀né", length / 4));

        var body = WebhookBody.Write("message.received", Noon, new { Id = 7, Text = text, Buttons = Enumerable.Repeat(new { Title = text }, 10) });

        Assert.True(body.Length < 20_000, $"{body.Length} bytes");
        using var json = JsonDocument.Parse(body);
        Assert.Equal(["type", "timestamp", "data"], json.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("2026-03-02T12:00:00Z", json.RootElement.GetProperty("timestamp").GetString());
        var said = json.RootElement.GetProperty("data").GetProperty("text").GetString()!;
        Assert.Equal(said.TrimEnd('…'), text[..said.TrimEnd('…').Length]);
        Assert.Equal(length > 1000, said.EndsWith('…'));
    }

    [Fact]
    public void Receivers_are_told_of_every_type_there_is()
    {
        var guide = Sources.Read("docs/webhooks.md");

        Findings.AssertNone(WebhookEventTypes.Names.Append(WebhookEventTypes.Test).Where(name => !guide.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    private static WebhookAddresses Addresses(bool allowLoopback) => new(Options.Create(new WebhookOptions { AllowLoopback = allowLoopback }));
}
