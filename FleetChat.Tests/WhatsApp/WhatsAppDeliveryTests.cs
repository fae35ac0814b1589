using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Drivers;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Tests.WhatsApp;

public sealed class WhatsAppDeliveryTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1772463600);
    private static readonly TestCompany Company = new(TenantId.Parse("acme_001"), "1", "2", "c2VjcmV0", "106540001", "102290001");

    [Fact]
    public void Each_message_of_a_batch_has_its_own_senders_contact()
    {
        var messages = Read([Payloads.Text("15550001111", "a", "wamid.a"), Payloads.Text("15550002222", "b", "wamid.b")], Contact("15550001111", "US.1"), Contact("15550002222", "US.2"));

        Assert.Equal([ChatIdentity.Of(Phone("15550001111")), ChatIdentity.OfUser("US.1")], messages[0].From);
        Assert.Equal([ChatIdentity.Of(Phone("15550002222")), ChatIdentity.OfUser("US.2")], messages[1].From);
    }

    [Fact]
    public void A_contact_that_is_nobodys_counts_only_where_there_is_one_of_either()
    {
        Assert.Equal([ChatIdentity.Of(Phone("5491112345678")), ChatIdentity.OfUser("AR.1")], Read([Payloads.Text("5491112345678", "a", "wamid.a")], Contact("541112345678", "AR.1"))[0].From);

        Assert.All(
            Read([Payloads.Text("15550001111", "a", "wamid.a"), Payloads.Text("15550002222", "b", "wamid.b")], Contact("15550003333", "US.3")),
            message => Assert.Single(message.From));
        Assert.Single(Read([Payloads.Text("15550001111", "a", "wamid.a")], Contact("15550003333", "US.3"), Contact("15550004444", "US.4"))[0].From);
    }

    [Fact]
    public void A_large_batch_takes_no_more_memory_than_its_messages()
    {
        var senders = Enumerable.Range(0, 1000).Select(i => $"1555{i:0000000}").ToArray();

        var updates = Split([.. senders.Select(s => Payloads.Text(s, "hi", $"wamid.{s}"))], [.. senders.Select(s => Contact(s, $"US.{s}"))]);

        Assert.Equal(1000, updates.Count);
        Assert.All(updates, u => Assert.InRange(u.Item.Payload.Length, 1, 1000));
    }

    [Fact]
    public void A_time_in_the_future_is_that_of_the_arrival()
    {
        var update = Assert.Single(Split([Payloads.Text("15550001111", "a", "wamid.a", timestamp: 4102444800)], []));

        Assert.Equal(Now, update.Item.Number!.At);
        Assert.Equal(Now, Open(update).SentAt);
    }

    [Theory]
    [InlineData("phone_number_id")]
    [InlineData("id")]
    [InlineData("field")]
    public void An_id_of_absurd_length_is_none(string name)
    {
        var body = Payloads.WhatsApp(Company, messages: [Payloads.Text("15550001111", "a", "wamid.a")]);
        var value = name switch { "phone_number_id" => Company.PhoneNumberId, "id" => Company.AccountId, _ => "messages" };
        var absurd = body.Replace($"\"{name}\":\"{value}\"", $"\"{name}\":\"{new string('9', 101)}\"", StringComparison.Ordinal);

        var update = Assert.Single(WhatsAppDelivery.TrySplit(Encoding.UTF8.GetBytes(absurd), Now)!);

        Assert.NotEqual(body, absurd);
        Assert.DoesNotContain(new string('9', 101), $"{update.PhoneNumberId} {update.AccountId} {update.Item.Kind}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Unsubscribe", "No, thanks", 0)]
    [InlineData("STOP", "…", 0)]
    [InlineData("anything", "Stop", 0)]
    [InlineData("fc1:0123456789abcdef0123456789abcdef:stop_done", "Cancel", 1)]
    [InlineData("anything", "Cancel the trip", 1)]
    public void A_button_stops_by_its_title_or_by_what_it_carries_but_never_one_of_ours(string payload, string title, short urgency)
        => Assert.Equal(urgency, Assert.Single(Split([Payloads.Tap("15550001111", payload, title, "wamid.a", null)], [])).Item.Urgency);

    private static PhoneNumber Phone(string digits) => PhoneNumber.FromWhatsApp(digits)!.Value;

    private static JsonObject Contact(string phone, string user) => new() { ["wa_id"] = phone, ["user_id"] = user, ["profile"] = new JsonObject { ["name"] = "somebody" } };

    private static List<InboundMessage> Read(JsonObject[] messages, params JsonObject[] contacts) => [.. Split(messages, contacts).Select(Open)];

    private static IReadOnlyList<WhatsAppUpdate> Split(JsonObject[] messages, JsonObject[] contacts)
    {
        var change = Payloads.Change(Company, messages);
        change["change"]!["value"]!["contacts"] = new JsonArray([.. contacts]);
        return WhatsAppDelivery.TrySplit(Encoding.UTF8.GetBytes(Payloads.Post(change)), Now)!;
    }

    private static InboundMessage Open(WhatsAppUpdate update)
    {
        using var json = JsonDocument.Parse(update.Item.Payload);
        return InboundMessage.TryRead(json.RootElement.Clone(), Now)!;
    }
}
