using FleetChat.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.LocalHost.Hosting;

/// <summary>Core's use cases without a host, for setting up companies on a database that a host works on.</summary>
internal static class SetUpServices
{
    /// <param name="time">Of the rows that are made.</param>
    /// <param name="more">Beside the settings; null: nothing.</param>
    public static ServiceProvider Create(LocalHostSettings settings, TimeProvider time, IEnumerable<KeyValuePair<string, string?>>? more = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToConfiguration()).AddInMemoryCollection(more ?? []).Build();
        return new ServiceCollection()
            .AddLogging()
            .AddSingleton(time)
            .AddFleetChatCore(configuration)
            .BuildServiceProvider();
    }
}
