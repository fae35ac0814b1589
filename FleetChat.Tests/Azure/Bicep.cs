using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.Azure;

/// <summary>
/// infra/ as Bicep's own compiler understands it: what it says of the sources, and which resources each parameter file would make, without a cloud. What only Azure
/// knows, such as an identity's id, stays an expression in square brackets.
/// </summary>
internal static class Bicep
{
    /// <summary>Stands in every secret that a deployment brings.</summary>
    public const string SecretMark = "brought-secret";

    /// <summary>azd's parameter file is <c>main</c>; the others are the environments.</summary>
    public static readonly IReadOnlyList<string> Environments = ["dev", "staging", "prod"];

    private const string Subscription = "00000000-0000-0000-0000-000000000001";
    private const string Tenant = "00000000-0000-0000-0000-000000000002";

    private static readonly Lazy<Output> s_build = new(() => Run("build", "main.bicep", "--stdout"));
    private static readonly Lazy<Dictionary<string, Snapshot>> s_snapshots = new(() => new[] { "main" }.Concat(Environments).ToDictionary(name => name, Take));

    // A folder of its own: a snapshot is written beside its parameter file.
    private static readonly Lazy<string> s_folder = new(CopySources);

    /// <summary>The template, and every word of the compiler and its linter on the way to it.</summary>
    public static Output Build => s_build.Value;

    public static Snapshot Of(string parameterFile) => s_snapshots.Value[parameterFile];

    public static IEnumerable<Snapshot> All => s_snapshots.Value.Values;

    public static Snapshot Production => Of("prod");

    /// <summary>With some variables of whoever deploys otherwise than in the other tests.</summary>
    public static Snapshot With(string parameterFile, Dictionary<string, string> others)
    {
        var variables = Variables(parameterFile);
        foreach (var (name, value) in others) variables[name] = value;
        return Take(parameterFile, CopySources(), variables);
    }

    /// <summary>What differs from one deployment to the next, with all that is optional: two issuers, a person, secrets, and the other backend in production.</summary>
    private static Dictionary<string, string> Variables(string parameterFile) => new()
    {
        ["FLEETCHAT_ISSUERS"] = """
            [{"issuer":"https://login.example.com","audience":"fleetchat-api","metadataUri":"https://login.example.com/.well-known/openid-configuration"},
             {"issuer":"https://id.example.com","audience":"fleetchat-api","jwksUri":"https://id.example.com/keys"}]
            """,
        ["FLEETCHAT_PLATFORM_PEOPLE"] = """[{"issuer":"https://login.example.com","subject":"operator-1","role":"platform_operator"}]""",
        ["FLEETCHAT_SECRETS"] = $$"""{"FleetChat__WhatsApp__AppSecret":"{{SecretMark}}-1","FleetChat__Stripe__ApiKey":"{{SecretMark}}-2","FleetChat__Mail__Password":"{{SecretMark}}-3"}""",
        ["FLEETCHAT_ROTATES_STRIPE"] = "true",
        ["FLEETCHAT_DURABLE_BACKEND"] = parameterFile == "prod" ? "DurableTaskScheduler" : "AzureStorage",
        ["FLEETCHAT_ALERT_MAILBOXES"] = """["on-call@example.com"]""",
        ["AZURE_PRINCIPAL_ID"] = "00000000-0000-0000-0000-000000000003",
    };

    private static Snapshot Take(string parameterFile) => Take(parameterFile, s_folder.Value, Variables(parameterFile));

    private static Snapshot Take(string parameterFile, string folder, Dictionary<string, string> variables)
    {
        var said = Run(folder, variables, "snapshot", $"{parameterFile}.bicepparam", "--subscription-id", Subscription, "--tenant-id", Tenant, "--location", "westeurope");
        var file = Path.Combine(folder, $"{parameterFile}.snapshot.json");
        return new(parameterFile, said, File.Exists(file) ? JsonNode.Parse(File.ReadAllText(file))!.AsObject() : []);
    }

    public static Output Run(params string[] arguments) => Run(s_folder.Value, [], arguments);

    private static Output Run(string folder, Dictionary<string, string> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("FLEETCHAT_", StringComparison.Ordinal) || name.StartsWith("AZURE_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var process = Start(start);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, errors.GetAwaiter().GetResult().Trim());
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception absent)
        {
            throw new InvalidOperationException($"Bicep's compiler is not at {start.FileName}: run 'dotnet restore FleetChat.Tests'.", absent);
        }
    }

    private static string Program
        => typeof(Bicep).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "Bicep").Value! + (OperatingSystem.IsWindows() ? ".exe" : "");

    private static string CopySources()
    {
        var folder = Directory.CreateTempSubdirectory("fleetchat-bicep-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        foreach (var file in Sources.Files("infra", ""))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath("infra", file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(Sources.Root, file), copy);
        }
        return folder;
    }

    internal sealed record Output(int ExitCode, string Text, string Errors);
}
