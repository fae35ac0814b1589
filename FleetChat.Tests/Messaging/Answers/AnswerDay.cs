using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Moq;

namespace FleetChat.Tests.Messaging.Answers;

/// <summary>One driver with one trip, and what he, Samsara and the dispatcher get to see.</summary>
internal sealed class AnswerDay : IAsyncDisposable
{
    public const string Phone = "+15550001111";
    public const string Digits = "15550001111";
    public const string Stop = "7002";
    private int _messages;

    private AnswerDay(TestDatabase database, TestFleet fleet, FakeSamsara samsara, FakeMedia media) => (Database, Fleet, Samsara, Media) = (database, fleet, samsara, media);

    public TestDatabase Database { get; }

    public TestFleet Fleet { get; }

    public FakeSamsara Samsara { get; }

    public FakeMedia Media { get; }

    public TestCompany Company { get; private set; } = null!;

    public Guid Driver { get; private set; }

    public List<WhatsAppMessage> Taken { get; private set; } = [];

    public static async Task<AnswerDay> StartAsync(string language = "en")
    {
        var (samsara, media) = (new FakeSamsara(), new FakeMedia());
        var database = await TestDatabase.BorrowAsync();
        var fleet = await TestFleet.StartAsync(database, services => services
            .Replace(ServiceDescriptor.Singleton(samsara.Client))
            .Replace(ServiceDescriptor.Singleton<IWhatsAppMedia>(media)));
        var day = new AnswerDay(database, fleet, samsara, media) { Company = await fleet.AddCompanyAsync(), Taken = fleet.AcceptAll() };
        day.Driver = await fleet.AddDriverAsync(day.Company, "11", Phone, "Ana", language);
        return day;
    }

    /// <summary>He reaches the stop and is asked to say when he is done.</summary>
    public async Task<WhatsAppMessage> ArriveAsync(string route = "6001", string stop = Stop)
    {
        await Fleet.WorkAsync((await Fleet.FromSamsaraAsync(Company, Payloads.StopArrival(Company, "11", route, stop))).Nudges);
        return Taken[^1];
    }

    /// <summary>A trip that was given to him, and a message of ours that asks whether he takes it.</summary>
    public async Task<Guid> AssignAsync(string status = "assigned")
    {
        var (transport, message, key) = (Fleet.Clock.NewId(), Fleet.Clock.NewId(), await KeyAsync());
        await ExecuteAsync("""
            insert into fleet.transports (tenant_id, id, samsara_route_id, samsara_driver_id, driver_id, name, status, status_at, route_at, created_at, updated_at)
            values ($1, $2, '6100', '11', $3, 'Load 6100', $4, $5, $5, $5, $5)
            """, P.Uuid(transport), P.Uuid(Driver), P.Text(status), P.Time(Fleet.Clock.GetUtcNow().AddHours(-1)));
        await ExecuteAsync("""
            insert into fleet.stops (tenant_id, id, transport_id, samsara_stop_id, sequence, kind, state, state_at, name, described_at)
            values ($1, $2, $4, '6101', 0, 'pickup', 'scheduled', $5, 'Yard', $5), ($1, $3, $4, '6102', 1, 'delivery', 'scheduled', $5, 'Mill', $5)
            """, P.Uuid(Fleet.Clock.NewId()), P.Uuid(Fleet.Clock.NewId()), P.Uuid(transport), P.Time(Fleet.Clock.GetUtcNow().AddHours(-1)));
        var content = new MessageContent("You have a new trip.") { Buttons = [new(ButtonActions.Accept, "Accept"), new(ButtonActions.Decline, "Decline")] };
        await ExecuteAsync("""
            insert into fleet.message_logs (tenant_id, id, conversation_id, driver_id, transport_id, direction, content, kind, timestamp, status, status_rank, reason, effect_key, created_at, sent_at)
            select $1, $2, d.conversation_id, d.id, $3, 'outbound', $4, 'template', $5, 'sent', 2, 'route_assigned', 'test:assigned', $5, $5
            from fleet.drivers d
            where d.tenant_id = $1
              and d.id = $6
            """, P.Uuid(message), P.Uuid(transport), P.Bytes(content.Seal(key, message)), P.Time(Fleet.Clock.GetUtcNow().AddMinutes(-30)), P.Uuid(Driver));
        return message;
    }

