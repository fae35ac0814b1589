using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Invocation;
using FleetChat.LocalRuntime.Telemetry;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Http;

/// <summary>Kestrel without a pipeline: a request is either a function's or the host's own.</summary>
internal sealed partial class HttpServer(
    IOptions<LocalRuntimeOptions> options,
    IOptions<WorkerOptions> worker,
    FunctionRoutes routes,
    FunctionInvoker invoker,
    HostActivity activity,
    BusinessClock clock,
    ILoggerFactory loggers) : IHttpApplication<DefaultHttpContext>, IDisposable
{
    private const string ClockPath = "/runtime/localhost/clock";

    private readonly ILogger _logger = loggers.CreateLogger<HttpServer>();
    private KestrelServer? _server;

    public Uri? Address { get; private set; }

    public async Task StartAsync(CancellationToken cancellation)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        kestrel.Limits.MaxRequestBodySize = null;
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers);
        _server = new(Options.Create(kestrel), transport, loggers);
        var addresses = _server.Features.Get<IServerAddressesFeature>()!;
        foreach (var url in options.Value.Url.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) addresses.Addresses.Add(url);
        await _server.StartAsync(this, cancellation);
        Address = new(addresses.Addresses.First());
        LogListening(Address);
    }

    /// <summary>Takes no more requests and lets those under way be answered; when the token says that there is no more time, their callers are cut off.</summary>
    public Task StopAsync(CancellationToken cancellation) => _server?.StopAsync(cancellation) ?? Task.CompletedTask;

    public void Dispose() => _server?.Dispose();

    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures) => new(contextFeatures);

    public void DisposeContext(DefaultHttpContext context, Exception? exception)
    {
    }

    public Task ProcessRequestAsync(DefaultHttpContext context)
    {
        if (routes.Find(context) is { } found) return RunAsync(context, found.Route, found.Values);
        if (context.Request.Path.Equals(ClockPath, StringComparison.OrdinalIgnoreCase)) return TellTimeAsync(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task RunAsync(DefaultHttpContext http, FunctionRoute route, RouteValueDictionary values)
    {
        if (route.Trigger.Level != AuthorizationLevel.Anonymous)
        {
            // Keys belong to a deployed host; here there are none that could be right.
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }
        if (await TryReadBodyAsync(http) is not { } body) return;

        AppendAddress(http);

        // Only now: a request that is still being sent must not keep the stepped clock from going on.
        activity.Begin();
        using var span = StartSpan(http.Request, route);
        try
        {
            await RunAsync(http, route, values, body);
        }
        finally
        {
            span?.SetTag("http.response.status_code", http.Response.StatusCode);
            activity.End();
        }
    }

    /// <summary>As Azure's front end does: the address of the connection, after what the caller wrote there.</summary>
    private static void AppendAddress(DefaultHttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } address) return;
        var place = new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, http.Connection.RemotePort).ToString();
        http.Request.Headers["X-Forwarded-For"] = http.Request.Headers["X-Forwarded-For"] is { Count: > 0 } before ? $"{before}, {place}" : place;
    }

    /// <summary>The route and not the path, in which there may be anything.</summary>
    private static Activity? StartSpan(HttpRequest request, FunctionRoute route)
        => InvocationTelemetry.Start($"{request.Method} /{route.Template}", ActivityKind.Server, route.Function, request.Headers.TraceParent.ToString(), request.Headers.TraceState.ToString())?
            .SetTag("http.request.method", request.Method)
            .SetTag("http.route", $"/{route.Template}");

    /// <returns>Null if there is nothing to run a function with; then the caller has his answer.</returns>
    private static async Task<byte[]?> TryReadBodyAsync(DefaultHttpContext http)
    {
        try
        {
            if (await RequestBody.ReadAsync(http.Request) is { } body) return body;
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        catch (BadHttpRequestException bad)
        {
            http.Response.StatusCode = bad.StatusCode;
            http.Response.Headers.Connection = "close";
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to answer.
        }
        return null;
    }

    private async Task RunAsync(DefaultHttpContext http, FunctionRoute route, RouteValueDictionary values, byte[] body)
    {
        try
        {
            if (await TryInvokeAsync(http, route, values, body) is not { } bindings)
            {
                http.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return;
            }
            var answer = await HttpAnswer.OfAsync(bindings, worker.Value.Serializer!);
            await answer.WriteAsync(http);
        }
        catch (Exception exception)
        {
            if (http.RequestAborted.IsCancellationRequested) return;
            LogNotAnswered(route.Function.Name, exception);
            if (http.Response.HasStarted) throw;
            http.Response.Clear();
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private async Task<FunctionBindings?> TryInvokeAsync(DefaultHttpContext http, FunctionRoute route, RouteValueDictionary values, byte[] body)
    {
        try
        {
            return await invoker.InvokeAsync(route.Function, context => InputOf(context, http, route, values, body), http.RequestAborted);
        }
        catch (Exception)
        {
            return null; // Logged by the invoker, beside the function's name.
        }
    }

    private static TriggerInput InputOf(FunctionContext context, HttpContext http, FunctionRoute route, RouteValueDictionary values, byte[] body)
        => TriggerInput.Of(
            route.Trigger.Name,
            new LocalHttpRequestData(context, http, body),
            new HttpMetadata(http.Request, values, body, route.Function.Name)) with
        {
            TraceParent = http.Request.Headers.TraceParent.ToString(),
            TraceState = http.Request.Headers.TraceState.ToString(),
        };

    private Task TellTimeAsync(DefaultHttpContext http)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            now = clock.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            running = clock.IsRunning,
            offset_ms = (long)clock.Offset.TotalMilliseconds,
        }));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Functions listen on {Address}")]
    private partial void LogListening(Uri address);

    [LoggerMessage(Level = LogLevel.Error, Message = "What '{Function}' answered could not be sent; the caller got 500")]
    private partial void LogNotAnswered(string function, Exception exception);
}
