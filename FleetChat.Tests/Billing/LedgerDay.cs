using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Moq;
using Npgsql;

namespace FleetChat.Tests.Billing;

/// <summary>Two companies with drivers, a WhatsApp that loses answers and refuses now and then, and somebody who ends database sessions in the middle of their work.</summary>
internal sealed class LedgerDay : IAsyncDisposable
{
    private const int Drivers = 8;
    private const int KillPercent = 15;
    private const int FoldPercent = 10;
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, .. Enumerable.Repeat((byte)7, 3_000)];

    private readonly TestDatabase _database;
    private readonly NpgsqlDataSource _killer;
    private readonly Random _random;
    private readonly List<(TestCompany Company, string Wamid, string Opaque)> _taken = [];
    private readonly List<(TestCompany Company, string Phone, string Wamid)> _photos = [];
    private readonly Dictionary<TestCompany, Guid[]> _drivers = [];
    private int _events;
    private int _kills;

    private LedgerDay(TestDatabase database, TestFleet fleet, int seed)
    {
        (_database, Fleet, _random) = (database, fleet, new(seed));
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
        var day = new LedgerDay(database, fleet, seed);
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
        await Fleet.DisposeAsync();
        await _killer.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>So many events in any order, some twice, handled by two workers at once while the counters are moved and sessions die; then until nothing is left.</summary>
    public async Task PassAsync(int events)
    {
        var acts = Enumerable.Range(0, events).Select(_ => Next()).ToList();
        acts.AddRange(acts.Where(_ => Chance(20)).ToList());
        var shuffled = acts.OrderBy(_ => _random.Next()).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(worker => Task.Run(() => WorkAsync(shuffled.Where((_, i) => i % 2 == worker), new(_events + worker)))));
        await FinishAsync();
    }

    private async Task WorkAsync(IEnumerable<Func<Task>> acts, Random random)
    {
        foreach (var act in acts)
        {
            // As senders do, who get no answer.
            for (var isDone = false; !isDone;)
            {
                try
                {
                    await Task.WhenAll(act(), BesideAsync(random));
                    isDone = true;
                }
                catch (NpgsqlException)
                {
                }
            }
        }
    }

    private Func<Task> Next()
    {
        var (c, d, number) = (_random.Next(Companies.Length), _random.Next(Drivers), ++_events);
        var (company, phone, wamid) = (Companies[c], PhoneOf(c, d), $"wamid.in.{number}");
        return _random.Next(100) switch
        {
            < 25 => Say(company, phone, wamid, "Where do I park?", isBusiness: true),
            < 29 => Say(company, phone, wamid, "STOP", isBusiness: false),
            < 35 => Say(company, phone, wamid, "START", isBusiness: false),
            < 38 => Say(company, phone, wamid, "HELP", isBusiness: false),
            < 43 => Show(company, phone, wamid),
            < 46 => TakeBack(),
            < 70 => Queue(company, _drivers[company][d]),
            < 85 => Report(),
            _ => () => DeliverAsync(async () => await Fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "nobody", eventId: $"event-{number}"))),
        };
    }

    private Func<Task> Say(TestCompany company, string phone, string wamid, string text, bool isBusiness)
    {
        if (isBusiness) BusinessWamids.Add(wamid);
        return FromWhatsApp(company, [Payloads.Text(phone, text, wamid, Fleet.Clock.GetUtcNow().ToUnixTimeSeconds())], null);
    }

    private Func<Task> Show(TestCompany company, string phone, string wamid)
    {
        BusinessWamids.Add(wamid);
        _photos.Add((company, phone, wamid));
        return FromWhatsApp(company, [Payloads.Special(phone, wamid, "image", new() { ["id"] = wamid, ["mime_type"] = "image/jpeg", ["sha256"] = Convert.ToBase64String(SHA256.HashData(Photo)) })], null);
    }

    private Func<Task> TakeBack()
    {
        if (_photos.Count == 0) return () => Task.CompletedTask;
        var (company, phone, wamid) = _photos[_random.Next(_photos.Count)];
        return FromWhatsApp(company, [Payloads.Special(phone, $"{wamid}.revoke", "revoke", new() { ["original_message_id"] = wamid })], null);
    }

    private Func<Task> Queue(TestCompany company, Guid driver)
    {
        var isQueued = false;
        return async () =>
        {
            if (!isQueued) await Fleet.QueueNoteAsync(company, driver);
            isQueued = true;
            await DeliverAsync(() => Task.FromResult(new Core.Samsara.WebhookReceipt(true, [])), SendNudges(company));
        };
    }

    private Func<Task> Report()
    {
        (TestCompany Company, string Wamid, string Opaque) about;
        lock (_taken)
        {
            if (_taken.Count == 0) return () => Task.CompletedTask;
            about = _taken[_random.Next(_taken.Count)];
        }
        string[] words = ["sent", "delivered", "read", "failed"];
        return FromWhatsApp(about.Company, null, [Payloads.Status(about.Wamid, words[_random.Next(words.Length)], about.Opaque, timestamp: Fleet.Clock.GetUtcNow().ToUnixTimeSeconds())]);
    }

    private Func<Task> FromWhatsApp(TestCompany company, JsonObject[]? messages, JsonObject[]? statuses)
    {
        var body = Payloads.WhatsApp(company, messages, statuses);
        return () => DeliverAsync(() => Fleet.FromWhatsAppAsync(body));
    }

    private async Task DeliverAsync(Func<Task<Core.Samsara.WebhookReceipt>> deliver, IEnumerable<Nudge>? send = null)
    {
        var receipt = await deliver();
        try
        {
            await Fleet.WorkAsync(receipt.Nudges, send);
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
    private Task BesideAsync(Random random) => random.Next(100) switch
    {
        < KillPercent => KillAsync(),
        < KillPercent + FoldPercent => Fleet.Get<KeepUsage>().HandleAsync(default),
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
