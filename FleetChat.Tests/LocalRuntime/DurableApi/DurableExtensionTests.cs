using Azure.Core.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.LocalRuntime.DurableApi;

public sealed class DurableExtensionTests
{
    [Fact]
    public void Durable_functions_use_the_workers_serializer_and_keep_ids_for_entities()
    {
        var application = new Application();
        var camelCase = new JsonObjectSerializer(new() { PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.CamelCase });
        application.Services.Configure<WorkerOptions>(o => o.Serializer = camelCase);
        application.Services.Configure<DurableTaskWorkerOptions>(o => o.DataConverter = new JsonDataConverter());

        new DurableTaskExtensionStartup().Configure(application);
        new DurableTaskExtensionStartup().Configure(application);
        using var services = application.Services.BuildServiceProvider();
        var client = services.GetRequiredService<IOptions<DurableTaskClientOptions>>().Value;
        var worker = services.GetRequiredService<IOptions<DurableTaskWorkerOptions>>().Value;

        Assert.Equal("""{"name":"a"}""", client.DataConverter.Serialize(new { Name = "a" }));
        Assert.Equal("""{"name":"a"}""", worker.DataConverter.Serialize(new { Name = "a" }));
        Assert.True(client.EnableEntitySupport);
        Assert.True(worker.EnableEntitySupport);
    }

    [Fact]
    public void Triggers_and_the_client_say_nothing_unless_told()
    {
        Assert.Null(new OrchestrationTriggerAttribute().Orchestration);
        Assert.Null(new ActivityTriggerAttribute().Activity);
        Assert.Null(new DurableClientAttribute().TaskHub);
        Assert.Null(new DurableClientAttribute().ConnectionName);
    }

    private sealed class Application : IFunctionsWorkerApplicationBuilder
    {
        public IServiceCollection Services { get; } = new ServiceCollection();

        public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware) => this;
    }
}
