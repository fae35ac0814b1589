using System.ComponentModel.DataAnnotations;
using System.Reflection;
using FleetChat.Core.Data;
using FleetChat.LocalRuntime;
using Microsoft.Extensions.Configuration;

namespace FleetChat.LocalHost.Doctor;

/// <param name="Text">Names the setting and what is wrong with it.</param>
internal sealed record SettingFault(bool IsMissing, string Text);

/// <summary>The settings that somebody reads, found by the options classes that they are bound to.</summary>
internal static class KnownSettings
{
    private const string LocalRuntimeSection = "LocalRuntime";
    private static readonly string[] OurSections = ["FleetChat", LocalRuntimeSection];

    private static readonly IReadOnlyList<(Type Type, string Section)> s_options =
    [
        .. from type in typeof(DatabaseOptions).Assembly.GetTypes()
           where type.Name.EndsWith("Options", StringComparison.Ordinal)
           let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
           where section is not null
           select (type, section),
    ];

    private static readonly HashSet<string> s_keys = new(
        s_options.Append((typeof(LocalRuntimeOptions), LocalRuntimeSection)).SelectMany(o => o.Item1.GetProperties().Where(p => p.CanWrite).Select(p => $"{o.Item2}:{p.Name}")),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Ours that have a value.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Set(IConfiguration settings)
        => OurSections.SelectMany(section => settings.GetSection(section).AsEnumerable()).Where(setting => setting.Value is not null)!;

    public static IEnumerable<string> UnknownIn(IConfiguration settings) => Set(settings).Select(setting => setting.Key).Where(key => !IsKnown(key)).Order(StringComparer.Ordinal);

    // An option may be a list or an object of its own.
    private static bool IsKnown(string key) => s_keys.Contains(key) || s_keys.Any(known => key.StartsWith($"{known}:", StringComparison.OrdinalIgnoreCase));

    /// <returns>Null when no known key looks like it.</returns>
    public static string? Nearest(string key) => s_keys.Select(known => (known, Distance: Distance(known.ToUpperInvariant(), key.ToUpperInvariant())))
        .Where(near => near.Distance <= 4).OrderBy(near => near.Distance).Select(near => near.known).FirstOrDefault();

    public static IEnumerable<SettingFault> FaultsOf(IConfiguration settings) => s_options.SelectMany(options => FaultsOf(options.Type, options.Section, settings));

    private static IEnumerable<SettingFault> FaultsOf(Type type, string section, IConfiguration settings)
    {
        var options = Activator.CreateInstance(type)!;
        try
        {
            settings.GetSection(section).Bind(options);
        }
        catch (InvalidOperationException unreadable)
        {
            return [new(IsMissing: false, (unreadable.InnerException ?? unreadable).Message)];
        }
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), faults, validateAllProperties: true);
        return faults.Select(fault => Describe(fault, section, settings));
    }

    private static SettingFault Describe(ValidationResult fault, string section, IConfiguration settings)
    {
        var key = $"{section}:{fault.MemberNames.FirstOrDefault()}";
        var isMissing = string.IsNullOrEmpty(settings[key]);
        return new(isMissing, isMissing ? key : $"{key} ({fault.ErrorMessage?.TrimEnd('.')})");
    }

    // Levenshtein's: letters to be changed, added or left out.
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (one[i - 1] == other[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
