using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Core.WhatsApp;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace FleetChat.Tests.Inbox;

/// <summary>
/// A number that goes from one company to another and back while messages for it are on their way, into two processes that each
/// remember whose it was. FLEETCHAT_TEST_SIZE=long lets it move 1,000 times.
/// </summary>
public sealed class NumberMovesTests(FleetFixture fixture, ITestOutputHelper output) : IClassFixture<FleetFixture>
{
    private static readonly int s_moves = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long" ? 1_000 : 25;
    private static readonly TimeSpan[] s_around = [.. Enumerable.Range(-4, 9).Select(second => TimeSpan.FromSeconds(second))];
    private readonly TestFleet _fleet = fixture.Fleet;
    private readonly Dictionary<string, TenantId> _owners = [];

    [Fact]
    public async Task Each_message_is_in_the_log_of_whoever_had_the_number_when_it_was_written_or_in_nobodys()
    {
        var (one, other) = (await _fleet.AddCompanyAsync("before"), await _fleet.AddCompanyAsync("after"));
        await EndAsync(other);
        // Both are known by the same number from here on; whose it is, is what moves.
        other = other with { PhoneNumberId = one.PhoneNumberId, AccountId = one.AccountId };
        ReceiveWhatsAppWebhook[] processes = [NewProcess(), NewProcess()];
        _fleet.Clock.Advance(TimeSpan.FromMinutes(1));

        for (var move = 0; move < s_moves; move++)
        {
            var (from, to) = move % 2 == 0 ? (one, other) : (other, one);
            var now = _fleet.Clock.GetUtcNow();
            var early = s_around.Where(second => second < TimeSpan.Zero).Select(second => Write(from, now + second, $"wamid.move-{move}-{second.TotalSeconds}")).ToArray();
            var late = s_around.Where(second => second >= TimeSpan.Zero).Select(second => Write(to, now + second, $"wamid.move-{move}-{second.TotalSeconds}")).ToArray();
            var hasLeft = new TaskCompletionSource();
            await Task.WhenAll([Task.Run(() => MoveAsync(from, to, hasLeft)), .. processes.Select(process => Task.Run(() => ReceiveAsync(process, early, hasLeft.Task, late)))]);
            _fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        await AssertNoStrangersAsync(one, other);
    }

    private async Task AssertNoStrangersAsync(params TestCompany[] companies)
    {
        var stored = 0;
        foreach (var company in companies)
        {
            var key = await _fleet.Get<DataKeys>().GetAsync(company.Id, default);
            var kept = (await _fleet.Db(company).ListAsync("select external_index from fleet.inbox_keys where tenant_id = $1", row => Convert.ToHexString(row.Bytes(0)), default)).ToHashSet();
            Assert.DoesNotContain(_owners, message => message.Value != company.Id && kept.Contains(Convert.ToHexString(key.BlindIndex("external_id", message.Key))));
            stored += _owners.Count(message => message.Value == company.Id && kept.Contains(Convert.ToHexString(key.BlindIndex("external_id", message.Key))));
        }
        // What came too early or too late is kept aside; it is not all of it, or nothing would have been shown.
        Assert.InRange(stored, s_moves, _owners.Count);
        var unrouted = await _fleet.Database.ScalarAsAdminAsync<long>($"select count(*) from fleet.unrouted where phone_number_id = '{companies[0].PhoneNumberId}'");
        Assert.True(stored + unrouted >= _owners.Count, $"{_owners.Count} messages, of which {stored} are stored and {unrouted} kept aside");
        output.WriteLine($"{s_moves} moves: {_owners.Count} messages, {stored} with their company, {unrouted} times one was kept aside");
    }

    /// <summary>A process with a memory of its own.</summary>
    private ReceiveWhatsAppWebhook NewProcess()
        => ActivatorUtilities.CreateInstance<ReceiveWhatsAppWebhook>(_fleet.Get<IServiceProvider>(), new NumberDirectory(_fleet.Get<SystemDb>()));

    private string Write(TestCompany owner, DateTimeOffset at, string wamid)
    {
        var body = Payloads.WhatsApp(owner, messages: new JsonObject[] { Payloads.Text("15550001111", "hi", wamid, at.ToUnixTimeSeconds()) });
        _owners[Assert.Single(WhatsAppDelivery.TrySplit(Encoding.UTF8.GetBytes(body), at)!).Item.ExternalId] = owner.Id;
        return body;
    }

    /// <summary>In any order, and each twice: before the move, in the middle of it, after it. What is written once the first company has left comes after that.</summary>
    private static async Task ReceiveAsync(ReceiveWhatsAppWebhook process, string[] early, Task hasLeft, string[] late)
    {
        await ReceiveAsync(process, early);
        await hasLeft;
        await ReceiveAsync(process, [.. early, .. late, .. late]);
    }

    private static async Task ReceiveAsync(ReceiveWhatsAppWebhook process, string[] bodies)
    {
        string[] order = [.. bodies];
        Random.Shared.Shuffle(order);
        foreach (var body in order)
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(TestFleet.AppSecret), bytes);
            Assert.True((await process.HandleAsync(new($"sha256={Convert.ToHexStringLower(mac)}", bytes), default)).IsAccepted);
        }
    }

    private async Task MoveAsync(TestCompany from, TestCompany to, TaskCompletionSource hasLeft)
    {
        await EndAsync(from);
        hasLeft.SetResult();
        await using var db = await _fleet.Get<TenantDbs>().BeginAsync(to.Id, default);
        await NumberAssignments.BeginAsync(db, _fleet.Get<SystemDb>(), to.PhoneNumberId, to.AccountId, _fleet.Clock.GetUtcNow(), default);
        await db.CommitAsync(default);
    }

    private async Task EndAsync(TestCompany company)
    {
        await using var db = await _fleet.Get<TenantDbs>().BeginAsync(company.Id, default);
        await NumberAssignments.EndAsync(db, _fleet.Clock.GetUtcNow(), default);
        await db.CommitAsync(default);
    }
}
