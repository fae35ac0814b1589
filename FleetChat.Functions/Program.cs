using FleetChat.Core.Data;
using FleetChat.Functions;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

// A deployment runs the package that it is about to publish, so that the database becomes what this very code expects. What is thrown ends it with an exit code.
if (args is ["migrate"])
{
    var settings = new ConfigurationBuilder().AddEnvironmentVariables().Build();
    Console.WriteLine($"The database is at {await MigrateDatabase.RunAsync(settings, CancellationToken.None)}.");
    return;
}

var builder = FunctionsApplication.CreateBuilder(args);
builder.AddFleetChat();
await builder.Build().RunAsync();
