using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

/// <summary>The command line from outside: what it says, how it ends, and that nothing is left behind.</summary>
public sealed partial class CommandLineTests
{
    [LinuxFact]
    public async Task Demo_ends_with_its_summary_and_leaves_nothing_behind()
    {
        using var folder = new ReachableFolder();
        await using var demo = LocalHostProcess.Start(folder.Path, "demo", "--json");

        var exitCode = await demo.EndAsync();

        Assert.True(exitCode == 0, demo.Said);
        using var summary = JsonDocument.Parse(demo.Said.Split('\n')[^1]);
        Assert.Equal(0, summary.RootElement.GetProperty("expectations").GetProperty("failed").GetInt32());
        AssertNothingIsLeft(folder.Path);
    }

    [LinuxFact]
    public async Task Interrupted_demo_leaves_nothing_behind()
    {
        using var folder = new ReachableFolder();
        await using var demo = LocalHostProcess.Start(folder.Path, "demo");
        await demo.SaysAsync("Maria's truck");

        await demo.SignalAsync("INT");

        Assert.Equal(130, await demo.EndAsync());
        AssertNothingIsLeft(folder.Path);
    }

    [LinuxFact]
    public async Task Children_of_a_killed_demo_end_by_themselves_and_clean_up()
    {
        using var folder = new ReachableFolder();
        await using var demo = LocalHostProcess.Start(folder.Path, "demo");
        await demo.SaysAsync("Maria's truck");

        await demo.SignalAsync("KILL");

        await Until.TrueAsync(
            () => LocalHostProcess.LivingIn(folder.Path).Count == 0 && !Directory.EnumerateFileSystemEntries(folder.Path).Any(), because: "the host and Postgres to be gone");
    }

    [LinuxFact]
    public async Task Up_serves_until_it_is_stopped_and_keeps_its_data()
    {
        using var folder = new ReachableFolder();
        var port = FirstFreePort();
        string[] command = ["up", "--port", port, "--data", Path.Combine(folder.Path, "data")];
        string key;
        await using (var up = LocalHostProcess.Start(folder.Path, command))
        {
            await up.SaysAsync("Ctrl-C");
            key = Key().Match(up.Said).Value;
            Assert.Contains("sample_trucking_001", up.Said, StringComparison.Ordinal);
            Assert.Contains($"http://127.0.0.1:{port}/api/docs", up.Said, StringComparison.Ordinal);
            Assert.Contains("Sam Driver", await DriversAsync(port, key), StringComparison.Ordinal);
            await AssertSecondIsRefusedAsync(folder.Path, command, port);
            await up.SignalAsync("INT");
            Assert.Equal(0, await up.EndAsync());
        }
        Assert.Empty(LocalHostProcess.LivingIn(folder.Path));
        await AssertIsRefusedWithoutMasterKeyAsync(folder.Path, command);

        await using var again = LocalHostProcess.Start(folder.Path, command);
        await again.SaysAsync("Ctrl-C");
        Assert.Equal(key, Key().Match(again.Said).Value);
        Assert.Contains("Sam Driver", await DriversAsync(port, key), StringComparison.Ordinal);
    }

    [LinuxFact]
    public async Task Simulators_of_their_own_process_outlive_the_host_and_what_is_triggered_reaches_the_driver()
    {
        using var folder = new ReachableFolder();
        var (sims, port, data) = (FirstFreePort(), FirstFreePort(), Path.Combine(folder.Path, "data"));
        await using var sim = LocalHostProcess.Start(folder.Path, "sim", "--port", sims, "--clock", $"http://127.0.0.1:{port}/runtime/localhost/clock");
        await sim.SaysAsync("Ctrl-C");
        foreach (var stop in new[] { "990000004", "990000005" })
        {
            await using var up = LocalHostProcess.Start(folder.Path, "up", "--port", port, "--data", data, "--simulators", sims);
            await up.SaysAsync("Ctrl-C");
            await using var trigger = LocalHostProcess.Start(folder.Path, "trigger", "RouteStopArrival", "--stop", stop, "--data", data);
            Assert.True(await trigger.EndAsync() == 0, trigger.Said);
            using var whatsApp = new WhatsAppControl(new($"http://127.0.0.1:{int.Parse(sims, CultureInfo.InvariantCulture) + 1}"));
            await Until.TrueAsync(async () => (await whatsApp.ChatsAsync()).SelectMany(chat => chat.Messages).Count() >= (stop == "990000004" ? 1 : 2), because: "the driver to be told");
        }
    }

