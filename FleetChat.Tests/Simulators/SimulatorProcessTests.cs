using System.Diagnostics;
using System.Net;
using System.Text.Json;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Tests.Simulators;

public sealed class SimulatorProcessTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fleetchat-simulators-").FullName;

    private string Journal => Path.Combine(folder, "journal.jsonl");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Both_simulators_run_in_a_process_of_their_own_until_stdin_closes()
    {
        using var process = Start("both", "--journal", Journal, "--until-stdin-closes");
        var addresses = await AddressesAsync(process);
        using var samsara = new SamsaraControl(addresses["samsara"]);
        using var whatsApp = new WhatsAppControl(addresses["whatsapp"]);

        await samsara.AddOrgAsync(new(1, "North Haulage", "token"));
        await whatsApp.AddWabaAsync(new("2", "North Haulage"));
        process.StandardInput.Close();

        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task SIGTERM_ends_it_in_order()
    {
        using var process = Start("samsara");
        await AddressesAsync(process);

        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);

        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task The_journal_of_a_killed_simulator_goes_on_in_the_next()
    {
        using (var first = Start("samsara", "--journal", Journal))
        {
            await AnyCallAsync((await AddressesAsync(first))["samsara"]);
            first.Kill();
            await first.WaitForExitAsync();
        }
        await File.AppendAllTextAsync(Journal, "{\"seq\":2,\"half a li");

        using var second = Start("samsara", "--journal", Journal, "--until-stdin-closes");
        var address = (await AddressesAsync(second))["samsara"];
        await AnyCallAsync(address);

        using var control = new SamsaraControl(address);
        Assert.Equal([1L, 2L], (await control.JournalAsync()).Select(entry => entry.Seq));
        Assert.Equal([2L], (await control.JournalAsync(after: 1)).Select(entry => entry.Seq));
        second.StandardInput.Close();
        await second.WaitForExitAsync();
        Assert.All(await File.ReadAllLinesAsync(Journal), line => Assert.Equal("rest.request", JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()));
    }

    [Theory]
    [InlineData("neither")]
    [InlineData("samsara", "--journal")]
    [InlineData("samsara", "--no-such-option", "x")]
    [InlineData("samsara", "--seed", "none")]
    public async Task A_wrong_command_line_is_told_and_is_exit_code_2(params string[] args)
    {
        using var process = Start(args);

        var told = await process.StandardError.ReadToEndAsync();

        await process.WaitForExitAsync();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("usage:", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Business_time_comes_from_the_host_and_stays_when_the_host_is_gone()
    {
        var told = new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var host = builder.Build();
        host.Run(context => context.Response.WriteAsJsonAsync(new { now = told, running = false, offset_ms = 12 }));
        await host.StartAsync();
        using var clock = new HostClock(new Uri(host.Urls.Single()));
        await using var simulator = await SamsaraSimulator.StartAsync(new() { Clock = clock });
        await simulator.Control.AddOrgAsync(new(1, "North Haulage", "token"));

        await AnyCallAsync(simulator.Address);
        told += TimeSpan.FromHours(3);
        await Until.TrueAsync(async () => await clock.RefreshAsync(default) && clock.GetUtcNow() == told, "the step of the host's clock");
        await host.StopAsync();
        await Until.TrueAsync(async () => !await clock.RefreshAsync(default), "the host to be gone");
        await AnyCallAsync(simulator.Address);

        var times = (await simulator.Control.JournalAsync()).Select(entry => entry.At).ToList();
        Assert.Equal([told - TimeSpan.FromHours(3), told], times);
    }

    [Fact]
    public async Task A_running_host_clock_is_real_time_with_an_offset()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var host = builder.Build();
        host.Run(context => context.Response.WriteAsJsonAsync(new { now = TimeProvider.System.GetUtcNow().AddDays(2), running = true, offset_ms = TimeSpan.FromDays(2).TotalMilliseconds }));
        await host.StartAsync();
        using var clock = new HostClock(new Uri(host.Urls.Single()));

        Assert.True(await clock.RefreshAsync(default));
        await host.StopAsync();

        Assert.InRange(clock.GetUtcNow() - TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(2) - TimeSpan.FromSeconds(5), TimeSpan.FromDays(2));
    }

    private static Process Start(params string[] args) => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "FleetChat.Simulators.dll"), .. args])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task<Dictionary<string, Uri>> AddressesAsync(Process process)
    {
        var line = await process.StandardOutput.ReadLineAsync();
        return JsonSerializer.Deserialize<Dictionary<string, Uri>>(line ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync()))!;
    }

    private static async Task AnyCallAsync(Uri address)
    {
        using var http = new HttpClient { BaseAddress = address };
        using var response = await http.GetAsync(new Uri("/me", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }
}
