using FleetChat.Core;
using FleetChat.Functions.Http;
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
        // The first one is the outermost: a problem has a name too, and what the third throws becomes a problem document.
        builder.UseMiddleware<CorrelationMiddleware>();
        builder.UseMiddleware<ProblemMiddleware>();
        builder.UseMiddleware<AccessMiddleware>();
    }
}
