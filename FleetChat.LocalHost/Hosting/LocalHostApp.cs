using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Functions;
using FleetChat.LocalHost.Postgres;
using FleetChat.LocalRuntime;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalHost.Hosting;

/// <summary>FleetChat's functions on LocalRuntime: one running host. Several may share a database.</summary>
public sealed class LocalHostApp : IAsyncDisposable
{
    /// <summary>Where a host tells the business clock, for the simulators.</summary>
    public const string ClockPath = "/runtime/localhost/clock";

    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(5);
    private readonly IHost _host;

    private LocalHostApp(IHost host) => _host = host;

    public Uri Address => _host.Services.GetRequiredService<LocalRuntimeServer>().Address;

    /// <param name="settings">Null: everything comes from local.settings.json and the environment, under the names of local.settings.sample.json.</param>
    /// <param name="change">The last word on the services.</param>
    /// <exception cref="StartRefusedException">A setting is missing or wrong, the database is not one that it may work with, or the master key not the one of what is stored.</exception>
    public static async Task<LocalHostApp> StartAsync(LocalHostSettings? settings, CancellationToken ct, Action<IServiceCollection>? change = null)
    {
        var app = new LocalHostApp(Build(settings, change));
        try
        {
            await app._host.StartAsync(ct);
            return app;
        }
        catch (Exception failure)
        {
            await app.DisposeAsync();
            if (Explain(failure) is { } sentence) throw new StartRefusedException(sentence, failure);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeToStop);
        await _host.StopAsync(limit.Token);
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
        else _host.Dispose();
    }

    private static IHost Build(LocalHostSettings? settings, Action<IServiceCollection>? change)
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        if (settings is not null) builder.Configuration.AddInMemoryCollection(settings.ToConfiguration());
        builder.UseLocalRuntime(options =>
        {
            options.FunctionsAssembly = typeof(LocalHostApp).Assembly;
            options.ContentRoot = AppContext.BaseDirectory;
            if (settings is null) return;
            options.Postgres = settings.Database.LocalRuntime;
            options.Url = settings.Url.ToString();
        });
        builder.AddFleetChat();
        TelemetryExport.AddTo(builder.Services, builder.Configuration);
        AddLogging(builder.Logging);
        change?.Invoke(builder.Services);
        return builder.Build();
    }

    // To the error stream, so that what a command prints stays readable and can be piped. What a function logged and threw is
    // logged once more by the runtime, with the function's name.
    private static void AddLogging(ILoggingBuilder logging) => logging
        .AddSimpleConsole(console => console.SingleLine = true)
        .AddFilter(level => level >= LogLevel.Error)
        // Why it did not start is told by whoever started it, in a sentence.
        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
        .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

    private static string? Explain(Exception failure) => failure switch
    {
        OptionsValidationException options => $"FleetChat does not start, because of its settings: {string.Join(' ', options.Failures)} local.settings.sample.json shows them all.",
        DatabaseRefusedException or StartRefusedException => failure.Message,
        MasterKeyRefusedException => $"FleetChat does not start. {failure.Message} To begin anew instead, with nothing of what is stored: 'up --data' with a new folder, and where {PostgresServer.Variable} names the server drop the database there first.",
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } taken => $"{taken.Message} Choose another port with --port.",
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        _ => null,
    };
}
