using FleetChat.Core.Billing;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Inbox.Replay;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Restores;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using FleetChat.Core.Transports;
using FleetChat.Core.Webhooks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FleetChat.Core;

public static class ServiceRegistration
{
    internal const string App = "app";
    internal const string System = "system";

    // An event alone passes some seventy statements, and a session serves all kinds of work; each costs a server session some memory.
    private const int MostPrepared = 200;

    /// <summary>All of Core, configured by the section <c>FleetChat</c>. What is wrong or missing there stops the host at its start.</summary>
    public static IServiceCollection AddFleetChatCore(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddChecked<PlatformOptions>(configuration, PlatformOptions.Section)
            .AddSingleton<IValidateOptions<PlatformOptions>>(new CheckVaultReferences(configuration))
            .AddPostgres(configuration)
            .AddSecurity(configuration)
            .AddReading()
            .AddRestores()
            .AddCorporate()
            .AddPipeline(configuration)
            .AddBilling(configuration)
            .AddOutgoingWebhooks(configuration);
    }

    private static IServiceCollection AddPostgres(this IServiceCollection services, IConfiguration configuration) => services
        .AddChecked<DatabaseOptions>(configuration, DatabaseOptions.Section)
        .AddKeyedSingleton(App, (provider, _) => Open(Database(provider).App, Database(provider).AppIdentity, Database(provider).Prepare))
        .AddKeyedSingleton(System, (provider, _) => Open(Database(provider).System, Database(provider).SystemIdentity, Database(provider).Prepare))
        .AddHostedService<DatabaseGuardAtStart>()
        .AddSingleton(provider => new TenantDbs(provider.GetRequiredKeyedService<NpgsqlDataSource>(App), provider.GetRequiredService<AuditKey>()))
        .AddSingleton(provider => new SystemDb(provider.GetRequiredKeyedService<NpgsqlDataSource>(System), provider.GetRequiredService<AuditKey>()));

    private static IServiceCollection AddSecurity(this IServiceCollection services, IConfiguration configuration) => services
        .AddChecked<SecretStoreOptions>(configuration, SecretStoreOptions.Section)
        .AddChecked<RequestRateOptions>(configuration, RequestRateOptions.Section)
        .AddSingleton<ISecretStore>(provider => provider.GetRequiredService<IOptions<SecretStoreOptions>>().Value.Open())
        .AddSingleton<DataKeys>()
        .AddHostedService<MasterKeyAtStart>()
        .AddSingleton<SignedLinks>()
        .AddAudit(configuration)
        .AddSingleton<AuthenticateApiKey>()
        .AddSingleton<CreateApiKey>()
        .AddSingleton<RotateApiKey>()
        .AddSingleton<ListApiKeys>()
        .AddSingleton<RevokeApiKey>()
        .AddSingleton<ReportForeignTenant>()
        .AddSingleton<RequestRates>()
        .AddAccess(configuration)
        .AddSingleton<IdempotencyKeys>();

    private static IServiceCollection AddReading(this IServiceCollection services) => services
        .AddSingleton<Pages>()
        .AddSingleton<UnreadableRows>()
        .AddSingleton<GetTenant>()
        .AddSingleton<GetUsage>()
        .AddSingleton<ListDrivers>()
        .AddSingleton<GetDriver>()
        .AddSingleton<GetImport>()
        .AddSingleton<ListImportRows>()
        .AddSingleton<ListTransports>()
        .AddSingleton<GetTransport>()
        .AddSingleton<ChangeStopKinds>()
        .AddSingleton<ListMessages>()
        .AddSingleton<GetMessage>()
        .AddSingleton<GetMedia>()
        .AddSingleton<OpenMediaLink>()
        .AddSingleton<ListConversations>()
        .AddSingleton<MarkConversationHandled>()
        .AddSingleton<TakeConversation>()
        .AddSingleton<ListAlerts>()
        .AddSingleton<ListRules>()
        .AddSingleton<ChangeRule>()
        .AddSingleton<ListEvents>()
        .AddSingleton<ExplainWhy>()
        .AddSingleton<ListParked>()
        .AddSingleton<ReplayParked>()
        .AddSingleton<TryParked>()
        .AddSingleton<CheckReadiness>();

    private static IServiceCollection AddRestores(this IServiceCollection services) => services
        .AddSingleton<BeginRestore>()
        .AddSingleton<EndRestore>()
        .AddSingleton<GetRestore>();

    private static IServiceCollection AddCorporate(this IServiceCollection services) => services
        .AddSingleton<FamilyCurrency>()
        .AddSingleton<SetParent>()
        .AddSingleton<ClearParent>()
        .AddSingleton<ChildDoor>()
        .AddSingleton<ListChildren>()
        .AddSingleton<GetChild>()
        .AddSingleton<ListChildDrivers>()
        .AddSingleton<ListChildTransports>();

    internal static IServiceCollection AddChecked<T>(this IServiceCollection services, IConfiguration configuration, string section)
        where T : class
    {
        services.AddOptions<T>().Bind(configuration.GetSection(section)).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }

    // The setting decides, whatever the connection string says: behind PgBouncer a prepared statement is in somebody else's session.
    // Nothing of ours outlives its transaction there, so there is nothing to reset when a connection goes back to the pool.
    internal static NpgsqlDataSource Open(string connectionString, string identity, bool prepare)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.MaxAutoPrepare = prepare ? MostPrepared : 0;
        builder.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        if (identity.Length > 0) builder.UseTokensOf(IdentityTokens.Of(identity));
        return builder.Build();
    }

    private static DatabaseOptions Database(IServiceProvider provider) => provider.GetRequiredService<IOptions<DatabaseOptions>>().Value;
}
