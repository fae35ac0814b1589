using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Tests.Postgres;
using Microsoft.Azure.Functions.Worker.Builder;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>The same functions that ran on the real worker and host answer here what they answered there.</summary>
public sealed class ProbeTests
{
    /// <summary>Differences that are kept on purpose, by case, each with its reason.</summary>
    private static readonly Dictionary<string, string> KnownDifferences = [];

    /// <summary>As long as the names were when the answers were observed: two of them tell a length.</summary>
    private const string Run = "r0123abcdz";
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "AzureApi", "data", "probe");
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task Every_case_is_answered_as_the_real_host_did()
    {
        await using var database = await TestDatabase.EmptyAsync("probe");
        var probe = CompileProbe();
        await using var host = await RuntimeHost.StartAsync(database.Logins.LocalRuntime, probe, builder => Configure(builder, probe), Folder);
        var sender = new ProbeSender(host.Server.Address);
        var observed = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "observed.json")))!.AsObject();
        var different = new List<string>();

        foreach (var @case in Cases())
        {
            var expected = observed[@case.Name]!.AsObject();
            var answer = await ObserveAsync(host, sender, @case);
            if (JsonNode.DeepEquals(expected, answer)) Assert.False(KnownDifferences.ContainsKey(@case.Name), $"'{@case.Name}' is no difference any more");
            else if (!KnownDifferences.ContainsKey(@case.Name))
                different.Add($"{@case.Name}\n  observed {expected.ToJsonString(Readable)}\n  here     {answer.ToJsonString(Readable)}");
        }

        Assert.True(different.Count == 0, $"{different.Count} cases differ:\n{string.Join('\n', different)}");
    }

    private static IEnumerable<ProbeCase> Cases()
        => JsonSerializer.Deserialize<ProbeCase[]>(File.ReadAllText(Path.Combine(Folder, "cases.json")), JsonSerializerOptions.Web)!;

    private static Assembly CompileProbe()
        => CompiledFunctions.Compile([.. new[] { "ProbeApp.cs", "HttpCases.cs", "QueueCases.cs", "DurableCases.cs" }.Select(f => File.ReadAllText(Path.Combine(Folder, f)))]);

    private static void Configure(FunctionsApplicationBuilder builder, Assembly probe)
    {
        builder.Configuration["ProbeSchedule"] = "0 0 0 1 1 *";
        probe.GetType("HostProbe.ProbeApp")!.GetMethod("Configure")!.Invoke(null, [builder]);
    }

    /// <summary>Where run.py lets seconds pass, this waits until the host has nothing left to do.</summary>
    private static async Task<JsonObject> ObserveAsync(RuntimeHost host, ProbeSender sender, ProbeCase @case)
    {
        ProbeAnswer? answer = null;
        if (@case.Entries is { } entries)
        {
            await Until.TrueAsync(
                async () => EntriesOf(answer = await SendAsync(sender, @case)) >= entries,
                because: $"'{@case.Name}' to have {entries} entries",
                deadline: TimeSpan.FromMinutes(1));
        }
        if (@case.Settle is not null) await host.Server.WaitUntilIdleAsync(CancellationToken.None);
        if (@case.Settle is not null || @case.Entries is null) answer = await SendAsync(sender, @case);
        return Describe(answer, @case);
    }

    private static Task<ProbeAnswer?> SendAsync(ProbeSender sender, ProbeCase @case)
        => sender.SendAsync(
            @case.Method,
            Fill(@case.Path),
            (@case.Headers ?? []).Select(h => (h[0], h[1])),
            @case.Size is { } size ? [.. Enumerable.Repeat((byte)'x', size)] : @case.Body is { } body ? Encoding.UTF8.GetBytes(Fill(body)) : null,
            @case.Chunked,
            @case.Hangup is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

    private static string Fill(string text) => text.Replace("{run}", Run, StringComparison.Ordinal);

    private static int EntriesOf(ProbeAnswer? answer)
        => answer is { Status: 200 } ? JsonNode.Parse(answer.Body)!.AsArray().Count : 0;

    private static JsonObject Describe(ProbeAnswer? answer, ProbeCase @case)
    {
        if (answer is null) return new() { ["broken"] = "TimeoutError", ["body"] = "" };
        var text = Encoding.UTF8.GetString(answer.Body).Replace(Run, "{run}", StringComparison.Ordinal);
        if (@case.Path.StartsWith("/probe/journal/", StringComparison.Ordinal) && text.StartsWith('[')) text = Arrange(text, @case);
        if (text.Length > 3000)
            text = $"{answer.Body.Length} bytes, sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
        return new()
        {
            ["status"] = answer.Status,
            ["headers"] = new JsonArray([.. answer.Headers.Select(h => new JsonArray(h.Name, h.Value))]),
            ["body"] = text,
        };
    }

    /// <summary>As Python's json.dumps writes it: a blank after each comma.</summary>
    private static string Arrange(string json, ProbeCase @case)
    {
        IEnumerable<string> entries = JsonSerializer.Deserialize<string[]>(json)!;
        if (@case.Sort) entries = entries.Order(StringComparer.Ordinal);
        if (@case.First) entries = entries.Take(1);
        return $"[{string.Join(", ", entries.Select(e => JsonSerializer.Serialize(e, Readable)))}]";
    }

    private sealed record ProbeCase(
        string Name,
        string Method,
        string Path,
        string[][]? Headers,
        string? Body,
        int? Size,
        bool Chunked,
        int? Entries,
        int? Settle,
        bool Sort,
        bool First,
        int? Hangup);
}
