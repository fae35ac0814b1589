using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Commands.Why;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

/// <summary>What somebody who asks why gets to read.</summary>
public sealed class WhyCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private HostWithCompany _host = null!;

    public async Task InitializeAsync() => _host = await HostWithCompany.StartAsync(fixture.Database);

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Fact]
    public async Task Event_and_its_message_are_told_as_a_timeline()
    {
        await _host.TriggerAsync("RouteStopArrival", "--event-id", "the-arrival", "--route", "61", "--stop", "62");

        var said = await RunAsync("the-arrival");

        Assert.StartsWith("event ", said, StringComparison.Ordinal);
        Assert.Contains($"of {_host.Company.Tenant}: one message", said, StringComparison.Ordinal);
        Assert.Matches(@"arrived\s+samsara RouteStopArrival\s+event the-arrival", said);
        Assert.Matches(@"decided\s+message: fleetchat_stop_arrived_v2", said);
        Assert.Contains("message made", said, StringComparison.Ordinal);
        var message = await fixture.Database.ScalarAsAdminAsync<Guid>("select id from fleet.message_logs where tenant_id = $1", P.Text(_host.Company.Tenant));
        Assert.StartsWith($"message {message} of", await RunAsync(message.ToString(), "--tenant", _host.Company.Tenant), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_and_names_are_shown_only_to_who_asks_for_them()
    {
        await _host.TriggerAsync("RouteStopArrival", "--event-id", "the-arrival", "--driver", _host.Company.Drivers[0].Id);

        Assert.DoesNotContain("Ann Archer", await RunAsync("the-arrival"), StringComparison.Ordinal);
        Assert.Contains("Ann Archer: ", await RunAsync("the-arrival", "--text"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machines_get_ids_codes_and_times()
    {
        var row = await _host.TriggerAsync("DriverUpdated", "--event-id", "the-update");

        using var said = JsonDocument.Parse(await RunAsync("the-update", "--json"));

        var why = said.RootElement;
        Assert.Equal(("event", row, _host.Company.Tenant), (why.GetProperty("about").GetString(), why.GetProperty("id").GetGuid(), why.GetProperty("tenant_id").GetString()));
        Assert.StartsWith("no message: ", why.GetProperty("conclusion").GetString(), StringComparison.Ordinal);
        var first = why.GetProperty("timeline")[0];
        Assert.Equal(("received", "the-update"), (first.GetProperty("what").GetString(), first.GetProperty("external_id").GetString()));
        Assert.EndsWith("Z", first.GetProperty("at").GetString(), StringComparison.Ordinal);
        Assert.Equal((0, 0), (why.GetProperty("messages").GetArrayLength(), why.GetProperty("texts").GetArrayLength()));
    }

    [Fact]
    public async Task Another_companys_id_is_as_unknown_as_none()
    {
        await _host.TriggerAsync("DriverUpdated", "--event-id", "mine");
        var other = await _host.AddCompanyAsync();

        Assert.Contains("event mine", await RunAsync("mine"), StringComparison.Ordinal);
        foreach (var (id, says) in new[] { ("mine", $"'{other.Tenant}' has nothing of the id 'mine'"), ("none", $"'{other.Tenant}' has nothing of the id 'none'") })
            Assert.StartsWith(says, (await RefusedAsync(id, "--tenant", other.Tenant)).Message, StringComparison.Ordinal);
        Assert.StartsWith("There is nothing of the id 'none'", (await RefusedAsync("none")).Message, StringComparison.Ordinal);
        Assert.Contains("no company 'nobody_001'", (await RefusedAsync("mine", "--tenant", "nobody_001")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_installation_says_how_to_start_it()
    {
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => CommandConsole.RunAsync(console => WhyCommand.RunAsync(CommandOptions.ReadWhy(["x"]), _host.Stopped, console, default)));

        Assert.Contains("-- up", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Id_is_needed() => Assert.Throws<FormatException>(() => CommandOptions.ReadWhy(["--json"]));

    private Task<string> RunAsync(params string[] words) => CommandConsole.RunAsync(console => WhyCommand.RunAsync(CommandOptions.ReadWhy(words), _host.Found, console, default));

    private Task<StartRefusedException> RefusedAsync(params string[] words) => Assert.ThrowsAsync<StartRefusedException>(() => RunAsync(words));
}