    public Task TapAsync(WhatsAppMessage message, string action, string from = Digits) => TapAsync(message.MessageId, action, from);

    public Task TapAsync(Guid message, string action, string from = Digits)
        => ReceiveAsync(Payloads.Tap(from, new ButtonPayload(message, action).ToString(), action, NextWamid(), null, Now));

    public Task SayAsync(string text, string? replyTo = null, string from = Digits) => ReceiveAsync(Payloads.Text(from, text, NextWamid(), Now, replyTo));

    public Task ReactAsync(WhatsAppMessage message, string emoji)
        => ReceiveAsync(Payloads.Special(Digits, NextWamid(), "reaction", new() { ["message_id"] = $"wamid.{message.OpaqueId}", ["emoji"] = emoji }, Now));

    /// <returns>WhatsApp's id of the message.</returns>
    public async Task<string> PhotoAsync(string? caption = null, string type = "image", string mime = "image/jpeg")
    {
        var (wamid, id) = (NextWamid(), $"meta-{_messages}");
        var body = new JsonObject { ["id"] = id, ["mime_type"] = mime };
        if (caption is not null) body["caption"] = caption;
        await ReceiveAsync(Payloads.Special(Digits, wamid, type, body, Now));
        return wamid;
    }

    public async Task ReceiveAsync(JsonObject message) => await Fleet.WorkAsync((await Fleet.FromWhatsAppAsync(Payloads.WhatsApp(Company, messages: [message]))).Nudges);

    public async Task PassAsync(TimeSpan time)
    {
        Fleet.Clock.Advance(time);
        await Fleet.SweepAsync();
    }

    /// <summary>What the driver got as free text, the newest last.</summary>
    public IReadOnlyList<string> Replies => [.. Taken.Where(m => m.Content.Template is null).Select(m => m.Content.Text)];

    public Task<string?> StopStateAsync(string stop = Stop) => TextAsync($"select state from fleet.stops where tenant_id = $1 and samsara_stop_id = '{stop}'");

    public Task<string?> StatusAsync() => TextAsync("select status from fleet.transports where tenant_id = $1");

    public Task<List<string>> EntriesAsync() => ListAsync("select reason from fleet.dispatcher_entries where tenant_id = $1 order by since, id");

    /// <summary>What the timeline says that the driver or we did.</summary>
    public Task<List<string>> TimelineAsync() => ListAsync("select what from fleet.transport_events where tenant_id = $1 and source <> 'samsara' order by recorded_at, id");

    public Task<List<string>> ListAsync(string sql) => Fleet.Db(Company).ListAsync(sql, r => r.GetString(0), default);

    public Task<string?> TextAsync(string sql) => Fleet.Db(Company).FindAsync(sql, r => r.TextOrNull(0), default);

    public Task<int> ExecuteAsync(string sql, params Npgsql.NpgsqlParameter[] parameters) => Fleet.Db(Company).ExecuteAsync(sql, default, parameters);

    public Task<DataKey> KeyAsync() => Fleet.Get<DataKeys>().GetAsync(Company.Id, default);

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync();
        await Database.DisposeAsync();
    }

    private long Now => Fleet.Clock.GetUtcNow().ToUnixTimeSeconds();

    private string NextWamid() => $"wamid.answer.{++_messages}";
}

/// <summary>Samsara as far as answers are written to it.</summary>
internal sealed class FakeSamsara
{
    private readonly Mock<ISamsaraClient> _mock = new(MockBehavior.Strict);

