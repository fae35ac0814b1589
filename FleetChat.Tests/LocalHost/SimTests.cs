using System.Globalization;
using System.Text.Json;
using FleetChat.LocalHost.Commands.Sim;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

/// <summary>The simulators by the command line.</summary>
public sealed class SimTests : IAsyncLifetime
{
    private readonly int _port = FreePorts.First();
    private RunningSimulators _running = null!;

    public async Task InitializeAsync() => _running = await RunningSimulators.StartAsync(
        new(Samsara: true, WhatsApp: true) { SamsaraUrl = $"http://127.0.0.1:{_port}", WhatsAppUrl = $"http://127.0.0.1:{_port + 1}" }, default);

    public async Task DisposeAsync() => await _running.DisposeAsync();

    [Fact]
    public async Task What_they_hold_is_listed()
    {
        using var samsara = new SamsaraControl(_running.Samsara!);
        using var whatsApp = new WhatsAppControl(_running.WhatsApp!);
        await samsara.AddOrgAsync(new(77, "North Haulage", "token"));
        var driver = await samsara.AddDriverAsync(77, new("Ann [the first]"));
        await whatsApp.AddWabaAsync(new("88", "North Haulage"));

        var said = await RunAsync("list");

        Assert.Matches($@"77 North Haulage\s+driver\s+{driver}\s+Ann \[the first\]", said);
        Assert.Contains("sent to nobody yet", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_are_begun_shown_and_ended()
    {
        Assert.Contains("no trouble", await RunAsync("faults"), StringComparison.Ordinal);

        var on = await RunAsync("faults", "on", "--seed", "7", "--calls", "20%", "--kinds", "too_many,reset-after", "--of", "samsara");

        Assert.Contains("seed 7: 20 % of calls (too_many, reset_after), 0 % of webhooks", on, StringComparison.Ordinal);
        Assert.Contains("whatsapp  no trouble", await RunAsync("faults"), StringComparison.Ordinal);
        Assert.DoesNotContain("seed", await RunAsync("faults", "off"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhooks_are_held_and_let_go()
    {
        await RunAsync("hold");

        Assert.Contains("0 of Samsara, 0 of WhatsApp", await RunAsync("release", "--order", "shuffled", "--one-post"), StringComparison.Ordinal);
        Assert.Contains("nothing is held", (await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync("release"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chats_and_the_journal_are_shown()
    {
        using var whatsApp = new WhatsAppControl(_running.WhatsApp!);
        await whatsApp.AddWabaAsync(new("88", "North Haulage"));
        await whatsApp.AddNumberAsync(new("99", "88", "15550783881", "North Haulage"));
        await whatsApp.AddUserAsync(new("16505551234", "Sheena"));
        await whatsApp.SendTextAsync("99", "16505551234", "Where is\ndock 4?");

        Assert.Contains("Where is\n      dock 4?", (await RunAsync("chats", "--user", "+16505551234")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("No chat yet", await RunAsync("chats", "--number", "404"), StringComparison.Ordinal);
        Assert.Matches(@"whatsapp\s+user\.sent\s.*text=Where is dock 4\?", await RunAsync("journal", "--kind", "user", "--last", "1"));
    }

    [Fact]
    public async Task Nobody_there_is_said_in_a_sentence()
    {
        await _running.DisposeAsync();

        Assert.Contains("No simulator answers", (await Assert.ThrowsAsync<StartRefusedException>(() => RunAsync("list"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kinds_of_one_sort_leave_the_other_alone()
    {
        var plan = SimOptions.Read(["faults", "on", "--kinds", "lost", "--webhooks", "50"]).ToPlan();

        Assert.Equal((0, 0.5), (plan.Calls, plan.Webhooks));
        Assert.Equal([WebhookTrouble.Lost], plan.WebhookKinds);
    }

    [LinuxFact]
    public async Task As_a_process_of_their_own_they_serve_until_they_are_stopped_and_their_journal_stays()
    {
        using var folder = new ReachableFolder();
        var journal = Path.Combine(folder.Path, "journal.jsonl");
        var port = FreePorts.First().ToString(CultureInfo.InvariantCulture);
        await using (var sim = LocalHostProcess.Start(folder.Path, "sim", "--port", port, "--journal", journal))
        {
            await sim.SaysAsync("Ctrl-C");
            using var http = new HttpClient();
            using var refused = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/me"));
            await using var second = LocalHostProcess.Start(folder.Path, "sim", "--port", port);
            Assert.Equal(1, await second.EndAsync());
            Assert.Contains("--port", second.Said, StringComparison.Ordinal);
            await sim.SignalAsync("INT");
            Assert.Equal(0, await sim.EndAsync());
        }

        using var line = JsonDocument.Parse(Assert.Single(await File.ReadAllLinesAsync(journal)));
        Assert.Equal("rest.request", line.RootElement.GetProperty("kind").GetString());
    }

    private Task<string> RunAsync(params string[] words)
        => CommandConsole.RunAsync(console => SimCommand.RunAsync(SimOptions.Read([.. words, "--port", _port.ToString(CultureInfo.InvariantCulture)]), console, default));
}
