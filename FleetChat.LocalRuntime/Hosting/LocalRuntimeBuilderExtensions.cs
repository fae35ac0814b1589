using FleetChat.LocalRuntime.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.LocalRuntime;

public static class LocalRuntimeBuilderExtensions
{
    /// <summary>Says in code what else comes from the configuration's section LocalRuntime.</summary>
    public static FunctionsApplicationBuilder UseLocalRuntime(this FunctionsApplicationBuilder builder, Action<LocalRuntimeOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.Configure(configure);
        var options = new LocalRuntimeOptions();
        configure(options);
        if (options.ContentRoot is { } folder) LocalSettings.AddTo(builder.Configuration, folder, place: 1);
        return builder;
    }
}
