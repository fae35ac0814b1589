using System.Globalization;
using System.Text.Json;
using FleetChat.LocalHost.Doctor;
using FleetChat.Tests.Conventions;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost.Doctor;

public sealed class HealthyDoctorTests
{
    [Fact]
    public void There_are_many_checks_and_each_has_a_name_of_its_own()
    {
        Assert.True(Examination.Checks.Count >= 30);
        Assert.Equal(Examination.Checks.Count, Examination.Checks.DistinctBy(check => check.Name).Count());
    }

    [LinuxFact]
    public async Task Running_installation_has_no_findings_and_a_stopped_one_is_told_how_to_start()
    {
        using var folder = new ReachableFolder();
        var data = Path.Combine(folder.Path, "data");
        var port = FreePorts.First().ToString(CultureInfo.InvariantCulture);
        await using (var up = LocalHostProcess.Start(folder.Path, "up", "--port", port, "--data", data))
        {
            await up.SaysAsync("Ctrl-C");
            Assert.Contains("Ctrl-C", up.Said, StringComparison.Ordinal);

            Assert.Equal(0, await ExamineAsync(folder.Path, data, port, said =>
            {
                using var result = JsonDocument.Parse(said);
                Findings.AssertNone(result.RootElement.GetProperty("checks").EnumerateArray()
                    .Where(check => check.GetProperty("status").GetString() is not ("fine" or "skipped")).Select(check => check.ToString()));
                Assert.Equal("fine", result.RootElement.GetProperty("status").GetString());
            }));
            await AssertSaysAsync(0, @"fleetchat-send\s+0\s+0\s+0\s+0", folder.Path, "queues", "--data", data);
            await AssertSaysAsync(0, "0 instances", folder.Path, "instances", "--status", "running", "--data", data);
            await AssertSaysAsync(1, "There is no instance 'consent-v1:x'", folder.Path, "instance", "consent-v1:x", "--data", data);
        }

        // A server that the administrator names goes on.
        if (Environment.GetEnvironmentVariable("FLEETCHAT_POSTGRES") is { Length: > 0 }) return;
        Assert.Equal(1, await ExamineAsync(folder.Path, data, port, said => Assert.Contains($"up --data {data}", said, StringComparison.Ordinal)));
        foreach (var command in new[] { "queues", "instances" })
            await AssertSaysAsync(1, $"is stopped. Start it: dotnet run --project FleetChat.LocalHost -- up --data {data}", folder.Path, command, "--data", data);

        // What is asked of a restored folder before it is started is answered without a host.
        await AssertSaysAsync(0, "No restore is under way", folder.Path, "restore", "status", "--data", data);
        await AssertSaysAsync(1, "'restore begin' comes first", folder.Path, "restore", "end", "--data", data);
        await AssertSaysAsync(0, "audit trails are as they were written", folder.Path, "audit", "verify", "--data", data);
        Assert.Empty(LocalHostProcess.LivingIn(folder.Path));
    }

    private static async Task<int> ExamineAsync(string folder, string data, string port, Action<string> check)
    {
        await using var doctor = LocalHostProcess.Start(folder, "doctor", "--json", "--data", data, "--port", port);
        var exitCode = await doctor.EndAsync();
        check(doctor.Said);
        return exitCode;
    }

    private static async Task AssertSaysAsync(int exitCode, string pattern, string folder, params string[] arguments)
    {
        await using var command = LocalHostProcess.Start(folder, arguments);

        Assert.Equal(exitCode, await command.EndAsync());
        Assert.Matches(pattern, command.Said);
    }
}
