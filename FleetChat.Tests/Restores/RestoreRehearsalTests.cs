using System.Text.Json;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Tenants;
using FleetChat.Functions.Restores;
using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Demo;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;
using Xunit.Abstractions;
using Driver = FleetChat.LocalHost.Hosting.Driver;

namespace FleetChat.Tests.Restores;

/// <summary>
/// The database is lost while trucks arrive, and put back to a moment some minutes before, from a base backup and the archived log. The simulators live on, and what they
/// took decides: nothing is sent twice, and of what was due each is sent, expired or on a dispatcher's list.
/// </summary>
public sealed class RestoreRehearsalTests(ITestOutputHelper output)
{
    private const string Point = "before_the_loss";

    [BackUpFact]
    public async Task After_the_database_was_put_back_nothing_is_sent_twice_and_nothing_is_lost()
    {
        await using var world = await World.StartAsync();
        await world.ArriveAsync();
        await world.PassAsync(TimeSpan.FromMinutes(6), withPolls: true);
        await world.Cluster.BackUpAsync();
        await world.ArriveAsync();
        await world.PassAsync(TimeSpan.FromMinutes(2));

        await world.LeavePendingAsync();
        var restoredTo = world.Stage.Now;
        await world.Cluster.SetPointAsync(Point);

        await world.EndTroubleAsync();
        await world.PassAsync(TimeSpan.FromMinutes(30));
        await world.ArriveAsync();
        await world.PassAsync(TimeSpan.FromMinutes(1));
        await world.ActAsync();
        var sentInLostTime = await world.CountTakenAsync();
        // Some are taken in and not sent, some are sent and not noted.
        await world.ArriveAsync();
        await world.Host.KillAsync();
        await world.Cluster.LoseAsync();

        await world.Cluster.RestoreAsync(Point);
        await world.ComeBackAsync();
        Assert.False(await world.VerifyAsync(), "the trails end before what anchors have seen, and nobody has said why");
        Assert.Equal(0, await world.RunAsync("begin", "--to", $"{restoredTo:O}"));
        Assert.True(await world.VerifyAsync(), "the restore explains what is missing");
        var pending = await world.CountAsync("select count(*) from fleet.outbound where restore_id is not null");
        Assert.True(pending >= 4, $"{pending} were pending");
        await world.Host.StartAsync(world.Stage.Settings, default);

        // What happens while it is open waits for its end, too.
        await world.ArriveAsync();
        var late = await world.TellLateAsync();
        await world.PassAsync(TimeSpan.FromMinutes(6), withPolls: true);
        Assert.Equal(0, await world.CountAsync("select count(*) from fleet.outbound where restore_id is null and status <> 'done'"));
        await Until.TrueAsync(() => world.EndOrPassAsync(), "all to be looked through", TimeSpan.FromMinutes(3));
        output.WriteLine(world.Said);
        Assert.True(await world.VerifyAsync(), "the trails go on");

        await world.PassAsync(TimeSpan.FromMinutes(1));
        var before = await world.CountTakenAsync();
        await world.ArriveAsync();
        await world.PassAsync(TimeSpan.FromMinutes(30));

        Assert.True(await world.CountTakenAsync() > before, "sending goes on");
        Assert.Equal([], await world.ListTwiceAsync());
        Assert.Equal([], await world.ListLostAsync());
        Assert.Equal(0, await world.CountAsync("select count(*) from fleet.outbound where status <> 'done' and due_at = 'infinity'"));
        Assert.True(late > 0 && await world.CountAsync("select count(*) from fleet.outbound o join fleet.message_logs m on m.tenant_id = o.tenant_id and m.id = o.message_id where o.restore_id is not null and m.status = 'delivered'") >= late);
        output.WriteLine($"{sentInLostTime} taken when the database was lost, {pending} were pending at the moment it was put back to, {late} of them told of late, {await world.CountTakenAsync()} taken in the end");
    }

    /// <summary>Two companies on a cluster that is archived, a host that dies, and simulators that live on.</summary>
    private sealed class World : IAsyncDisposable
    {
        private static readonly Company[] s_companies = [KilledDay.NewCompany(7), KilledDay.NewCompany(8)];

        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetchat-restore-");
        private readonly List<string> _arrivals = [];
        private readonly StringWriter _said = new();
        private BusinessSteps _steps = null!;
        private SimulatorsProcess _simulators = null!;
        private int _trips;

        private World(ArchivedCluster cluster) => (Cluster, Host) = (cluster, new(_folder.FullName));

        public ArchivedCluster Cluster { get; }

        public ChildProcessHost Host { get; }

        public Stage Stage { get; private set; } = null!;

        public string Said => _said.ToString();

