using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Functions;
using FleetChat.Functions.Restores;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

// A deployment runs the package that it is about to publish, so that the database becomes what this very code expects. What is thrown ends it with an exit code.
if (args is ["migrate"])
{
    var settings = new ConfigurationBuilder().AddEnvironmentVariables().Build();
    Console.WriteLine($"The database is at {await MigrateDatabase.RunAsync(settings, CancellationToken.None)}.");
    return 0;
}

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
