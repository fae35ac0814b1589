using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Durable;

/// <summary>The client that a builder makes in a host of one's own.</summary>
internal sealed class PlainHostClient(string name, IServiceProvider services, IOptionsMonitor<DurableTaskClientOptions> options)
    : PostgresDurableTaskClient(name, DurablePostgresExtensions.NodeOf(services, name), options.Get(name), ClientDialect.Sidecar);
