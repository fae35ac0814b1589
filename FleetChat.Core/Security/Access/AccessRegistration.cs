using FleetChat.Core.Monitoring;
using FleetChat.Core.Security.Identity;
using FleetChat.Core.Security.Users;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Core.Security.Access;

/// <summary>Who somebody is, and what he may.</summary>
internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddChecked<IdentityOptions>(configuration, IdentityOptions.Section);
        services.AddHttpClient(SigningKeys.HttpClientName, http =>
        {
            http.Timeout = TimeSpan.FromSeconds(10);
            http.MaxResponseContentBufferSize = 1 << 20;
        }).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = TraceIdAlone.Propagator });
        return services
            .AddSingleton<SigningKeys>()
            .AddSingleton<ReadToken>()
            .AddSingleton<PersonIndexes>()
            .AddSingleton<PlatformPeople>()
            .AddSingleton<AdmitKey>()
            .AddSingleton<AdmitPerson>()
            .AddSingleton<Door>()
            .AddSingleton<GetMe>()
            .AddSingleton<ListUsers>()
            .AddSingleton<ChangeUser>()
            .AddSingleton<RemoveUser>()
            .AddSingleton<InviteUser>()
            .AddSingleton<AcceptInvitation>()
            .AddSingleton<ListInvitations>()
            .AddSingleton<CancelInvitation>();
    }
}
