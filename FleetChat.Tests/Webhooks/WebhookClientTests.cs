using System.Net;
using System.Net.Sockets;
using FleetChat.Core.Webhooks;
using Microsoft.Extensions.Options;
using Moq;

namespace FleetChat.Tests.Webhooks;

/// <summary>The way to receivers as it is in production, with names that resolve as a test likes.</summary>
public sealed class WebhookClientTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fe80::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    public async Task A_name_that_points_inside_by_now_gets_no_connection(string address)
    {
        using var inside = new TcpListener(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        inside.Start();
        using var client = Client(allowLoopback: true, _ => [IPAddress.Parse(address)]);

        var reply = await PostAsync(client, $"https://hooks.example.com:{Port(inside)}/");

        Assert.Equal(new(null, "address_refused"), reply);
        Assert.False(inside.Pending());
    }

    [Fact]
    public async Task A_name_is_looked_up_once_and_what_was_looked_at_is_what_is_connected_to()
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var looks = 0;
        // The first answer could be connected to; a second look would lead inside.
        using var client = Client(allowLoopback: true, _ => ++looks == 1 ? [IPAddress.IPv6Loopback] : [IPAddress.Loopback]);

        var reply = await PostAsync(client, $"http://localhost:{Port(inside)}/");

        Assert.Equal(new(null, "no_connection"), reply);
        Assert.Equal(1, looks);
        Assert.False(inside.Pending());
    }

    [Theory]
    [InlineData("https://127.0.0.1")]
    [InlineData("https://[::1]")]
    [InlineData("https://[::ffff:127.0.0.1]")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://localhost")]
    public async Task An_address_that_was_entered_while_it_was_allowed_gets_nothing_when_it_is_not(string url)
    {
        using var inside = new TcpListener(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        inside.Start();
        using var client = Client(allowLoopback: false, _ => [IPAddress.Loopback]);

        Assert.Equal(new(null, "address_refused"), await PostAsync(client, $"{url}:{Port(inside)}/"));
        Assert.False(inside.Pending());
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_an_answer_and_not_followed(int status)
    {
        await using var receiver = await HookReceiver.StartAsync();
        receiver.Answer = (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        };
        using var client = Client(allowLoopback: true);

        Assert.Equal(status, (await PostAsync(client, receiver.Url)).Code);
        Assert.Equal("/hook", Assert.Single(receiver.Received).Path);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var receiver = await HookReceiver.StartAsync();
        var cut = new TaskCompletionSource();
        receiver.Answer = async (context, _) =>
        {
            context.RequestAborted.Register(() => cut.TrySetResult());
            var flood = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(flood);
        };
        using var client = Client(allowLoopback: true);

        Assert.Equal(200, (await PostAsync(client, receiver.Url)).Code);
        await cut.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_receiver_sees_what_the_standard_says_and_nothing_of_us()
    {
        await using var receiver = await HookReceiver.StartAsync();
        using var client = Client(allowLoopback: true);
        using var activity = new System.Diagnostics.Activity("a webhook").Start();

        await PostAsync(client, receiver.Url);

        Assert.Equal(
            ["content-length", "content-type", "host", "user-agent", "webhook-id", "webhook-signature", "webhook-timestamp"],
            Assert.Single(receiver.Received).Headers.Keys.Order());
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("Mon, 02 Mar 2026 12:10:00 GMT", 600)]
    [InlineData("99999999", 86400)]
    [InlineData("soon", null)]
    public async Task What_the_receiver_asks_for_is_read(string header, int? seconds)
    {
        await using var receiver = await HookReceiver.StartAsync();
        receiver.Answer = (context, _) =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers["Retry-After"] = header;
            return Task.CompletedTask;
        };
        using var client = Client(allowLoopback: true);

        var reply = await PostAsync(client, receiver.Url);

        Assert.Equal(seconds, (int?)reply.RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task Names_and_hosts_that_are_not_there_are_told_apart()
    {
        await using var receiver = await HookReceiver.StartAsync();
        using var client = Client(allowLoopback: true, _ => throw new SocketException((int)SocketError.HostNotFound));
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = Port(closed);
        closed.Stop();

        Assert.Equal("name_unknown", (await PostAsync(client, "https://nobody.example.com/")).Outcome);
        Assert.Equal("no_connection", (await PostAsync(client, $"http://127.0.0.1:{port}/")).Outcome);
        Assert.Equal("tls_failed", (await PostAsync(client, receiver.Url.Replace("http:", "https:", StringComparison.Ordinal))).Outcome);
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static Task<WebhookReply> PostAsync(WebhookClient client, string url) => client.PostAsync(new(new(url), "msg_1", At, "v1,x", "{}"u8.ToArray()), default);

    private static WebhookClient Client(bool allowLoopback, Func<string, IPAddress[]>? resolve = null)
    {
        var resolver = new Mock<IHostResolver>(MockBehavior.Strict);
        if (resolve is not null)
            resolver.Setup(r => r.ResolveAsync(It.IsAny<string>(), It.IsAny<CancellationToken>())).Returns((string host, CancellationToken _) => Task.FromResult(resolve(host)));
        return new(new(new(Options.Create(new WebhookOptions { AllowLoopback = allowLoopback })), resolver.Object), new Microsoft.Extensions.Time.Testing.FakeTimeProvider(At));
    }
}
