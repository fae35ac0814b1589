using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Holds;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Moq;

namespace FleetChat.Tests.Messaging.Holds;

/// <summary>A message that is held at the moment in which the look ends.</summary>
public sealed class HoldRaceTests
{
    [Fact]
    public async Task Held_while_the_last_look_ends_it_has_a_look_of_its_own()
    {
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        var samsara = new Mock<ISamsaraClient>(MockBehavior.Strict);
        samsara.Setup(s => s.ListDutiesAsync(It.IsAny<SamsaraAccess>(), It.IsAny<IReadOnlyCollection<string>>(), It.IsAny<CancellationToken>()))
            .Returns(async (SamsaraAccess _, IReadOnlyCollection<string> drivers, CancellationToken _) =>
            {
                asked.TrySetResult();
                await answer.Task;
                return [.. drivers.Select(driver => new SamsaraDuty(driver, "offDuty"))];
            });
        await using var database = await TestDatabase.BorrowAsync();
        await using var fleet = await TestFleet.StartAsync(database, services => services.Replace(ServiceDescriptor.Singleton(samsara.Object)));
        var taken = fleet.AcceptAll();
        var company = await fleet.AddCompanyAsync();
        var first = await AddAsync(fleet, company, "1", "+15550001111");
        foreach (var nudge in (await fleet.Get<SendLane>().HandleAsync(new(company.Id, first.Lane), default)).Call) Assert.Equal(CallLanes.Samsara, nudge.Lane);
        var look = fleet.Get<MakeCalls>().HandleAsync(new(company.Id, CallLanes.Samsara), default);
        await asked.Task;
        var second = await AddAsync(fleet, company, "2", "+15550002222");

        // The look knows nothing of the second driver, and is about to end.
        await using (var db = await fleet.Get<TenantDbs>().BeginAsync(company.Id, default))
        {
            await WatchWheel.AskAsync(db, await fleet.Get<DataKeys>().GetAsync(company.Id, default), fleet.Clock, default);
            await HoldSql.HoldAsync(db, fleet.Clock, [second.Outbound], fleet.Clock.GetUtcNow(), default);
            answer.SetResult();
            await Until.TrueAsync(async () => look.IsCompleted || await fleet.Database.ScalarAsAdminAsync<long>(Waiting) == 1, "the look's end to wait for what is being held");
            Assert.False(look.IsCompleted);
            await db.CommitAsync(default);
        }
        var work = await look;
        Assert.Equal("waiting", await fleet.Db(company).FindAsync("select status from fleet.calls where tenant_id = $1 and kind = 'wheel'", row => row.GetString(0), default));

        await fleet.WorkAsync([], work.Send);
        Assert.Equal([first.Message], taken.Select(t => t.MessageId));
        fleet.Clock.Advance(WatchWheel.Interval);
        await fleet.SweepAsync();
        Assert.Equal([first.Message, second.Message], taken.Select(t => t.MessageId));
    }

    private const string Waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

    private static async Task<(Guid Message, Guid Outbound, short Lane)> AddAsync(TestFleet fleet, TestCompany company, string samsaraId, string phone)
    {
        var driver = await fleet.AddDriverAsync(company, samsaraId, phone);
        var db = fleet.Db(company);
        var conversation = await db.FindAsync("select conversation_id from fleet.drivers where tenant_id = $1 and id = $2", row => row.GetGuid(0), default, P.Uuid(driver));
        var id = TimeProvider.System.NewId();
        var message = new NewMessage(id, conversation, driver, MessageKind.Template, new("Hello") { Template = TemplateSet.DispatcherNote, Language = "en_US" }, "test", $"test:{id:N}") { CanWait = true };
        await Outbox.TryAddAsync(db, await fleet.Get<DataKeys>().GetAsync(company.Id, default), fleet.Clock, message, Outbox.LaneOf(conversation), default);
        return (id, await db.FindAsync("select id from fleet.outbound where tenant_id = $1 and message_id = $2", row => row.GetGuid(0), default, P.Uuid(id)), Outbox.LaneOf(conversation));
    }
}
