using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Security.Audit;

internal static class AuditRegistration
{
    public static IServiceCollection AddAudit(this IServiceCollection services, IConfiguration configuration) => services
        .AddChecked<AuditOptions>(configuration, AuditOptions.Section)
        .AddSingleton<AuditKey>()
        .AddSingleton(provider => provider.GetRequiredService<IOptions<AuditOptions>>().Value.Open())
        .AddSingleton<AnchorChains>()
        .AddSingleton<ListAudit>()
        .AddSingleton<ReadAudit>()
        .AddSingleton<VerifyAudit>()
        .AddHostedService<KeepAnchors>();
}
