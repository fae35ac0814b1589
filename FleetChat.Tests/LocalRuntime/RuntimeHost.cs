using System.Reflection;
using FleetChat.LocalRuntime;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>A LocalRuntime host in this process, on a free port; several may share a database.</summary>
public sealed class RuntimeHost : IAsyncDisposable
{
    private readonly IHost _host;
    private bool _stopped;

    private RuntimeHost(IHost host)
    {
        _host = host;
        Server = host.Services.GetRequiredService<LocalRuntimeServer>();
        Http = new HttpClient { BaseAddress = Server.Address };
    }

    public LocalRuntimeServer Server { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _host.Services;

    public static async Task<RuntimeHost> StartAsync(
        string postgres,
        Assembly functions,
        Action<FunctionsApplicationBuilder>? configure = null,
        string? contentRoot = null)
    {
        var host = Build(postgres, functions, configure, contentRoot);
        await host.StartAsync();
        return new(host);
    }

    public static IHost Build(string postgres, Assembly functions, Action<FunctionsApplicationBuilder>? configure = null, string? contentRoot = null)
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.UseLocalRuntime(options =>
        {
            options.Postgres = new NpgsqlConnectionStringBuilder(postgres) { MaxPoolSize = 10 }.ConnectionString;
            options.Url = "http://127.0.0.1:0";
            options.FunctionsAssembly = functions;
            options.ContentRoot = contentRoot ?? Path.Combine(AppContext.BaseDirectory, "AzureApi", "data", "probe");
        });
        configure?.Invoke(builder);
        return builder.Build();
    }

    /// <summary>As Ctrl+C does: what runs may come to its end.</summary>
    public async Task StopAsync(CancellationToken outOfTime = default)
    {
        if (_stopped) return;
        _stopped = true;
        await _host.StopAsync(outOfTime);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Http.Dispose();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
