using System.Text.Json;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Simulators.Hosting;

/// <summary>What both simulators share: Kestrel on loopback, the business clock read before each request, errors as bodies, the journal to read.</summary>
internal sealed class SimulatorApp : IAsyncDisposable
{
    public const string ControlPrefix = "/_sim";
    public const string JournalRoute = ControlPrefix + "/journal";
    public const string PendingRoute = ControlPrefix + "/pending";

    public const string FaultsRoute = ControlPrefix + "/faults/plan";

    private readonly WebApplication app;

    private SimulatorApp(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <param name="pending">Webhooks that are held back or not yet acknowledged.</param>
    public static async Task<SimulatorApp> StartAsync(
        string url,
        TimeProvider clock,
        SimulatorJournal journal,
        Func<int> pending,
        FaultDice faults,
        Refusals refusals,
        Action<WebApplication> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        builder.Services.AddRouting();
        builder.Services.AddLogging();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(options => Copy(SimulatorJson.Control, options.SerializerOptions));

        var app = builder.Build();
        app.Use(next => context => AnswerErrorsAsync(context, next, journal));
        app.Use(async (context, next) =>
        {
            if (clock is HostClock host)
                await host.RefreshAsync(context.RequestAborted);
            await next(context);
        });
        app.Use(next => context => new TroubledCalls(faults, refusals).InvokeAsync(context, next));
        app.UseRouting();
        app.MapGet(JournalRoute, (long? after) => journal.List(after ?? 0));
        app.MapGet(PendingRoute, () => new PendingWebhooks(pending()));
        app.MapGet(FaultsRoute, () => faults.Report);
        app.MapPost(FaultsRoute, (FaultPlan plan) => Follow(faults, plan));
        app.MapDelete(FaultsRoute, () => Follow(faults, plan: null));
        map(app);

        await app.StartAsync();
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new(app) { Address = new Uri(bound) };
    }

    public async ValueTask DisposeAsync()
    {
        // Connections that a client keeps open must not hold up the end.
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }

    private static FaultReport Follow(FaultDice faults, FaultPlan? plan)
    {
        faults.Follow(plan);
        return faults.Report;
    }

    private static async Task AnswerErrorsAsync(HttpContext context, RequestDelegate next, SimulatorJournal journal)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody is left to answer.
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            var result = context.Request.Path.StartsWithSegments(ControlPrefix, StringComparison.Ordinal) ? ControlError(error) : null;
            if (result is null)
            {
                journal.Write("simulator.error", SimulatorJson.Object(("path", context.Request.Path.ToString()), ("error", error.ToString())));
                result = Results.Text($"The simulator itself failed: {error}", statusCode: StatusCodes.Status500InternalServerError);
            }
            context.Response.Clear();
            await result.ExecuteAsync(context);
        }
    }

    private static IResult? ControlError(Exception error) => error switch
    {
        BadHttpRequestException bad => Results.Text(bad.InnerException?.Message ?? bad.Message, statusCode: bad.StatusCode),
        ControlException refused => Results.Text(refused.Message, statusCode: StatusCodes.Status400BadRequest),
        InvalidFieldException invalid => Results.Text(invalid.Message, statusCode: StatusCodes.Status400BadRequest),
        _ => null,
    };

    private static void Copy(JsonSerializerOptions from, JsonSerializerOptions to)
    {
        to.PropertyNamingPolicy = from.PropertyNamingPolicy;
        to.UnmappedMemberHandling = from.UnmappedMemberHandling;
        to.RespectNullableAnnotations = from.RespectNullableAnnotations;
        to.RespectRequiredConstructorParameters = from.RespectRequiredConstructorParameters;
        to.Encoder = from.Encoder;
        foreach (var converter in from.Converters)
            to.Converters.Add(converter);
    }
}

/// <param name="Pending">Webhooks that are held back, or neither acknowledged nor given up.</param>
public sealed record PendingWebhooks(int Pending);

/// <summary>A control call that makes no sense, such as one that names an unknown route.</summary>
internal sealed class ControlException(string message) : Exception(message);

/// <summary>The answer of a control call that has nothing to tell.</summary>
internal sealed record Nothing;
