using System.Security.Cryptography;
using System.Text;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace FleetChat.Tests;

/// <summary>Core as it is, on a test's own database, with a clock that stands still and WhatsApp outside replaced.</summary>
public sealed class TestFleet : IAsyncDisposable
{
    public const string AppSecret = "an app secret of the tests";
    private static readonly IdleEngine s_engine = new();
    private static int _numbers;
    private readonly ServiceProvider _services;
    private readonly DirectoryInfo _secrets;

    private TestFleet(ServiceProvider services, DirectoryInfo secrets, FakeTimeProvider clock, Mock<IWhatsAppClient> whatsApp, TestDatabase database)
        => (_services, _secrets, Clock, WhatsApp, Database) = (services, secrets, clock, whatsApp, database);

    public FakeTimeProvider Clock { get; }

    /// <summary>Strict: a message that the test did not expect fails it.</summary>
    public Mock<IWhatsAppClient> WhatsApp { get; }

    public TestDatabase Database { get; }

    /// <param name="outside">Replaces more of the outside, or adds to it.</param>
    public static async Task<TestFleet> StartAsync(TestDatabase database, Action<IServiceCollection>? outside = null)
    {
        var secrets = Directory.CreateTempSubdirectory("fleetchat-test-secrets-");
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 15, 0, 0, TimeSpan.Zero));
        var whatsApp = new Mock<IWhatsAppClient>(MockBehavior.Strict);
        whatsApp.Setup(w => w.GetLimitsAsync(It.IsAny<WhatsAppNumber>(), It.IsAny<CancellationToken>())).ReturnsAsync(new WhatsAppLimits(80, KnowsDailyLimit: true, DailyLimit: null));
        whatsApp.Setup(w => w.MarkReadAsync(It.IsAny<WhatsAppRead>(), It.IsAny<CancellationToken>())).Returns(Task.CompletedTask);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["FleetChat:Environment"] = "test",
            ["FleetChat:PublicBaseUrl"] = "http://127.0.0.1",
            ["FleetChat:Postgres:App"] = database.Logins.App,
            ["FleetChat:Postgres:System"] = database.Logins.System,
            // As each way has it: LocalHost's, and that of an installation behind a pooler.
            ["FleetChat:Postgres:Prepare"] = database.IsDirect ? "true" : "false",
            ["FleetChat:Secrets:Folder"] = secrets.FullName,
            ["FleetChat:Media:Folder"] = Path.Combine(secrets.FullName, "media"),
            ["FleetChat:Audit:Folder"] = Path.Combine(secrets.FullName, "anchors"),
            ["FleetChat:Mail:From"] = "FleetChat <fleetchat@example.com>",
            ["FleetChat:Mail:Folder"] = Path.Combine(secrets.FullName, "mail"),
            // Nobody listens there.
            ["FleetChat:WhatsApp:GraphBaseUrl"] = "http://127.0.0.1:1",
            ["FleetChat:WhatsApp:AppSecret"] = AppSecret,
            ["FleetChat:WhatsApp:VerifyToken"] = "a verify token",
        }).Build();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services.AddLogging();
        services.AddFleetChatCore(configuration);
        if (database.Lent is { } lent) services.AddKeyedSingleton(ServiceRegistration.App, lent.App).AddKeyedSingleton(ServiceRegistration.System, lent.System);
        services.Replace(ServiceDescriptor.Singleton(whatsApp.Object));
        outside?.Invoke(services);
        var fleet = new TestFleet(services.BuildServiceProvider(), secrets, clock, whatsApp, database);
        await DataKeys.EnsureMasterKeyAsync(fleet.Get<ISecretStore>(), default);
        return fleet;
    }

    public T Get<T>()
        where T : notnull
        => _services.GetRequiredService<T>();

    public TenantDb Db(TestCompany company) => Get<TenantDbs>().For(company.Id);

    /// <param name="samsara">Another Samsara than the one that nobody asks: its address and token, the org and the tag.</param>
    public async Task<TestCompany> AddCompanyAsync(string name = "acme", TestSamsara? samsara = null)
    {
        var number = Interlocked.Increment(ref _numbers);
        var company = new TestCompany(
            TenantId.Parse($"{name}_{number:000}"), OrgId: samsara?.OrgId ?? $"{9000 + number}", WebhookId: $"{141100 + number}",
            WebhookSecret: Convert.ToBase64String(RandomNumberGenerator.GetBytes(24)), PhoneNumberId: $"10654{number:0000}", AccountId: $"10229{number:0000}");
        var result = await SetUpTenant.Of(_services).HandleAsync(
            new(company.Id, $"{name} trucking", "US", "America/Chicago", "en", "USD",
                new(samsara?.Address ?? new("http://127.0.0.1:1"), company.OrgId, company.WebhookId, company.WebhookSecret, samsara is null ? "samsara-token" : samsara.Token)
                {
                    GroupId = samsara?.Tag ?? "",
                },
                new($"+1555010{number:0000}", company.PhoneNumberId, company.AccountId, "whatsapp-token"))
            {
                // Some tests have hundreds of drivers.
                ServiceTier = "enterprise",
            },
            default);
        Assert.True(result.IsOk, result.Error?.Code);
        return company;
    }

    /// <param name="language">Null: nobody named one, and the first message comes in two.</param>
    public async Task<Guid> AddDriverAsync(TestCompany company, string samsaraId, string phone, string name = "Ana", string? language = "en", string consent = "granted")
        => (await Get<AddDriver>().HandleAsync(new(company.Id, samsaraId, name, phone, language, consent), default)).Value;

    /// <summary>A template for him, due now, of which no rule knows.</summary>
    public async Task QueueNoteAsync(TestCompany company, Guid driver)
        => await QueueNoteAsync(company, await Db(company).FindAsync("select conversation_id from fleet.drivers where tenant_id = $1 and id = $2", row => row.GetGuid(0), default, P.Uuid(driver)), driver);

    /// <param name="driver">Null: it is to the phone, whoever answers there.</param>
    public async Task QueueNoteAsync(TestCompany company, Guid chat, Guid? driver)
    {
        var (db, key, id) = (Db(company), await Get<DataKeys>().GetAsync(company.Id, default), Clock.NewId());
        var content = TemplateMessages.Make(TemplateSet.Get("transport_standard_v2"), TemplateSet.DispatcherNote, "en", [], "Ana", "Note.");
        await Outbox.TryAddAsync(db, key, Clock, new(id, chat, driver, MessageKind.Template, content, "test", $"test:{id}"), Outbox.LaneOf(chat), default);
    }

    /// <summary>As Samsara would send it: signed with the company's secret.</summary>
    public Task<WebhookReceipt> FromSamsaraAsync(TestCompany company, string body, string? secret = null)
    {
        const string timestamp = "1772463600";
        var bytes = Encoding.UTF8.GetBytes(body);
        var mac = HMACSHA256.HashData(Convert.FromBase64String(secret ?? company.WebhookSecret), (byte[])[.. Encoding.UTF8.GetBytes($"v1:{timestamp}:"), .. bytes]);
        return Get<ReceiveSamsaraWebhook>().HandleAsync(new(company.Id.Value, timestamp, $"v1={Convert.ToHexStringLower(mac)}", bytes), default);
    }

    /// <summary>As Meta would send it: signed with the app's secret.</summary>
    public Task<WebhookReceipt> FromWhatsAppAsync(string body, string secret = AppSecret)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes);
        return Get<ReceiveWhatsAppWebhook>().HandleAsync(new($"sha256={Convert.ToHexStringLower(mac)}", bytes), default);
    }

    /// <summary>Orchestrations that nobody wakes, as if their instances were lost.</summary>
    public bool LosesOrchestrations { get; set; }

    /// <summary>Carries nudges to their workers until no work is left, as the queues would.</summary>
    public async Task WorkAsync(IEnumerable<Nudge> process, IEnumerable<Nudge>? send = null, IEnumerable<Nudge>? call = null)
    {
        if (!LosesOrchestrations) await TakeUpRetriesAsync();
        var (processing, sending, calling) = (new Queue<Nudge>(process), new Queue<Nudge>(send ?? []), new Queue<Nudge>(call ?? []));
        while (processing.Count + sending.Count + calling.Count > 0)
        {
            if (processing.TryDequeue(out var nudge))
            {
                var work = await Get<ProcessLane>().HandleAsync(nudge, default);
                Enqueue(work);
            }
            else if (calling.TryDequeue(out var next))
            {
                Enqueue(await Get<MakeCalls>().HandleAsync(next, default));
            }
            else
            {
                Enqueue(await Get<SendLane>().HandleAsync(sending.Dequeue(), default));
            }
        }

        void Enqueue(LaneWork work)
        {
            foreach (var more in work.Process) processing.Enqueue(more);
            foreach (var more in work.Send) sending.Enqueue(more);
            foreach (var more in work.Call) calling.Enqueue(more);
        }
    }

    /// <summary>The orchestrations of messages that are to be tried again, those that were begun and are not told of, look once.</summary>
    public async Task TakeUpRetriesAsync()
    {
        var begun = await Database.ScalarAsAdminAsync<string>("""
            select coalesce(string_agg(o.tenant_id || ' ' || o.id, ';'), '')
            from fleet.outbound o
            join fleet.orchestration_commands c on c.tenant_id = o.tenant_id and c.subject_id = o.id and c.kind = 'start' and c.flow = 'MessageRetry'
            where o.status = 'retrying'
            """);
        foreach (var one in begun.Split(';', StringSplitOptions.RemoveEmptyEntries))
            await Get<RetryMessage>().HandleAsync(new(one.Split(' ')[0], Guid.Parse(one.Split(' ')[1])), default);
    }

    /// <summary>What a sweep finds, and all that comes of it.</summary>
    public async Task SweepAsync()
    {
        if (!LosesOrchestrations) await TakeUpRetriesAsync();
        // The sweep passes over lanes that somebody was told of a moment ago, and its moment is real.
        await Database.ExecuteAsAdminAsync("update fleet.lanes set nudged_at = now() - interval '1 minute'");
        var found = await Get<Sweep>().HandleAsync(default);
        if (!LosesOrchestrations) await CarryOutAsync(found.Orchestrate);
        await WorkAsync(found.Process, found.Send, found.Call);
    }

    private async Task CarryOutAsync(IEnumerable<Nudge> nudges)
    {
        for (var left = new Queue<Nudge>(nudges); left.TryDequeue(out var nudge);)
        {
            foreach (var more in (await Get<CarryOutCommands>().HandleAsync(nudge, s_engine, default)).Orchestrate) left.Enqueue(more);
        }
    }

    /// <summary>When the next thing is due that <see cref="SweepAsync"/> would do then, messages under retry included; null: never.</summary>
    public async Task<DateTimeOffset?> FindNextDueAsync()
    {
        var due = await Get<FindNextDue>().HandleAsync(Clock.GetUtcNow(), withPolls: false, default);
        if (LosesOrchestrations) return due;
        var retry = await Get<SystemDb>().FindAsync("select min(due_at) from fleet.outbound where status = 'retrying'", row => row.TimeOrNull(0), default);
        return retry < due || due is null ? retry ?? due : due;
    }

    /// <summary>What became of the event that the sender calls so; null if it was not stored.</summary>
    public async Task<string?> OutcomeAsync(TestCompany company, string externalId)
    {
        var key = await Get<DataKeys>().GetAsync(company.Id, default);
        var rows = await Db(company).ListAsync("select id, external_id, outcome from fleet.inbox where tenant_id = $1",
            r => (ExternalId: key.Decrypt(EncryptedColumns.InboxExternalId, r.GetGuid(0), r.Bytes(1)), Outcome: r.TextOrNull(2)), default);
        return rows.Find(row => row.ExternalId == externalId).Outcome;
    }

    /// <summary>WhatsApp takes whatever it gets; the messages that it took are in the list.</summary>
    public List<WhatsAppMessage> AcceptAll()
    {
        var taken = new List<WhatsAppMessage>();
        WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((WhatsAppMessage message, CancellationToken _) =>
            {
                lock (taken) taken.Add(message);
                return new WhatsAppAcceptance($"wamid.{message.OpaqueId}", message.Recipient.TrimStart('+'));
            });
        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _secrets.Delete(recursive: true);
    }

    /// <summary>Takes every command. What an orchestration would do then, tests do: see <see cref="TakeUpRetriesAsync"/>.</summary>
    private sealed class IdleEngine : IFlowEngine
    {
        public Task<bool?> HasEndedAsync(string instance, CancellationToken ct) => Task.FromResult<bool?>(null);

        public Task StartAsync(Flow flow, string instance, FlowInput input, CancellationToken ct) => Task.CompletedTask;

        public Task RaiseAsync(string instance, string name, CancellationToken ct) => Task.CompletedTask;
    }
}

/// <summary>A company of a test, with what its senders know of it.</summary>
public sealed record TestCompany(TenantId Id, string OrgId, string WebhookId, string WebhookSecret, string PhoneNumberId, string AccountId);

/// <param name="Token">Null: the company has given none.</param>
public sealed record TestSamsara(Uri Address, string? Token, string OrgId, string Tag = "");

/// <summary>A class's own migrated database with Core on it.</summary>
public class FleetFixture : IAsyncLifetime
{
    private readonly Door _door;
    private TestDatabase? _database;

    public FleetFixture()
        : this(Door.Direct)
    {
    }

    protected FleetFixture(Door door) => _door = door;

    public TestFleet Fleet { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // xunit makes a fixture for a class too whose tests are all skipped.
        if (_door == Door.PgBouncer && PgBouncer.MissingReason is not null) return;
        _database = _door == Door.Direct ? await TestDatabase.BorrowAsync() : await TestDatabase.CreateAsync("fleet", _door);
        Fleet = await TestFleet.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        if (_database is null) return;
        await Fleet.DisposeAsync();
        await _database.DisposeAsync();
    }
}

public sealed class PgBouncerFleetFixture() : FleetFixture(Door.PgBouncer);
