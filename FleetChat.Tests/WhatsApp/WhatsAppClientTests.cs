using System.Net;
using System.Text.Json.Nodes;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.WhatsApp;

/// <summary>What goes over the wire; the simulator checks the rest by WhatsApp's limits.</summary>
public sealed class WhatsAppClientTests
{
    [Theory]
    [InlineData(2, """{"type":"button","body":{"text":"Who?"},"action":{"buttons":[{"type":"reply","reply":{"id":"fc1:00000000000000000000000000000007:w0","title":"T0"}},{"type":"reply","reply":{"id":"fc1:00000000000000000000000000000007:w1","title":"T1"}}]}}""")]
    [InlineData(4, """{"type":"list","body":{"text":"Who?"},"action":{"button":"Choose","sections":[{"rows":[{"id":"fc1:00000000000000000000000000000007:w0","title":"T0"},{"id":"fc1:00000000000000000000000000000007:w1","title":"T1"},{"id":"fc1:00000000000000000000000000000007:w2","title":"T2"},{"id":"fc1:00000000000000000000000000000007:w3","title":"T3"}]}]}}""")]
    public async Task Text_with_buttons_is_interactive_and_with_more_than_three_a_list(int buttons, string expected)
    {
        var wire = new Wire("""{"messages":[{"id":"wamid.1"}]}""");
        var content = new MessageContent("Who?") { Buttons = [.. Enumerable.Range(0, buttons).Select(i => new MessageButton($"w{i}", $"T{i}"))], ListLabel = "Choose" };

        await wire.Client.SendAsync(new("10654", "token", true, "+15550001111", new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7), "opaque", content), default);

        Assert.Equal("interactive", (string?)wire.Body["type"]);
        Assert.Equal(expected, wire.Body["interactive"]!.ToJsonString());
    }

    [Fact]
    public async Task Message_is_marked_read()
    {
        var wire = new Wire("""{"success":true}""");

        await wire.Client.MarkReadAsync(new("10654", "token", "wamid.1"), default);

        Assert.Equal("/v23.0/10654/messages", wire.Path);
        Assert.Equal("""{"messaging_product":"whatsapp","status":"read","message_id":"wamid.1"}""", wire.Body.ToJsonString());
    }

    [Fact]
    public async Task Mark_that_is_refused_says_how()
    {
        var wire = new Wire("""{"error":{"message":"as Meta words it","code":100,"fbtrace_id":"trace"}}""", HttpStatusCode.BadRequest);

        var refusal = await Assert.ThrowsAsync<WhatsAppException>(() => wire.Client.MarkReadAsync(new("10654", "token", "wamid.1"), default));

        Assert.Equal((WhatsAppFailure.Permanent, 100), (refusal.Failure, refusal.Code));
    }

    private sealed class Wire(string answer, HttpStatusCode status = HttpStatusCode.OK) : HttpMessageHandler
    {
        public WhatsAppClient Client => new(new(this), Options.Create(new WhatsAppOptions { GraphBaseUrl = new("https://graph.test"), GraphVersion = "v23.0" }));

        public JsonNode Body { get; private set; } = null!;

        public string? Path { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (Path, Body) = (request.RequestUri!.AbsolutePath, JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!);
            return new(status) { Content = new StringContent(answer) };
        }
    }
}