    [Fact]
    public async Task Functions_are_listed_without_a_host()
    {
        using var folder = new ReachableFolder();
        await using var command = LocalHostProcess.Start(folder.Path, "functions");

        Assert.Equal(0, await command.EndAsync());
        Assert.Matches(@"SamsaraWebhook\s+http\s+POST /api/samsara/webhook/\{tenantId\}\s+fleetchat-process", command.Said);
        Assert.Matches(@"SendLane\s+queue\s+fleetchat-send", command.Said);
        Assert.Matches(@"Sweep\s+timer\s+\*/5 \* \* \* \* \*", command.Said);
    }

    [Theory]
    [InlineData("fly")]
    [InlineData("up", "--port")]
    [InlineData("up", "--port", "seven")]
    [InlineData("up", "--speed", "2")]
    [InlineData("demo", "--speed", "slow")]
    [InlineData("functions", "--speed", "2")]
    [InlineData("queues", "--port", "7071")]
    [InlineData("doctor", "--port", "0")]
    [InlineData("billing", "clock", "--months", "none")]
    [InlineData("instance", "--json")]
    [InlineData("instances", "--status", "lost")]
    [InlineData("instances", "--limit", "few")]
    [InlineData("sim", "fly")]
    [InlineData("sim", "faults", "on", "--kinds", "hail")]
    [InlineData("sim", "hold", "--seed", "7")]
    [InlineData("trigger", "Ping", "--copies", "0")]
    [InlineData("trigger", "Ping", "--time", "soon")]
    public async Task What_is_not_understood_is_answered_with_a_sentence_and_where_the_help_is(params string[] arguments)
    {
        using var folder = new ReachableFolder();
        await using var command = LocalHostProcess.Start(folder.Path, arguments);

        Assert.Equal(2, await command.EndAsync());
        Assert.EndsWith("'-- help' lists the commands and their options.", command.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("usage:", command.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'audit' needs one of verify and export.", "audit")]
    [InlineData("'restore' needs one of begin, status and end.", "restore")]
    [InlineData("'billing' needs one of status, run and clock.", "billing")]
    [InlineData("'billing' needs one of status, run and clock.", "billing", "sing")]
    [InlineData("'invoice' needs one of preview, list, show, pdf and explain.", "invoice")]
    public async Task Command_of_two_words_says_what_its_second_word_may_be(string said, params string[] arguments)
    {
        using var folder = new ReachableFolder();
        await using var command = LocalHostProcess.Start(folder.Path, arguments);

        Assert.Equal(2, await command.EndAsync());
        Assert.Contains(said, command.Said, StringComparison.Ordinal);
    }

    // Without a cluster of our own the data folder is locked by nobody; then it is the port that is taken.
    private static async Task AssertSecondIsRefusedAsync(string folder, string[] command, string port)
    {
        await using var second = LocalHostProcess.Start(folder, command);

        Assert.Equal(1, await second.EndAsync());
        Assert.Contains($"127.0.0.1:{port}", second.Said, StringComparison.Ordinal);
    }

    private static async Task AssertIsRefusedWithoutMasterKeyAsync(string folder, string[] command)
    {
        var (key, kept) = (Path.Combine(command[^1], "fleetchat", "secrets", "fleetchat-master-key"), Path.Combine(folder, "kept"));
        File.Move(key, kept);
        await using var refused = LocalHostProcess.Start(folder, command);

        Assert.Equal(1, await refused.EndAsync());
        Assert.Contains(key, refused.Said, StringComparison.Ordinal);
        Assert.False(File.Exists(key));
        File.Move(kept, key);
    }

    private static async Task<string> DriversAsync(string port, string key)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/api/drivers"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static void AssertNothingIsLeft(string folder)
    {
        Assert.Empty(LocalHostProcess.LivingIn(folder));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    private static string FirstFreePort() => FreePorts.First().ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("fc_local_[A-Za-z0-9_-]+")]
    private static partial Regex Key();
}
