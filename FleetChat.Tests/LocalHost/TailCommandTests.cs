using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.LocalHost.Commands;
using FleetChat.LocalHost.Commands.Tail;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.LocalHost;

/// <summary>What goes on, a line each.</summary>
public sealed class TailCommandTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private HostWithCompany _host = null!;

    public async Task InitializeAsync() => _host = await HostWithCompany.StartAsync(fixture.Database);

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Fact]
    public async Task Way_of_an_event_is_a_line_a_step_in_the_order_of_time_and_shows_no_words()
    {
        var row = await _host.TriggerAsync("RouteStopArrival", "--route", "71", "--stop", "72", "--driver", _host.Company.Drivers[0].Id);

        var lines = await OnceAsync("--tenant", _host.Company.Tenant);

        Assert.Equal(lines.Order(StringComparer.Ordinal).Select(line => line[..24]), lines.Select(line => line[..24]));
        Assert.Contains(lines, line => line.Contains("arrived", StringComparison.Ordinal) && line.Contains($"event {row}", StringComparison.Ordinal));
        foreach (var step in new[] { "decided", "message made" }) Assert.Single(lines, line => line.Contains(step, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain("Ann Archer", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Machines_get_a_value_a_line()
    {
        await _host.TriggerAsync("RouteStopArrival", "--route", "73", "--stop", "74", "--driver", _host.Company.Drivers[0].Id);

        var lines = (await OnceAsync("--tenant", _host.Company.Tenant, "--json")).Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.Equal(_host.Company.Tenant, Assert.Single(lines, line => line.GetProperty("what").GetString() == "made").GetProperty("tenant_id").GetString());
        Assert.All(lines, line => Assert.True(line.GetProperty("driver_ids").ValueKind == JsonValueKind.Array && line.TryGetProperty("detail", out _) && line.TryGetProperty("at", out _)));
    }

    [Fact]
    public async Task One_driver_and_one_company_hide_the_others()
    {
        var (ann, ben, other) = (_host.Company.Drivers[0].Id, _host.Company.Drivers[1].Id, await _host.AddCompanyAsync());
        await _host.TriggerAsync("RouteStopArrival", "--route", "75", "--stop", "76", "--driver", ann);

        Assert.Contains(await OnceAsync("--driver", ann), line => line.Contains("arrived", StringComparison.Ordinal));
        Assert.Empty(await OnceAsync("--driver", ben));
        Assert.Empty(await OnceAsync("--tenant", other.Tenant));
        Assert.Empty(await OnceAsync("--since", "+1h"));
    }

    // Each waits for the other in no way: what commits late bears an earlier time than what was shown already.
    [Fact]
    public async Task Nothing_is_lost_where_transactions_commit_in_another_order_than_they_began()
    {
        await using var writer = new StringWriter();
        using var end = new CancellationTokenSource();
        await using var slow = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(fixture.Database.Admin) { Pooling = false }.ConnectionString);
        await slow.OpenAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await NoteAsync(slow, "slow");
        var tail = TailCommand.RunAsync(CommandOptions.ReadTail(["--tenant", _host.Company.Tenant]), _host.Found, TextWriter.Synchronized(writer), end.Token);
        await using var quick = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(fixture.Database.Admin) { Pooling = false }.ConnectionString);
        await quick.OpenAsync();
        await NoteAsync(quick, "quick");
        await Until.TrueAsync(() => writer.ToString().Contains("quick", StringComparison.Ordinal), "the quick one");
        await NoteAsync(quick, "later");
        await Until.TrueAsync(() => writer.ToString().Contains("later", StringComparison.Ordinal), "the later one");

        await transaction.CommitAsync();
        await Until.TrueAsync(() => writer.ToString().Contains("slow", StringComparison.Ordinal), "the slow one");

        // Ended by Ctrl-C, it has failed in nothing.
        await end.CancelAsync();
        await tail;
        foreach (var word in new[] { "quick", "later", "slow" }) Assert.Single(writer.ToString().Split('\n'), line => line.Contains(word, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no company 'acme_001'", "--tenant", "acme_001")]
    [InlineData("no driver 404", "--driver", "404")]
    public async Task What_is_not_there_is_said_in_a_sentence(string says, params string[] words)
        => Assert.Contains(says, (await Assert.ThrowsAsync<StartRefusedException>(() => OnceAsync(words))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Stopped_installation_says_how_to_start_it()
        => Assert.Contains("-- up", (await Assert.ThrowsAsync<StartRefusedException>(() => TailCommand.RunAsync(new(), _host.Stopped, TextWriter.Null, default))).Message, StringComparison.Ordinal);

    private async Task<IReadOnlyList<string>> OnceAsync(params string[] words)
    {
        await using var writer = new StringWriter();
        await TailCommand.RunAsync(CommandOptions.ReadTail([.. words, "--once"]), _host.Found, writer, default);
        return writer.ToString().Split(writer.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task NoteAsync(NpgsqlConnection connection, string word)
    {
        await using var command = new NpgsqlCommand("insert into fleet.decisions (tenant_id, at, kind, subject, outcome) values ($1, $2, 'rule', $3, 'noted')", connection)
        {
            Parameters = { P.Text(_host.Company.Tenant), P.Time(TimeProvider.System.GetUtcNow()), P.Text(word) },
        };
        await command.ExecuteNonQueryAsync();
    }
}
