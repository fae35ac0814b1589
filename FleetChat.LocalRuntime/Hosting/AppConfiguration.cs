using FleetChat.LocalRuntime.Hosting;
using Microsoft.Extensions.Configuration;

namespace FleetChat.LocalRuntime;

/// <summary>The app settings as a host of this folder would see them, without starting one.</summary>
public static class AppConfiguration
{
    /// <param name="folder">Of local.settings.json, which may be absent; environment variables win over it.</param>
    /// <exception cref="System.Text.Json.JsonException">The file is no JSON.</exception>
    public static IConfiguration Read(string folder)
    {
        var configuration = new ConfigurationManager();
        configuration.AddEnvironmentVariables();
        LocalSettings.AddTo(configuration, folder);
        return configuration;
    }
}
