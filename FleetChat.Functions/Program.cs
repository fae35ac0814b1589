using FleetChat.Core;
using FleetChat.Functions;
using FleetChat.Functions.Restores;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

// The package in a job, on a database on which no host may work yet: with the app's settings, and without the Functions host.
if (args is ["restore", .. var restore])
{
    var job = Host.CreateApplicationBuilder();
    job.Services.AddFleetChatCore(job.Configuration);
    using var core = job.Build();
    return await RestoreJob.RunAsync(core.Services, RestoreOptions.Read(restore), "job", Console.Out, CancellationToken.None);
}

var builder = FunctionsApplication.CreateBuilder(args);
builder.AddFleetChat();
await builder.Build().RunAsync();
return 0;
