using System.Diagnostics;
using System.Globalization;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Guards;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using Xunit.Abstractions;

namespace FleetChat.Tests.Consent;

/// <summary>
/// STOP against a hundred messages that are being sent to the same driver. FLEETCHAT_TEST_SIZE=long plays it 1,000 times,
/// FLEETCHAT_TEST_ROUNDS as often as it says.
/// </summary>
public sealed class StopRaceTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Messages = 100;
    private const int Senders = 6;
    private static readonly int Rounds = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_ROUNDS") is { Length: > 0 } given
        ? int.Parse(given, CultureInfo.InvariantCulture)
        : Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 1000 : 3;

    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;

    // All hundred may go at once, as if WhatsApp knew no pace, of one person or of a number.
    private const string Unpaced = """
        create function public.unpace() returns trigger language plpgsql as $$
        begin
            new.paced_until := null;
            return new;
        end $$;
        create trigger unpace before update on fleet.conversations for each row execute function public.unpace();
        create function public.speed() returns trigger language plpgsql as $$
        begin
            new.per_second := 1000;
            return new;
        end $$;
        create trigger speed before insert or update on fleet.number_rates for each row execute function public.speed()
        """;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("stop_race");
        // Most of a look at a lane would be the planning of its statements.
        _fleet = await TestFleet.StartAsync(_database, services => services.PostConfigure<DatabaseOptions>(options => options.Prepare = true));
        await LateAttempts.WatchAsync(_database);
        await _database.ExecuteAsAdminAsync(Unpaced);
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    // A STOP withdraws consent too, and what is to a driver would stay by that alone. So every second message is to the phone,
    // whoever answers there, as to one whom no roster knows: of his consent nothing is known, and only his STOP is in its way.
    [Fact]
    [Catches(Guard.Stop)]
    public async Task No_attempt_is_committed_after_a_stop_has()
    {
        var (watch, taken) = (Stopwatch.StartNew(), new Taken());
        _fleet.WhatsApp.Setup(w => w.SendAsync(It.IsAny<WhatsAppMessage>(), It.IsAny<CancellationToken>())).ReturnsAsync((WhatsAppMessage message, CancellationToken _) => taken.Add(message));
        var (sent, stopped) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var company = await _fleet.AddCompanyAsync("race");
            await _fleet.AddDriverAsync(company, "11", "+15125550101");
            await QueueAsync(company);
            // Some rounds the STOP comes at once, some in the middle, some late.
            await RaceAsync(company, taken.Reach(round * 7 % 31));

            Assert.Equal(0, await LateAttempts.CountAsync(_database));
            var ends = await EndsAsync(company);
            Assert.Equal(Messages, ends.Sum(e => e.Value));
            Assert.Empty(ends.Keys.Except(["accepted", "refused"]));
            Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and reason = 'consent_stopped' and status = 'accepted'"));
            Assert.Equal(taken.Count, ends.GetValueOrDefault("accepted") + 1);
            (sent, stopped) = (sent + ends.GetValueOrDefault("accepted"), stopped + ends.GetValueOrDefault("refused"));
        }
        await SeeThatItWatchesAsync();
        output.WriteLine($"{Rounds} rounds: {sent} sent before the STOP, {stopped} not sent, 0 attempts after it; {watch.Elapsed.TotalSeconds / Rounds:F2} s a round");
    }

    // Without this a watch that sees nothing would pass.
    private async Task SeeThatItWatchesAsync()
    {
        await _database.ExecuteAsAdminAsync("""
            insert into fleet.attempts (tenant_id, id, outbound_id, message_id, started_at)
            select o.tenant_id, gen_random_uuid(), o.id, o.message_id, now() from fleet.outbound o where o.purpose is null limit 1
            """);
        Assert.Equal(1, await LateAttempts.CountAsync(_database));
    }

    private async Task RaceAsync(TestCompany company, Task moment)
    {
        var chat = await ChatAsync(company);
        var nudge = new Nudge(company.Id, Outbox.LaneOf(chat));
        var stop = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15125550101", "STOP", $"wamid.stop.{company.Id}")]));
        var stopping = Task.Run(async () =>
        {
            await moment.WaitAsync(TimeSpan.FromSeconds(30));
            await _fleet.WorkAsync(stop.Nudges);
        });
        // Each message brings a nudge: who finds that another one is sending comes again.
        var senders = Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            do await _fleet.Get<SendLane>().HandleAsync(nudge, default);
            while (!stopping.IsCompleted);
        })).ToArray();
        await Task.WhenAll([.. senders, stopping]);
        await _fleet.WorkAsync([], [nudge]);
    }

    private async Task QueueAsync(TestCompany company)
    {
        var (chat, driver) = (await ChatAsync(company), await _fleet.Db(company).FindAsync("select id from fleet.drivers where tenant_id = $1", row => row.GetGuid(0), default));
        for (var message = 0; message < Messages; message++) await _fleet.QueueNoteAsync(company, chat, message % 2 == 0 ? driver : null);
    }

    private Task<Guid> ChatAsync(TestCompany company) => _fleet.Db(company).FindAsync("select id from fleet.conversations where tenant_id = $1", row => row.GetGuid(0), default);

    private async Task<Dictionary<string, int>> EndsAsync(TestCompany company) => (await _fleet.Db(company).ListAsync(
        "select status, count(*)::int from fleet.message_logs where tenant_id = $1 and reason like 'test%' group by status", row => (row.GetString(0), row.GetInt32(1)), default)).ToDictionary();

    private Task<long> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, row => row.GetInt64(0), default);

    /// <summary>What WhatsApp has taken in a round.</summary>
    private sealed class Taken
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _reached = new();
        private int _awaited;

        public int Count { get; private set; }

        /// <summary>Another round.</summary>
        /// <returns>When it has taken so many.</returns>
        public Task Reach(int count)
        {
            lock (_lock)
            {
                (Count, _awaited, _reached) = (0, count, new(TaskCreationOptions.RunContinuationsAsynchronously));
                if (count == 0) _reached.SetResult();
                return _reached.Task;
            }
        }

        public WhatsAppAcceptance Add(WhatsAppMessage message)
        {
            lock (_lock)
            {
                if (++Count == _awaited) _reached.SetResult();
            }
            return new($"wamid.{message.OpaqueId}", message.Recipient.TrimStart('+'));
        }
    }
}
