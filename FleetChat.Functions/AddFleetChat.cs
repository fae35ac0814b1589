using FleetChat.Core;
using FleetChat.Core.Monitoring;
using FleetChat.Functions.Http;
using FleetChat.Functions.Monitoring;
using FleetChat.Functions.Security;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FleetChat.Functions;

public static class FleetChatApp
{
    /// <summary>All that FleetChat is made of: the real worker and LocalHost call this and nothing else.</summary>
    public static void AddFleetChat(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddFleetChatCore(builder.Configuration);
        builder.Services.AddSingleton<IdempotentRequests>();
        builder.Services.AddAzureTelemetry(builder.Configuration);
        // The first one is the outermost: it sees what is answered, a problem has a name too, and what the last throws becomes a problem document.
        builder.UseMiddleware<MeasureMiddleware>();
        builder.UseMiddleware<CorrelationMiddleware>();
        builder.UseMiddleware<ProblemMiddleware>();
        builder.UseMiddleware<AccessMiddleware>();
    }
}
