using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Moq;
using Npgsql;

namespace FleetChat.Tests.Billing;

/// <summary>
/// Two companies with drivers, two processes that work for them (each with its own connections and with what it remembers), a WhatsApp that loses answers and refuses now
/// and then, and somebody who ends database sessions in the middle of their work.
/// </summary>
internal sealed class LedgerDay : IAsyncDisposable
{
    private const int Drivers = 8;
    private const int KillPercent = 15;
    private const int FoldPercent = 10;
    // WhatsApp puts up to a thousand into one request.
    private const int MostInOne = 30;
    private static readonly TimeSpan BetweenActs = TimeSpan.FromSeconds(1);
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, .. Enumerable.Repeat((byte)7, 3_000)];

    private readonly TestDatabase _database;
    private readonly NpgsqlDataSource _killer;
    private readonly Random _random;
    private readonly TestFleet[] _processes;
    private readonly List<(TestCompany Company, string Wamid, string Opaque)> _taken = [];
    private readonly List<(TestCompany Company, string Phone, string Wamid)> _photos = [];
    private readonly Dictionary<TestCompany, Guid[]> _drivers = [];
    private int _events;
    private int _kills;

    private LedgerDay(TestDatabase database, TestFleet fleet, TestFleet second, int seed)
    {
        (_database, Fleet, _processes, _random) = (database, fleet, [fleet, second], new(seed));
        _killer = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Admin) { ApplicationName = "killer", MaxPoolSize = 4 }.ConnectionString);
    }

    public TestFleet Fleet { get; }

    public TestCompany[] Companies { get; private set; } = [];

    /// <summary>Of what drivers said that is about the work.</summary>
    public HashSet<string> BusinessWamids { get; } = [];

    public int Kills => _kills;

    public int Lost { get; private set; }

    public static async Task<LedgerDay> StartAsync(int seed)
    {
        var database = await TestDatabase.CreateAsync("ledger");
        var outside = new Mock<IWhatsAppMedia>(MockBehavior.Strict);
        outside.Setup(o => o.FindAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<string>(), It.IsAny<CancellationToken>())).ReturnsAsync(new MediaLink(new("https://lookaside.fbsbx.com/1"), null));
        outside.Setup(o => o.OpenAsync(It.IsAny<string>(), It.IsAny<Uri>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => new MemoryStream(Photo));
        var fleet = await TestFleet.StartAsync(database, services => services.Replace(ServiceDescriptor.Singleton(outside.Object)));
        // Half an hour before a month of both companies' ends.
        fleet.Clock.SetUtcNow(new(2026, 4, 1, 4, 30, 0, TimeSpan.Zero));
        var second = await TestFleet.StartAsync(database, services => services
            .Replace(ServiceDescriptor.Singleton(outside.Object))
            .Replace(ServiceDescriptor.Singleton(fleet.WhatsApp.Object))
            .Replace(ServiceDescriptor.Singleton<TimeProvider>(fleet.Clock))
            .Replace(ServiceDescriptor.Singleton(fleet.Get<ISecretStore>()))
            .Replace(ServiceDescriptor.Singleton(fleet.Get<IMediaStore>())));
        var day = new LedgerDay(database, fleet, second, seed);
        day.Companies = [await fleet.AddCompanyAsync("ledger"), await fleet.AddCompanyAsync("beside")];
        for (var c = 0; c < day.Companies.Length; c++)
        {
            day._drivers[day.Companies[c]] = new Guid[Drivers];
            for (var d = 0; d < Drivers; d++) day._drivers[day.Companies[c]][d] = await fleet.AddDriverAsync(day.Companies[c], $"{d}", "+" + PhoneOf(c, d));
        }
        fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>())).Returns((WhatsAppMessage message, CancellationToken _) => day.AnswerAsync(message));
        return day;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Reverse()) await process.DisposeAsync();
        await _killer.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>So many events in any order, some twice, handled by both processes at once while the counters are moved and sessions die; then until nothing is left.</summary>
    public async Task PassAsync(int events)
    {
        var (acts, end) = (new List<Func<TestFleet, Task>>(), _events + events);
        while (_events < end) acts.Add(Next(end - _events));
        acts.AddRange(acts.Where(_ => Chance(20)).ToList());
        var shuffled = acts.OrderBy(_ => _random.Next()).ToArray();
        // The next tries wait for the end of it: they would be most of the work.
        foreach (var process in _processes) process.LosesOrchestrations = true;
        await Task.WhenAll(_processes.Select((process, at) => Task.Run(() => WorkAsync(process, shuffled.Where((_, i) => i % _processes.Length == at), new(_events + at)))));
        foreach (var process in _processes) process.LosesOrchestrations = false;
        await FinishAsync();
    }

    private async Task WorkAsync(TestFleet process, IEnumerable<Func<TestFleet, Task>> acts, Random random)
    {
        foreach (var act in acts)
        {
            // On a clock that stood still a number's pace would let nothing more go, and its sender wait for that in vain.
            Fleet.Clock.Advance(BetweenActs);
            // As senders do, who get no answer.
            for (var isDone = false; !isDone;)
            {
                try
                {
                    await Task.WhenAll(act(process), BesideAsync(process, random));
                    isDone = true;
                }
                catch (NpgsqlException)
                {
                }
            }
        }
    }

    /// <summary>A request to us: one event of Samsara's or of a dispatcher's, or up to so many of WhatsApp's for one company.</summary>
    private Func<TestFleet, Task> Next(int most)
    {
        var c = _random.Next(Companies.Length);
        var (company, number) = (Companies[c], ++_events);
        switch (_random.Next(100))
        {
            case < 24:
                return Queue(company, _drivers[company][_random.Next(Drivers)]);
            case < 39:
                return process => DeliverAsync(process, async () => await process.FromSamsaraAsync(company, Payloads.StopArrival(company, "nobody", eventId: $"event-{number}")));
            case < 54:
                var reports = Many(most, _ => Report(company));
                return FromWhatsApp(company, null, [.. reports.OfType<JsonObject>()]);
            default:
                var messages = Many(most, n => Message(company, PhoneOf(c, _random.Next(Drivers)), $"wamid.in.{n}"));
                return FromWhatsApp(company, [.. messages.OfType<JsonObject>()], null);
        }
    }

    private List<JsonObject?> Many(int most, Func<int, JsonObject?> make)
    {
        var (first, count) = (_events, _random.Next(1, Math.Min(MostInOne, most) + 1));
        _events += count - 1;
        return [.. Enumerable.Range(first, count).Select(make)];
    }

    private JsonObject? Message(TestCompany company, string phone, string wamid) => _random.Next(46) switch
    {
        < 25 => Say(phone, wamid, "Where do I park?", isBusiness: true),
        < 29 => Say(phone, wamid, "STOP", isBusiness: false),
        < 35 => Say(phone, wamid, "START", isBusiness: false),
        < 38 => Say(phone, wamid, "HELP", isBusiness: false),
        < 43 => Show(company, phone, wamid),
        _ => TakeBack(company),
    };

    private JsonObject Say(string phone, string wamid, string text, bool isBusiness)
    {
        if (isBusiness) BusinessWamids.Add(wamid);
        return Payloads.Text(phone, text, wamid, Fleet.Clock.GetUtcNow().ToUnixTimeSeconds());
    }

    private JsonObject Show(TestCompany company, string phone, string wamid)
    {
        BusinessWamids.Add(wamid);
        _photos.Add((company, phone, wamid));
        return Payloads.Special(phone, wamid, "image", new() { ["id"] = wamid, ["mime_type"] = "image/jpeg", ["sha256"] = Convert.ToBase64String(SHA256.HashData(Photo)) });
    }

    private JsonObject? TakeBack(TestCompany company)
    {
        var own = _photos.FindAll(photo => photo.Company == company);
        if (own.Count == 0) return null;
        var (_, phone, wamid) = own[_random.Next(own.Count)];
        return Payloads.Special(phone, $"{wamid}.revoke", "revoke", new() { ["original_message_id"] = wamid });
    }

    private static Func<TestFleet, Task> Queue(TestCompany company, Guid driver)
    {
        var isQueued = false;
        return async process =>
        {
            if (!isQueued) await process.QueueNoteAsync(company, driver);
            isQueued = true;
            await DeliverAsync(process, () => Task.FromResult(new Core.Samsara.WebhookReceipt(true, [])), SendNudges(company));
        };
    }

    private JsonObject? Report(TestCompany company)
    {
        (TestCompany Company, string Wamid, string Opaque) about;
        lock (_taken)
        {
            var own = _taken.FindAll(taken => taken.Company == company);
            if (own.Count == 0) return null;
            about = own[_random.Next(own.Count)];
        }
        string[] words = ["sent", "delivered", "read", "failed"];
        return Payloads.Status(about.Wamid, words[_random.Next(words.Length)], about.Opaque, timestamp: Fleet.Clock.GetUtcNow().ToUnixTimeSeconds());
    }

    private static Func<TestFleet, Task> FromWhatsApp(TestCompany company, JsonObject[]? messages, JsonObject[]? statuses)
    {
        if (messages is not { Length: > 0 } && statuses is not { Length: > 0 }) return _ => Task.CompletedTask;
        var body = Payloads.WhatsApp(company, messages, statuses);
        return process => DeliverAsync(process, () => process.FromWhatsAppAsync(body));
    }

    private static async Task DeliverAsync(TestFleet process, Func<Task<Core.Samsara.WebhookReceipt>> deliver, IEnumerable<Nudge>? send = null)
    {
        var receipt = await deliver();
        try
        {
            await process.WorkAsync(receipt.Nudges, send);
        }
        catch (NpgsqlException)
        {
            // The sweep finds it.
        }
    }

    private static IEnumerable<Nudge> SendNudges(TestCompany company) => Enumerable.Range(0, Lanes.PerTenant).Select(lane => new Nudge(company.Id, (short)lane));

    private async Task<WhatsAppAcceptance> AnswerAsync(WhatsAppMessage message)
    {
        await Task.Yield();
        int chance;
        lock (_taken) chance = _random.Next(100);
        if (chance < 10) throw new WhatsAppException(WhatsAppFailure.Transient, 131000, "trace", null);
        var wamid = $"wamid.{message.OpaqueId}";
        lock (_taken)
        {
            _taken.Add((Companies.Single(c => c.PhoneNumberId == message.PhoneNumberId), wamid, message.OpaqueId));
            if (chance < 20) Lost++;
        }
        if (chance >= 20) return new(wamid, message.Recipient.TrimStart('+'));
        throw new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null);
    }

    /// <summary>What happens at the same time as an act of a worker: now and then a session dies, or the counters are moved.</summary>
    private Task BesideAsync(TestFleet process, Random random) => random.Next(100) switch
    {
        < KillPercent => KillAsync(),
        < KillPercent + FoldPercent => process.Get<KeepUsage>().HandleAsync(default),
        _ => Task.CompletedTask,
    };

    private async Task KillAsync()
    {
        await using var kill = _killer.CreateCommand("""
            select count(pg_terminate_backend(pid))::int
            from (
                select pid
                from pg_stat_activity
                where datname = current_database() and state in ('active', 'idle in transaction') and application_name <> 'killer'
                order by random()
                limit 1) one
            """);
        Interlocked.Add(ref _kills, (int)(await kill.ExecuteScalarAsync())!);
    }

    // What died with its session is taken over at once: leases run by real time, which no test waits for.
    private async Task FinishAsync()
    {
        for (var round = 0; await CountLeftAsync() > 0; round++)
        {
            Assert.True(round < 500, "something is never done");
            await _database.ExecuteAsAdminAsync("""
                update fleet.lanes set lease_token = null, lease_until = null where lease_token is not null;
                update fleet.outbound set lease_until = now() - interval '1 minute' where status = 'sending';
                update fleet.calls set lease_until = now() - interval '1 minute' where status = 'calling';
                update fleet.orchestration_commands set lease_until = now() - interval '1 minute' where status = 'carrying';
                """);
            var (now, due) = (Fleet.Clock.GetUtcNow(), await Fleet.FindNextDueAsync());
            Fleet.Clock.SetUtcNow(due > now ? due.Value : now.AddSeconds(1));
            await Fleet.SweepAsync();
        }
    }

    private Task<long> CountLeftAsync() => _database.ScalarAsAdminAsync<long>("""
        select (select count(*) from fleet.inbox where status = 'pending') + (select count(*) from fleet.outbound where status <> 'done')
             + (select count(*) from fleet.calls where kind like 'media.%' and status in ('waiting', 'calling'))
        """);

    private bool Chance(int percent) => _random.Next(100) < percent;

    private static string PhoneOf(int company, int driver) => $"1555100{company}{driver:000}";
}
