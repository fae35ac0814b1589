using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Benchmarks.Imports;

/// <summary>One import in a process of its own, so that no other's memory is counted.</summary>
internal static class ImportCase
{
    /// <summary>The command under which a process does one; the settings' file is its standard input.</summary>
    public const string Command = "import-case";

    private const int PartLength = 1024 * 1024;

    /// <summary>For a process that is told what to do: <paramref name="arguments"/> are a company and a number of rows.</summary>
    public static async Task RunAsync(string[] arguments, TextReader input, TextWriter output, CancellationToken ct)
    {
        var (tenant, rows) = (TenantId.Parse(arguments[0]), int.Parse(arguments[1], CultureInfo.InvariantCulture));
        var settings = await LocalHostSettings.ReadAsync((await input.ReadLineAsync(ct))!, ct);
        await using var core = SetUpServices.Create(settings, TimeProvider.System);
        var optIn = new Core.Consent.OptIn("I agree that Company writes to me on WhatsApp.", "2026-01", "en", "paper", "folder B", TimeProvider.System.GetUtcNow().AddDays(-1));
        var first = await ImportAsync(core, tenant, rows, optIn, ct);
        // Before the second: it is the first that is measured.
        var peak = ProcessFigures.PeakMegabytes();
        var again = await ImportAsync(core, tenant, rows, optIn, ct);
        await output.WriteLineAsync(JsonSerializer.Serialize(new Figures(first, again, peak)));
    }

    public static async Task<Figures> MeasureAsync(BenchmarkFleet fleet, int company, int rows, CancellationToken ct)
    {
        var file = Path.Combine(fleet.Settings.SecretsFolder, $"import-{company}.json");
        await fleet.Settings.WriteAsync(file, ct);
        using var process = new ChildProcess(Command, fleet.Companies[company].Tenant, rows.ToString(CultureInfo.InvariantCulture));
        await process.TellAsync(file, ct);
        return JsonSerializer.Deserialize<Figures>(await process.HearAsync(ct))!;
    }

    /// <returns>Seconds from the completion to the last row's result.</returns>
    private static async Task<double> ImportAsync(ServiceProvider core, TenantId tenant, int rows, Core.Consent.OptIn optIn, CancellationToken ct)
    {
        var import = Must(await core.GetRequiredService<OpenImport>().HandleAsync(new(tenant, new(ImportSettings.Csv, OptIn: optIn), "benchmark"), ct)).Id;
        var (parts, hash) = await HandInAsync(core, tenant, import, rows, ct);
        Must(await core.GetRequiredService<CompleteImport>().HandleAsync(new(tenant, import, parts, hash, "benchmark"), ct));
        var begun = Stopwatch.GetTimestamp();
        while (!(await core.GetRequiredService<RunImport>().HandleAsync(new(tenant.Value, import), ct)).IsOver) { }
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var done = Must(await core.GetRequiredService<GetImport>().HandleAsync(tenant, import, ct)).Rows;
        if (done.Done != rows || done.Refused != rows / 20) throw new NotMeasuredException($"The import came out otherwise: {done}");
        return seconds;
    }

    // A part at a time: what hands it in counts too.
    private static async Task<(int Parts, string Sha256)> HandInAsync(ServiceProvider core, TenantId tenant, Guid import, int rows, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (part, number) = (new StringBuilder("Samsara ID,Driver,Mobile,Language,Consent,Employee ID\r\n"), 0);
        for (var row = 1; row <= rows; row++)
        {
            part.Append(CultureInfo.InvariantCulture, $"{(row % 20 == 0 && row % 40 != 0 ? "" : $"d-{row}")},Driver {row},{(row % 40 == 0 ? "12" : $"+1 (512) {200 + row / 10_000}-{row % 10_000:0000}")},{(row % 3 == 0 ? "es" : "en")},{(row % 5 == 0 ? "yes" : "")},{row}\r\n");
            if (part.Length > PartLength - 1000) await PutAsync();
        }
        if (part.Length > 0) await PutAsync();
        return (number, Convert.ToHexString(hash.GetHashAndReset()));

        async Task PutAsync()
        {
            var bytes = Encoding.UTF8.GetBytes(part.ToString());
            part.Clear();
            hash.AppendData(bytes);
            Must(await core.GetRequiredService<PutImportPart>().HandleAsync(new(tenant, import, ++number, bytes), ct));
        }
    }

    private static T Must<T>(Result<T> result) => result.IsOk ? result.Value : throw new NotMeasuredException(result.Error.Message);

    internal sealed record Figures(double Seconds, double SecondsAgain, double PeakMegabytes);
}