        private FoundInstallation Found => new(_folder.FullName, Cluster.AdminConnectionString, IsPrivate: false, Stage.Settings.Url) { Database = ArchivedCluster.Database };

        public static async Task<World> StartAsync()
        {
            var world = new World(await ArchivedCluster.StartAsync());
            // Where the commands look for it.
            var secrets = Installation.SecretsIn(Installation.OwnIn(world._folder.FullName));
            var settings = new LocalHostSettings(world.Cluster.Connections, secrets, LocalHostSettings.FreeUrl(), LocalHostSettings.NewSecret(), LocalHostSettings.NewSecret(), new("http://127.0.0.1"));
            world._simulators = await SimulatorsProcess.StartAsync(new(settings.Url, LocalHostApp.ClockPath));
            settings = settings with { GraphBaseUrl = world._simulators.WhatsApp.Address, SamsaraBaseUrl = world._simulators.Samsara.Address };
            await world.StandAsync(settings, KilledDay.NextMorning(TimeProvider.System.GetUtcNow()));
            await MortalFleet.SetUpAsync(world.Stage, world.Host, s_companies, KilledDay.WithoutTrips);
            return world;
        }

        /// <summary>On the restored database, at the time that it is.</summary>
        public async Task ComeBackAsync()
        {
            var (settings, now) = (Stage.Settings with { Database = Cluster.Connections }, Stage.Now);
            await Stage.DisposeAsync();
            await _steps.DisposeAsync();
            await StandAsync(settings, now);
        }

        private async Task StandAsync(LocalHostSettings settings, DateTimeOffset now)
        {
            Stage = new(settings, _simulators.Samsara, _simulators.WhatsApp, Story.Untold(), now);
            _steps = new(settings) { IsQuietElsewhere = async ct => await Stage.Samsara.PendingAsync(ct) == 0 && await Stage.WhatsApp.PendingAsync(ct) == 0 };
            await Stage.FreezeAsync(default);
        }

        /// <summary>A truck of each driver reaches a stop.</summary>
        public async Task ArriveAsync()
        {
            foreach (var company in s_companies)
            {
                foreach (var driver in company.Drivers) await ArriveAsync(company, driver);
            }
        }

        private async Task ArriveAsync(Company company, Driver driver)
        {
            var number = ++_trips;
            // Names of one length: none is part of another.
            var trip = new Trip($"7{number:D5}0", $"Trip {number:D5}", [new($"7{number:D5}1", $"Stop-{number:D5}"), new($"7{number:D5}2", $"End-{number:D5}")]);
            await new CompanySetUp(Stage.Samsara, Stage.WhatsApp).AddTripAsync(company, driver, trip, Stage.Now, default);
            await Stage.Samsara.ArriveAsync(company.OrgId, trip.RouteId, trip.Stops[0].Id);
            _arrivals.Add(trip.Stops[0].Id);
        }

        /// <param name="withPolls">Samsara's lists are gone through on the way.</param>
        public async Task PassAsync(TimeSpan time, bool withPolls = false)
        {
            var end = Stage.Now + time;
            if (withPolls) await _steps.StepToAsync(end, withPolls: true, default);
            await Stage.StepToAsync(end, default);
        }

        /// <summary>Messages under retry of one company, and calls under way of the other.</summary>
        public async Task LeavePendingAsync()
        {
            await Stage.WhatsApp.FailSendsAsync(new(3, s_companies[0].NumberId, 131000, 500));
            await Stage.WhatsApp.FailSendsAsync(new(3, s_companies[1].NumberId, DelayMs: 4000));
            await ArriveAsync();
            await Until.TrueAsync(async () => await CountAsync("select count(*) from fleet.outbound where status = 'retrying'") >= 3
                && await CountAsync("select count(*) from fleet.outbound where status = 'sending'") >= 1, "calls to fail and to be under way");
        }

        public Task EndTroubleAsync() => Stage.WhatsApp.ClearFaultsAsync();

        /// <summary>What is in the audit trail, and an anchor has seen it.</summary>
        public async Task ActAsync()
        {
            await using var core = SetUpServices.Create(Stage.Settings, new StandingClock(Stage.Now));
            var anchored = AnchoredBytes();
            foreach (var company in s_companies)
                Assert.True((await core.GetRequiredService<TenantPauses>().PauseAsync(new(TenantId.Parse(company.Tenant), new(From: Stage.Now.AddDays(30)), ByPlatform: false, "test"), default)).IsOk);
            await Until.TrueAsync(() => AnchoredBytes() > anchored, "the trails' ends to be noted");
        }

        private long AnchoredBytes() => new DirectoryInfo(Stage.Settings.AnchorsFolder).EnumerateFiles().Sum(file => file.Length);

