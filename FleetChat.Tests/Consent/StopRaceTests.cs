using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using Xunit.Abstractions;

namespace FleetChat.Tests.Consent;

/// <summary>STOP against a hundred messages that are being sent to the same driver. FLEETCHAT_TEST_SIZE=long plays it 1,000 times.</summary>
public sealed class StopRaceTests(FleetFixture fixture, ITestOutputHelper output) : IClassFixture<FleetFixture>
{
    private const int Messages = 100;
    private const int Senders = 6;
    private static readonly int Rounds = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 1000 : 3;
    private readonly TestFleet _fleet = fixture.Fleet;

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

    [Fact]
    public async Task No_attempt_is_committed_after_a_stop_has()
    {
        await LateAttempts.WatchAsync(_fleet.Database);
        await _fleet.Database.ExecuteAsAdminAsync(Unpaced);
        var taken = _fleet.AcceptAll();
        var (sent, stopped) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            var company = await _fleet.AddCompanyAsync("race");
            await _fleet.AddDriverAsync(company, "11", "+15125550101");
            taken.Clear();
            await QueueAsync(company, Messages);
            await RaceAsync(company, round);

            var ends = await EndsAsync(company);
            Assert.Equal(Messages, ends.Sum(e => e.Value));
            Assert.Empty(ends.Keys.Except(["accepted", "refused"]));
            Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.message_logs where tenant_id = $1 and reason = 'consent_stopped' and status = 'accepted'"));
            Assert.Equal(taken.Count, ends.GetValueOrDefault("accepted") + 1);
            (sent, stopped) = (sent + ends.GetValueOrDefault("accepted"), stopped + ends.GetValueOrDefault("refused"));
        }

        Assert.Equal(0, await LateAttempts.CountAsync(_fleet.Database));
        await SeeThatItWatchesAsync();
        output.WriteLine($"{Rounds} rounds: {sent} sent before the STOP, {stopped} not sent, 0 attempts after it");
    }

    // Without this a watch that sees nothing would pass.
    private async Task SeeThatItWatchesAsync()
    {
        await _fleet.Database.ExecuteAsAdminAsync("""
            insert into fleet.attempts (tenant_id, id, outbound_id, message_id, started_at)
            select o.tenant_id, gen_random_uuid(), o.id, o.message_id, now() from fleet.outbound o where o.purpose is null limit 1
            """);
        Assert.Equal(1, await LateAttempts.CountAsync(_fleet.Database));
    }

    private async Task RaceAsync(TestCompany company, int round)
    {
        var chat = await ChatAsync(company);
        var nudge = new Nudge(company.Id, Outbox.LaneOf(chat));
        var stop = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15125550101", "STOP", $"wamid.stop{round}")]));
        var senders = Enumerable.Range(0, Senders).Select(_ => Task.Run(() => _fleet.Get<SendLane>().HandleAsync(nudge, default))).ToArray();
        // Some rounds the STOP comes at once, some in the middle, some late.
        var stopping = Task.Run(async () =>
        {
            for (var i = 0; i < round % 7; i++) await CountAsync(company, "select count(*) from fleet.attempts where tenant_id = $1");
            await _fleet.WorkAsync(stop.Nudges);
        });
        await Task.WhenAll([.. senders, stopping]);
        await _fleet.WorkAsync([], [nudge]);
    }

    private async Task QueueAsync(TestCompany company, int count)
    {
        var driver = await _fleet.Db(company).FindAsync("select id from fleet.drivers where tenant_id = $1", row => row.GetGuid(0), default);
        for (var i = 0; i < count; i++) await _fleet.QueueNoteAsync(company, driver);
    }

    private Task<Guid> ChatAsync(TestCompany company) => _fleet.Db(company).FindAsync("select id from fleet.conversations where tenant_id = $1", row => row.GetGuid(0), default);

    private async Task<Dictionary<string, int>> EndsAsync(TestCompany company) => (await _fleet.Db(company).ListAsync(
        "select status, count(*)::int from fleet.message_logs where tenant_id = $1 and reason like 'test%' group by status", row => (row.GetString(0), row.GetInt32(1)), default)).ToDictionary();

    private Task<long> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, row => row.GetInt64(0), default);
}
