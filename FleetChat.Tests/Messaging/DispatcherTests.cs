using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.WhatsApp;
using Moq;

namespace FleetChat.Tests.Messaging;

/// <summary>What waits for a dispatcher: when it is alerted, and when its writer sees that it was read.</summary>
public sealed class DispatcherTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Phone = "+15550001111";
    private const string Digits = "15550001111";
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task What_nobody_takes_is_alerted_in_the_companys_time_and_once_more_after_an_hour()
    {
        var company = await StartAsync();
        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));
        await ReceiveAsync(company, Payloads.Text(Digits, "Hello?", "wamid.2"));

        await PassAsync(TimeSpan.FromMinutes(14));
        Assert.Null(await AlertAsync(company));
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((2, true), await AlertAsync(company));
        await PassAsync(TimeSpan.FromMinutes(59));
        Assert.Equal((2, true), await AlertAsync(company));
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((4, true), await AlertAsync(company));
        await PassAsync(TimeSpan.FromHours(5));
        Assert.Equal((4, true), await AlertAsync(company));

        await HandleAsync(company);
        Assert.Equal((4, false), await AlertAsync(company));
    }

    [Fact]
    public async Task Company_may_give_its_dispatchers_another_time()
    {
        var company = await StartAsync();
        await _fleet.Db(company).ExecuteAsync("update fleet.tenant_configurations set escalate_after_minutes = 3 where tenant_id = $1", default);
        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));

        await PassAsync(TimeSpan.FromMinutes(3));

        Assert.Equal((1, true), await AlertAsync(company));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_taken_or_handled_in_time_is_not_alerted(bool handled)
    {
        var company = await StartAsync();
        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));

        if (handled) await HandleAsync(company);
        else Assert.Equal(1, (await TakeAsync(company, "Kim")).Value.Taken);
        await PassAsync(TimeSpan.FromHours(2));

        Assert.Null(await AlertAsync(company));
    }

    [Fact]
    public async Task Taking_ends_the_alert_and_what_comes_later_has_to_be_taken_anew()
    {
        var company = await StartAsync();
        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));
        await PassAsync(TimeSpan.FromMinutes(15));

        await TakeAsync(company, "Kim");
        Assert.Equal((1, false), await AlertAsync(company));
        await ReceiveAsync(company, Payloads.Text(Digits, "Hello?", "wamid.2"));
        await PassAsync(TimeSpan.FromMinutes(15));

        Assert.Equal(1, await CountAsync(company, "select count(*) from fleet.alerts where tenant_id = $1 and code = 'dispatcher.waiting' and closed_at is null"));
    }

    [Fact]
    public async Task What_one_dispatcher_took_another_gets_only_by_saying_so()
    {
        var company = await StartAsync();
        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));

        Assert.Equal(1, (await TakeAsync(company, "Kim")).Value.Taken);
        Assert.Equal(1, (await TakeAsync(company, "Kim")).Value.Taken);
        Assert.Equal(TakeConversation.TakenAlready, (await TakeAsync(company, "Lee")).Error);
        Assert.Equal(1, (await TakeAsync(company, "Lee", fromOthers: true)).Value.Taken);

        var shown = await _fleet.Get<ListConversations>().HandleAsync(new(company.Id, NeedsDispatcher: true, new(50, null)), default);
        Assert.Equal("Lee", Assert.Single(Assert.Single(shown.Value.Data).Entries).TakenBy);
    }

    [Fact]
    public async Task Message_is_marked_read_when_a_person_has_dealt_with_it_and_once()
    {
        var company = await StartAsync();
        var read = ReadMarks(company);
        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));
        await ReceiveAsync(company, Payloads.Text(Digits, "Hello?", "wamid.2", timestamp: 1772463501));
        Assert.Empty(read);

        await HandleAsync(company);
        await HandleAsync(company);

        Assert.Equal(["wamid.2"], read);
    }

    [Fact]
    public async Task Message_that_a_rule_dealt_with_is_marked_read_unless_an_earlier_one_still_waits()
    {
        var company = await StartAsync();
        var (read, taken) = (ReadMarks(company), _fleet.AcceptAll());
        await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11", at: _fleet.Clock.GetUtcNow()))).Nudges);
        var question = taken.First(m => m.PhoneNumberId == company.PhoneNumberId);
        var tap = new ButtonPayload(question.MessageId, ButtonActions.StopDone).ToString();

        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));
        await ReceiveAsync(company, Payloads.Tap(Digits, tap, "Done here", "wamid.2", $"wamid.{question.OpaqueId}"));
        Assert.Empty(read);
        await HandleAsync(company);
        Assert.Equal(["wamid.2"], read);
        await ReceiveAsync(company, Payloads.Tap(Digits, tap, "Done here", "wamid.3", $"wamid.{question.OpaqueId}", timestamp: 1772463990));

        Assert.Equal(["wamid.2", "wamid.3"], read);
    }

    [Fact]
    public async Task Mark_that_WhatsApp_did_not_take_is_made_again_and_one_that_it_refuses_is_let_go()
    {
        var company = await StartAsync();
        var answers = new Queue<WhatsAppFailure?>([WhatsAppFailure.Unknown, null, WhatsAppFailure.Permanent]);
        var read = ReadMarks(company, () => answers.Dequeue());
        await ReceiveAsync(company, Payloads.Text(Digits, "Where do I park?", "wamid.1"));

        await HandleAsync(company);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["wamid.1", "wamid.1"], read);
        await ReceiveAsync(company, Payloads.Text(Digits, "Hello?", "wamid.2", timestamp: 1772463501));
        await HandleAsync(company);

        Assert.Equal(["wamid.1", "wamid.1", "wamid.2"], read);
        Assert.Equal(["read", "refused: 100"], await _fleet.Db(company).ListAsync(
            "select outcome from fleet.calls where tenant_id = $1 and status = 'done' order by created_at", row => row.GetString(0), default));
    }

    private async Task<TestCompany> StartAsync()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", Phone, language: "en");
        return company;
    }

    private async Task ReceiveAsync(TestCompany company, JsonObject message)
        => await _fleet.WorkAsync((await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [message]))).Nudges);

    private async Task PassAsync(TimeSpan time)
    {
        _fleet.Clock.Advance(time);
        await _fleet.SweepAsync();
    }

    private async Task HandleAsync(TestCompany company)
    {
        var handled = await _fleet.Get<MarkConversationHandled>().HandleAsync(new(company.Id, await ConversationAsync(company), null, "test"), default);
        await _fleet.WorkAsync([], [], handled.Value.Work.Call);
    }

    private async Task<Core.Result<ConversationTaken>> TakeAsync(TestCompany company, string who, bool fromOthers = false)
        => await _fleet.Get<TakeConversation>().HandleAsync(new(company.Id, await ConversationAsync(company), who, fromOthers, "test"), default);

    private Task<Guid> ConversationAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select conversation_id from fleet.drivers where tenant_id = $1", row => row.GetGuid(0), default);

    private Task<(int Count, bool IsOpen)?> AlertAsync(TestCompany company)
        => _fleet.Db(company).FindAsync<(int, bool)?>("select count, closed_at is null from fleet.alerts where tenant_id = $1 and code = 'dispatcher.waiting' order by opened_at desc",
            row => (row.GetInt32(0), row.GetBoolean(1)), default);

    private Task<long> CountAsync(TestCompany company, string sql) => _fleet.Db(company).FindAsync(sql, row => row.GetInt64(0), default);

    /// <summary>WhatsApp's ids of what was marked read of this company.</summary>
    private List<string> ReadMarks(TestCompany company, Func<WhatsAppFailure?>? answer = null)
    {
        var read = new List<string>();
        _fleet.WhatsApp.Setup(w => w.MarkReadAsync(It.Is<WhatsAppRead>(r => r.PhoneNumberId == company.PhoneNumberId), It.IsAny<CancellationToken>()))
            .Returns((WhatsAppRead mark, CancellationToken _) =>
            {
                read.Add(mark.Wamid);
                return answer?.Invoke() is { } failure ? Task.FromException(new WhatsAppException(failure, 100, null, null)) : Task.CompletedTask;
            });
        return read;
    }
}
