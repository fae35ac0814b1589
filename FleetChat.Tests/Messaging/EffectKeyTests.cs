using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;
using FleetChat.Core.Transports;
using FleetChat.Tests.Guards;

namespace FleetChat.Tests.Messaging;

/// <summary>What comes under another id, or to another worker at the same moment, is known by what it is about.</summary>
public sealed class EffectKeyTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private const string Key = "stop:7002:arrived:1772463500";
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    [Catches(Guard.BusinessKey)]
    public async Task One_fact_makes_one_message()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", "+15550001111");
        var key = await _fleet.Get<DataKeys>().GetAsync(company.Id, default);
        var conversation = await _fleet.Db(company).FindAsync("select id from fleet.conversations where tenant_id = $1", row => row.GetGuid(0), default);

        var told = await TwiceAsync(() => Outbox.TryAddAsync(
            _fleet.Db(company), key, _fleet.Clock, new(_fleet.Clock.NewId(), conversation, null, MessageKind.Text, new("You are there."), "stop_arrived", Key), lane: 1, default));

        Assert.Equal([false, true], told);
    }

    [Fact]
    [Catches(Guard.BusinessKey)]
    public async Task One_fact_is_in_a_trips_history_once()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.AddDriverAsync(company, "11", "+15550001111");
        _fleet.AcceptAll();
        await _fleet.WorkAsync((await _fleet.FromSamsaraAsync(company, Payloads.StopArrival(company, "11"))).Nudges);
        var transport = await _fleet.Db(company).FindAsync("select id from fleet.transports where tenant_id = $1", row => row.GetGuid(0), default);

        var noted = await TwiceAsync(() => TransportSql.TryNoteAsync(
            _fleet.Db(company), new(transport, null, _fleet.Clock.GetUtcNow(), "stop_arrived", "samsara", Key), _fleet.Clock, default));

        Assert.Equal([false, true], noted);
    }

    private static async Task<IEnumerable<bool>> TwiceAsync(Func<Task<bool>> tell) => (await Task.WhenAll(tell(), tell())).Order();
}