        public Task<bool> VerifyAsync() => AuditCommand.VerifyAsync(new AuditCommandOptions(), Found, Quiet(), default);

        private static IAnsiConsole Quiet() => AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(TextWriter.Null) });

        public Task<int> RunAsync(params string[] arguments)
        {
            _said.GetStringBuilder().Clear();
            return RestoreCommand.RunAsync(RestoreOptions.Read(arguments), Found, _said, default);
        }

        /// <summary>As an operator tries it: what a process held when the database was lost is taken over by a later sweep, so time goes on between.</summary>
        public async Task<bool> EndOrPassAsync()
        {
            if (await RunAsync("end") == 0) return true;
            await PassAsync(TimeSpan.FromMinutes(2), withPolls: true);
            return false;
        }

        /// <summary>Of half of those that were pending, and sent in the lost time, a status comes after all.</summary>
        /// <returns>How many.</returns>
        public async Task<int> TellLateAsync()
        {
            var pending = (await Cluster.InFleetAsync<Guid[]>("select coalesce(array_agg(message_id), '{}') from fleet.outbound where status = 'doubt'")).ToHashSet();
            var sent = (await Stage.WhatsApp.JournalAsync()).Where(e => e.Kind == "send.accepted" && MessageOf(e.Data) is { } message && pending.Contains(message)).ToList();
            var told = sent.Take((sent.Count + 1) / 2).ToList();
            foreach (var one in told) await Stage.WhatsApp.SendStatusAsync(new(one.Data.GetProperty("wamid").GetString()!, "delivered"));
            return told.Count;
        }

        private static Guid? MessageOf(JsonElement accepted)
            => AttemptReference.TryRead(accepted.GetProperty("biz_opaque_callback_data").GetString(), out var reference) ? reference.Message : null;

        public async Task<int> CountTakenAsync() => (await Stage.WhatsApp.JournalAsync()).Count(e => e.Kind == "send.accepted");

        public Task<long> CountAsync(string sql) => Cluster.InFleetAsync<long>(sql);

        /// <summary>What a driver got more than once. Each trip and each stop has a name of its own.</summary>
        public async Task<IReadOnlyList<string>> ListTwiceAsync() =>
        [
            .. (await Stage.WhatsApp.ChatsAsync()).SelectMany(chat => chat.Messages
                .Where(message => message.Text.Contains("Stop-", StringComparison.Ordinal) || message.Text.Contains("Trip ", StringComparison.Ordinal))
                .GroupBy(message => message.Text).Where(same => same.Count() > 1).Select(same => $"{chat.User}: {same.Count()} times '{same.Key}'")),
        ];

        /// <summary>Arrivals that nobody was told of, and of which no dispatcher knows.</summary>
        public async Task<IReadOnlyList<string>> ListLostAsync()
        {
            var told = (await Stage.WhatsApp.ChatsAsync()).SelectMany(chat => chat.Messages).Where(m => m.Buttons is [var first, ..] && first.StartsWith("Done", StringComparison.Ordinal)).Select(m => m.Text).ToList();
            var ended = await Cluster.InFleetAsync<string[]>("""
                select coalesce(array_agg(s.samsara_stop_id), '{}')
                from fleet.message_logs m
                join fleet.stops s on s.tenant_id = m.tenant_id and s.id = m.stop_id
                where m.reason like 'stop_arrived%'
                  and (m.status = 'expired'
                       or exists (select from fleet.dispatcher_entries e where e.tenant_id = m.tenant_id and e.message_id = m.id))
                """);
            var lost = _arrivals.Where(stop => !told.Exists(text => text.Contains($"Stop-{stop[1..6]}", StringComparison.Ordinal))).Except(ended);
            var known = (await Cluster.InFleetAsync<string[]>("""
                select coalesce(array_agg(format('%s %s: %s', s.samsara_stop_id, s.state, m.said) order by s.samsara_stop_id), '{}')
                from fleet.stops s
                cross join lateral (
                    select string_agg(format('%s %s', m.reason, m.status), ', ') as said
                    from fleet.message_logs m
                    where m.tenant_id = s.tenant_id and m.stop_id = s.id) m
                """)).ToLookup(line => line[..line.IndexOf(' ', StringComparison.Ordinal)]);
            return [.. lost.Select(stop => known[stop].FirstOrDefault() ?? $"{stop}: not known")];
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await _steps.DisposeAsync();
            await Stage.DisposeAsync();
            await _simulators.DisposeAsync();
            await Cluster.DisposeAsync();
            _folder.Delete(recursive: true);
            await _said.DisposeAsync();
        }
    }
}
