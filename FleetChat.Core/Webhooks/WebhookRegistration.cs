using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Webhooks;

internal static class WebhookRegistration
{
    public static IServiceCollection AddOutgoingWebhooks(this IServiceCollection services, IConfiguration configuration) => services
        .AddChecked<WebhookOptions>(configuration, WebhookOptions.Section)
        .AddSingleton<IValidateOptions<WebhookOptions>, CheckWebhookOptions>()
        .AddSingleton<WebhookAddresses>()
        .AddSingleton<IHostResolver, DnsResolver>()
        .AddSingleton<CompanyConnections>()
        .AddSingleton<WebhookClient>()
        .AddSingleton<DeliverWebhooks>()
        .AddSingleton<CreateWebhookEndpoint>()
        .AddSingleton<ChangeWebhookEndpoint>()
        .AddSingleton<DeleteWebhookEndpoint>()
        .AddSingleton<RotateWebhookSecret>()
        .AddSingleton<ListWebhookEndpoints>()
        .AddSingleton<GetWebhookEndpoint>()
        .AddSingleton<ListWebhookDeliveries>()
        .AddSingleton<RedeliverWebhooks>()
        .AddSingleton<TestWebhookEndpoint>();
}
