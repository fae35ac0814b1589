using System.Text.Json;
using Azure.Core.Serialization;
using FleetChat.LocalRuntime.Clock;
using FleetChat.LocalRuntime.Durable;
using FleetChat.LocalRuntime.Http;
using FleetChat.LocalRuntime.Invocation;
using FleetChat.LocalRuntime.Queues;
using FleetChat.LocalRuntime.Timers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Hosting;

/// <summary>What the worker's defaults and the host are made of.</summary>
internal static class LocalHostBuilder
{
    public static HostApplicationBuilder Create(string[]? args, MiddlewarePipeline pipeline)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { Args = args });
        LocalSettings.AddTo(builder.Configuration, AppContext.BaseDirectory);
        DropConsoleLogger(builder.Services);
        AddWorker(builder.Services, pipeline);
        AddHost(builder.Services);
        return builder;
    }

    /// <summary>The real worker leaves the console to its host; whoever wants to see the log here adds a provider.</summary>
    private static void DropConsoleLogger(IServiceCollection services)
    {
        foreach (var console in services.Where(s => s.ImplementationType == typeof(ConsoleLoggerProvider)).ToArray()) services.Remove(console);
    }

    private static void AddWorker(IServiceCollection services, MiddlewarePipeline pipeline)
    {
        services.AddSingleton(pipeline);
        services.AddSingleton<InputConverters>();
        services.AddSingleton<FunctionInvoker>();
        services.Configure<JsonSerializerOptions>(json => json.PropertyNameCaseInsensitive = true);
        services.AddOptions<WorkerOptions>().Configure(worker =>
        {
            worker.InputConverters.Register<FunctionContextConverter>();
            worker.InputConverters.Register<AssignableConverter>();
            worker.InputConverters.Register<TextConverter>();
            worker.InputConverters.Register<DurableConverter>();
            worker.InputConverters.Register<JsonConverter>();
        }).PostConfigure<IOptions<JsonSerializerOptions>>((worker, json) => worker.Serializer ??= new JsonObjectSerializer(json.Value));
    }

    private static void AddHost(IServiceCollection services)
    {
        services.AddOptions<LocalRuntimeOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            options.Url = configuration["urls"] ?? configuration["ASPNETCORE_URLS"] ?? options.Url;
            configuration.GetSection("LocalRuntime").Bind(options);
        });
        services.AddSingleton<AppSettings>();
        services.AddSingleton(HostJsonOf);
        services.AddSingleton(CatalogOf);
        services.AddSingleton<LocalDatabase>();
        services.AddSingleton(_ => new BusinessClock());
        services.AddSingleton<TimeProvider>(s => s.GetRequiredService<BusinessClock>());
        services.AddSingleton<HostActivity>();
        services.AddSingleton(PresenceOf);
        services.AddSingleton<QueueStore>();
        services.AddSingleton<QueueOutputs>();
        services.AddSingleton<QueueDispatcher>();
        services.AddSingleton<TimerStore>();
        services.AddSingleton<TimerScheduler>();
        DurableTaskExtensionStartup.ConfigureOptions(services);
        services.AddSingleton<DurableNode>();
        services.AddSingleton<FunctionTaskRunner>();
        services.AddSingleton(EngineOf);
        services.AddSingleton(s => new PostgresDurableTaskClient(
            "", s.GetRequiredService<DurableNode>(), s.GetRequiredService<IOptions<DurableTaskClientOptions>>().Value, ClientDialect.FunctionsHost));
        services.AddSingleton<FunctionRoutes>();
        services.AddSingleton<HttpServer>();
        services.AddSingleton(s => new LocalRuntimeServer(
            s.GetRequiredService<HttpServer>(),
            s.GetRequiredService<HostActivity>(),
            s.GetRequiredService<LocalDatabase>(),
            s.GetRequiredService<BusinessClock>()));
        services.AddHostedService<LocalRuntimeService>();
    }

    private static HostJson HostJsonOf(IServiceProvider services)
        => HostJson.Read(OptionsOf(services).ContentRoot ?? AppContext.BaseDirectory, services.GetRequiredService<IConfiguration>());

    private static HostPresence PresenceOf(IServiceProvider services) => new(
        services.GetRequiredService<LocalDatabase>(),
        [.. services.GetRequiredService<FunctionCatalog>().TriggeredBy<QueueTriggerBinding>().Select(q => q.Trigger.Queue).Distinct(StringComparer.Ordinal)],
        services.GetRequiredService<BusinessClock>(),
        services.GetRequiredService<HostActivity>(),
        services.GetRequiredService<ILogger<HostPresence>>());

    private static DurableEngine EngineOf(IServiceProvider services)
    {
        var settings = services.GetRequiredService<HostJson>();
        return new(
            services.GetRequiredService<DurableNode>(),
            services.GetRequiredService<HostPresence>(),
            services.GetRequiredService<HostActivity>(),
            services.GetRequiredService<FunctionTaskRunner>(),
            new(settings.MaxConcurrentOrchestrators, settings.MaxConcurrentActivities),
            services.GetRequiredService<ILogger<DurableEngine>>());
    }

    private static FunctionCatalog CatalogOf(IServiceProvider services)
        => FunctionCatalog.Read(
            OptionsOf(services).FunctionsAssembly ?? System.Reflection.Assembly.GetEntryAssembly()!, services.GetRequiredService<AppSettings>());

    private static LocalRuntimeOptions OptionsOf(IServiceProvider services) => services.GetRequiredService<IOptions<LocalRuntimeOptions>>().Value;
}
