using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>Resolves %Name% in schedules and queue names.</summary>
internal sealed partial class AppSettings(IConfiguration configuration)
{
    /// <exception cref="InvalidOperationException">There is no such setting.</exception>
    public string Resolve(string text) => Token().Replace(text, match => configuration[match.Groups[1].Value]
        ?? throw new InvalidOperationException($"'{match.Value}' does not resolve to a value: there is no app setting {match.Groups[1].Value}."));

    /// <summary>Queue names are lower case in Azure Storage, whatever the attribute says.</summary>
    public string QueueName(string text) => Resolve(text).ToLowerInvariant();

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Token();
}
