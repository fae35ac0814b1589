using System.Diagnostics;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Azure;

/// <summary>infra/scripts/deploy.sh, on programs that stand for Azure's and for the network.</summary>
public sealed class DeployScriptTests : IDisposable
{
    private const string Site = """{"code":"weu","subscription":"one","resourceGroup":"group","functionApp":"app","readyUrl":"https://app.example.com/health/ready","taskHub":"fleetchat2","areHostsStopped":false}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("fleetchat-deploy-").FullName;

    public DeployScriptTests()
    {
        foreach (var folder in new[] { "infra/scripts", "artifacts", "bin" }) Directory.CreateDirectory(Path.Combine(_folder, folder));
        File.Copy(Path.Combine(Sources.Root, "infra/scripts/deploy.sh"), Path.Combine(_folder, "infra/scripts/deploy.sh"));
        File.Copy(Path.Combine(Sources.Root, "host.json"), Path.Combine(_folder, "host.json.packed"));
        File.WriteAllText(Path.Combine(_folder, "artifacts/version"), "new\n");
        File.WriteAllText(Path.Combine(_folder, "artifacts/fleetchat.zip"), "");
        Stand("az", """echo "$*" >> "$HERE/az.log" """);
        Stand("sleep", "true");
        // What lies in the package.
        Stand("unzip", """cat "$HERE/host.json.packed" """);
        // What would be put into the package in the place of its own.
        Stand("zip", """cat host.json > "$HERE/host.json" """);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PosixFact]
    public void An_answer_of_the_old_code_is_not_taken_for_the_new_ones()
    {
        Stand("curl", """echo . >> "$HERE/asked"; if [ "$(wc -l < "$HERE/asked")" -lt 3 ]; then echo '{"status":"ready","version":"old"}'; else echo '{"status":"ready","version":"new"}'; fi""");

        Assert.Equal(0, Run($"[{Site}]"));

        Assert.Equal(3, Lines("asked").Length);
    }

    [PosixFact]
    public void A_region_that_never_gets_ready_ends_it_before_the_next_one()
    {
        Stand("curl", "exit 22");

        Assert.NotEqual(0, Run($"[{Site},{Site}]"));

        Assert.Single(Lines("az.log"));
    }

    [PosixFact]
    public void The_package_names_the_regions_task_hub_and_goes_into_the_regions_subscription()
    {
        Stand("curl", """echo '{"status":"ready","version":"new"}'""");

        Assert.Equal(0, Run($"[{Site}]"));

        Assert.Contains("\"hubName\": \"fleetchat2\"", File.ReadAllText(Path.Combine(_folder, "host.json")), StringComparison.Ordinal);
        Assert.Contains("--subscription one", Assert.Single(Lines("az.log")), StringComparison.Ordinal);
    }

    [PosixFact]
    public void A_region_whose_hosts_are_stopped_keeps_its_code_and_is_not_waited_for()
    {
        Stand("curl", "exit 22");

        Assert.Equal(0, Run($"[{Site.Replace("false", "true", StringComparison.Ordinal)}]"));

        Assert.False(File.Exists(Path.Combine(_folder, "az.log")));
    }

    private int Run(string sites)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(_folder, "infra/scripts/deploy.sh")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SITES"] = sites;
        start.Environment["HERE"] = _folder;
        start.Environment["PATH"] = $"{Path.Combine(_folder, "bin")}:{start.Environment["PATH"]}";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        errors.GetAwaiter().GetResult();
        return process.ExitCode;
    }

    private void Stand(string program, string script)
    {
        var file = Path.Combine(_folder, "bin", program);
        File.WriteAllText(file, $"#!/usr/bin/env bash\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private string[] Lines(string file) => File.ReadAllLines(Path.Combine(_folder, file));

    /// <summary>A fact that needs bash and jq.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class PosixFactAttribute : FactAttribute
    {
        public PosixFactAttribute()
        {
            var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
            if (!new[] { "bash", "jq" }.All(program => paths.Any(path => File.Exists(Path.Combine(path, program))))) Skip = "bash and jq are not installed";
        }
    }
}
