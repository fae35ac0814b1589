using System.Text.Json;
using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.LocalHost.Doctor;

/// <summary>The app settings of whoever runs FleetChat with settings of his own. `up` and `demo` need none.</summary>
internal static class SettingChecks
{
    public const string FileName = "local.settings.json";
    private const string Sample = "local.settings.sample.json shows them all.";
    private const string NotNeeded = "none are set: `up` brings its own";
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static IReadOnlyList<Check> All { get; } =
    [
        Check.Of("settings.file", ReadableFile),
        Check.Of("settings.unknown", Unknown),
        Check.Of("settings.missing", Missing),
        Check.Of("settings.invalid", Invalid),
        Check.Of("settings.placeholders", Placeholders),
        new("settings.logins", Need.Nothing, LoginsAsync),
    ];

    private static Finding ReadableFile(Examined examined)
    {
        var file = Path.Combine(examined.ContentRoot, FileName);
        if (!File.Exists(file)) return Finding.Fine(NotNeeded);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file), Lenient);
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("Values", out var values) && values.ValueKind == JsonValueKind.Object) return Finding.Fine(file);
            return Finding.Problem($"{file} has no object \"Values\"", "No setting of the file is read.", Sample);
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
        {
            return Finding.Problem($"{file} can't be read: {unreadable.Message}", "No host starts with it.", "Mend what the message says.");
        }
    }

    private static Finding Unknown(Examined examined)
    {
        var unknown = KnownSettings.UnknownIn(examined.Settings).ToList();
        return unknown.Count == 0
            ? Finding.Fine("none")
            : Finding.Warning($"nobody reads {string.Join(", ", unknown.Select(Described))}", "A setting that is spelt wrongly has no effect, and the default is used in its place.", $"Spell it as in the sample or remove it. {Sample}");

        static string Described(string key) => KnownSettings.Nearest(key) is { } near ? $"{key} (meant: {near}?)" : key;
    }

    private static Finding Missing(Examined examined) => !examined.IsConfigured ? Finding.Fine(NotNeeded) : Told(
        KnownSettings.FaultsOf(examined.Settings).Where(fault => fault.IsMissing), "the host does not start without {0}", "Add it to local.settings.json or to the environment. " + Sample);

    private static Finding Invalid(Examined examined) => !examined.IsConfigured ? Finding.Fine(NotNeeded) : Told(
        KnownSettings.FaultsOf(examined.Settings).Where(fault => !fault.IsMissing), "not valid: {0}", "Correct it in local.settings.json or in the environment. " + Sample);

    private static Finding Placeholders(Examined examined)
    {
        var left = KnownSettings.Set(examined.Settings).Where(setting => setting.Value is "..." || setting.Value.Contains("=...", StringComparison.Ordinal)).Select(setting => setting.Key).ToList();
        return left.Count == 0
            ? Finding.Fine("none")
            : Finding.Problem($"still as in the sample: {string.Join(", ", left)}", "The sample's dots are no secret and no password.", "Put the real values there.");
    }

    private static async Task<Finding> LoginsAsync(Examined examined, CancellationToken ct)
    {
        if (examined.Settings[$"{DatabaseOptions.Section}:App"] is not { Length: > 0 } app || examined.Settings[$"{DatabaseOptions.Section}:System"] is not { Length: > 0 } system)
            return Finding.Skipped("no connection strings are set");
        try
        {
            await using var appSource = NpgsqlDataSource.Create(app);
            await using var systemSource = NpgsqlDataSource.Create(system);
            await DatabaseGuard.CheckAsync(appSource, systemSource, ct);
            return Finding.Fine("accepted");
        }
        catch (Exception refused) when (refused is DatabaseRefusedException or NpgsqlException or ArgumentException)
        {
            return Finding.Problem(refused.Message, "The host refuses to start, because it would not be bound by row-level security or lacks tables.", "Use the logins that the installer made, on a database that it brought up to date.");
        }
    }

    private static Finding Told(IEnumerable<SettingFault> faults, string found, string whatToDo)
    {
        var told = faults.Select(fault => fault.Text).Distinct().ToList();
        return told.Count == 0
            ? Finding.Fine("none")
            : Finding.Problem(found.Replace("{0}", string.Join("; ", told), StringComparison.Ordinal), "A host with these settings refuses to start.", whatToDo);
    }
}