    public FakeSamsara()
    {
        _mock.Setup(s => s.GetRouteAsync(It.IsAny<SamsaraAccess>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((SamsaraAccess _, string id, CancellationToken _) =>
            {
                Fail();
                return JsonSerializer.SerializeToElement(new { id, notes = Notes });
            });
        _mock.Setup(s => s.ChangeRouteAsync(It.IsAny<SamsaraAccess>(), It.IsAny<string>(), It.IsAny<RouteWrite>(), It.IsAny<CancellationToken>()))
            .Returns((SamsaraAccess _, string _, RouteWrite change, CancellationToken _) =>
            {
                var (notes, ids) = (change.Notes, change.ExternalIds);
                if (ids is not null && FailsAnswers-- > 0) throw new SamsaraException(SamsaraFailure.Transient, 500, null, null);
                Notes = notes ?? Notes;
                foreach (var (key, value) in ids ?? new Dictionary<string, string>()) ExternalIds[key] = value;
                Changes++;
                if (!LosesAnswers) return Task.CompletedTask;
                LosesAnswers = false;
                throw new SamsaraException(SamsaraFailure.Transient, 0, null, null);
            });
        _mock.Setup(s => s.SendMessageAsync(It.IsAny<SamsaraAccess>(), It.IsAny<string>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .Returns((SamsaraAccess _, string driver, string text, CancellationToken _) =>
            {
                Messages.Add($"{driver}: {text}");
                return Task.CompletedTask;
            });
        _mock.Setup(s => s.ListDocumentTypesAsync(It.IsAny<SamsaraAccess>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => Types);
        _mock.Setup(s => s.ListDocumentsAsync(It.IsAny<SamsaraAccess>(), It.IsAny<DateTimeOffset>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(() => [.. Documents.Select(d => JsonSerializer.SerializeToElement(new { notes = d.Notes }))]);
        _mock.Setup(s => s.CreateDocumentAsync(It.IsAny<SamsaraAccess>(), It.IsAny<SamsaraDocument>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((SamsaraAccess _, SamsaraDocument document, CancellationToken _) =>
            {
                if (RefusesPhotos && document.Fields.GetRawText().Contains("photoValue", StringComparison.Ordinal)) throw new SamsaraException(SamsaraFailure.Invalid, 400, null, null);
                Documents.Add(document);
                if (!LosesAnswers) return "doc-1";
                LosesAnswers = false;
                throw new SamsaraException(SamsaraFailure.Transient, 0, null, null);
            });
    }

    public ISamsaraClient Client => _mock.Object;

    public string Notes { get; set; } = "";

    public Dictionary<string, string> ExternalIds { get; } = [];

    public List<string> Messages { get; } = [];

    public List<SamsaraDocument> Documents { get; } = [];

    public List<JsonElement> Types { get; } = [JsonSerializer.SerializeToElement(new { id = "type-pod", name = "Proof of Delivery", fieldTypes = new[] { new { fieldType = "string", label = "Link" }, new { fieldType = "photo", label = "Photo" } } })];

    public bool RefusesPhotos { get; set; }

    /// <summary>The next write is made, and its answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    public SamsaraFailure? Fails { get; set; }

    public int Changes { get; private set; }

    /// <summary>It takes the call and never answers.</summary>
    public bool Hangs { get; set; }

    /// <summary>Answers that are to be written fail, so many times.</summary>
    public int FailsAnswers { get; set; }

    private void Fail()
    {
        // As a time-out ends a call: with nothing that Samsara said.
        if (Hangs) throw new TimeoutException();
        if (Fails is { } failure) throw new SamsaraException(failure, 500, null, TimeSpan.FromSeconds(1));
    }
}

/// <summary>Media that are always there.</summary>
internal sealed class FakeMedia : IWhatsAppMedia
{
    public Task<MediaLink> FindAsync(string accessToken, string phoneNumberId, string mediaId, CancellationToken ct) => Task.FromResult(new MediaLink(new($"https://lookaside.fbsbx.com/{mediaId}"), null));

    public Task<Stream> OpenAsync(string accessToken, Uri link, CancellationToken ct) => Task.FromResult<Stream>(new MemoryStream([0xFF, 0xD8, 0xFF, 0xE0, 1]));
}
