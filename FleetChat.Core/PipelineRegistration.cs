using FleetChat.Core.Billing;
using FleetChat.Core.Calls;
using FleetChat.Core.Consent;
using FleetChat.Core.Drivers;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Inbox;
using FleetChat.Core.Mail;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Answers;
using FleetChat.Core.Messaging.Holds;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Core.Messaging.Rules;
using FleetChat.Core.Messaging.Templates;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Privacy;
using FleetChat.Core.Reminders;
using FleetChat.Core.Samsara;
using FleetChat.Core.Samsara.Polling;
using FleetChat.Core.Samsara.Scope;
using FleetChat.Core.Samsara.Webhooks;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Core.Tenants.Onboarding;
using FleetChat.Core.Tenants.Registration;
using FleetChat.Core.Transports;
using FleetChat.Core.WhatsApp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.Core;

/// <summary>The way of an event: receive, process, send.</summary>
internal static class PipelineRegistration
{
    public static IServiceCollection AddPipeline(this IServiceCollection services, IConfiguration configuration)
    {
        services.ConfigureHttpClientDefaults(http => http.UseSocketsHttpHandler((handler, _) => handler.ActivityHeadersPropagator = TraceIdAlone.Propagator));
        services.AddChecked<WhatsAppOptions>(configuration, WhatsAppOptions.Section);
        // The caller's own limit is shorter; this one only keeps a forgotten call from living for ever.
        services.AddHttpClient<IWhatsAppClient, WhatsAppClient>(http => http.Timeout = 2 * SendLane.CallTimeout);
        services.AddHttpClient<IWhatsAppNumbers, WhatsAppNumbers>(http => http.Timeout = 2 * MakeCalls.CallTimeout);
        services.AddHttpClient<IWhatsAppTemplates, WhatsAppTemplates>(http => http.Timeout = 2 * MakeCalls.CallTimeout);
        services.AddChecked<InboxOptions>(configuration, InboxOptions.Section);
        services.AddChecked<MediaOptions>(configuration, MediaOptions.Section);
        services.AddChecked<MailOptions>(configuration, MailOptions.Section);
        services.AddHttpClient<IWhatsAppMedia, WhatsAppMedia>(http => http.Timeout = 2 * MakeCalls.CallTimeout)
            // The token must not follow to wherever an answer points.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = TraceIdAlone.Propagator });
        return services
            .AddSingleton<TenantSettingsCache>()
            .AddSingleton<MessageRoom>()
            .AddSingleton<KeepUsage>()
            .AddSingleton<OverrideLimits>()
            .AddSingleton<WithdrawLimits>()
            .AddSingleton<NumberPool>()
            .AddSingleton<MetaQuotas>()
            .AddTransient<CheckWhatsAppNumber>()
            .AddTransient<CheckConnections>()
            .AddTransient<ChangeTenant>()
            .AddSingleton<ListTenantVersions>()
            .AddSingleton<RegisterTenant>()
            .AddSingleton<ListTenants>()
            .AddSingleton<ActivateTenant>()
            .AddSingleton<KeepRetention>()
            .AddSingleton<GetOnboarding>()
            .AddSingleton<BeginOnboarding>()
            .AddSingleton<CancelOnboarding>()
            .AddSingleton<CloseOnboarding>()
            .AddSingleton(TakeOnboardingStep.Flow)
            // Not singletons: their clients' connections are renewed by the factory.
            .AddTransient<TakeOnboardingStep>()
            .AddTransient<IOnboardingStep, NumberStep>()
            .AddTransient<IOnboardingStep, DisplayNameStep>()
            .AddTransient<IOnboardingStep, TemplatesStep>()
            .AddTransient<IOnboardingStep, SamsaraStep>()
            .AddTransient<IOnboardingStep, ActivationStep>()
            .AddTransient<EnterNumber>()
            .AddTransient<VerifyNumber>()
            .AddSingleton<AssignNumber>()
            .AddSingleton<AddDriver>()
            .AddSingleton<OpenImport>()
            .AddSingleton<PutImportPart>()
            .AddSingleton<CompleteImport>()
            .AddSingleton<CancelImport>()
            .AddSingleton<AskImported>()
            .AddSingleton(ImportSql.Flow)
            // Not a singleton: it asks Samsara.
            .AddTransient<RunImport>()
            .AddSingleton<AskConsent>()
            .AddSingleton<InviteDriver>()
            .AddSingleton<GetConsent>()
            .AddSingleton<FollowConsent>()
            .AddSingleton(ConsentRequests.Flow)
            .AddSingleton<ChangeDriver>()
            .AddSingleton<TieConversation>()
            .AddSingleton<StoreItems>()
            .AddSingleton<SetAside>()
            .AddSingleton<SamsaraSignature>()
            .AddSingleton<DeliveryOwnership>()
            .AddSingleton<ReceiveSamsaraWebhook>()
            .AddSingleton<WhatsAppSignature>()
            .AddSingleton<NumberDirectory>()
            .AddSingleton<ReceiveWhatsAppWebhook>()
            .AddSingleton<StatusOrder>()
            .AddSingleton<IInboxHandler, RouteHandler>()
            .AddSingleton<IInboxHandler, CrewHandler>()
            .AddSingleton<IInboxHandler, DocumentHandler>()
            .AddSingleton<IInboxHandler, SiteHandler>()
            .AddSingleton<IInboxHandler, SafetyHandler>()
            .AddSingleton<IReminderHandler, RouteNotice>()
            .AddSingleton<IReminderHandler, CrewReminder>()
            .AddSingleton<IReminderHandler, StopTold>()
            .AddSingleton<IReminderHandler, SiteTold>()
            .AddSingleton<IReminderHandler, StopSoon>()
            .AddSingleton<IReminderHandler, EtaNotice>()
            .AddSingleton<IReminderHandler, DocumentMissing>()
            .AddSingleton<IReminderHandler, Digest>()
            .AddSingleton<IInboxHandler, RosterHandler>()
            .AddSingleton<IInboxHandler, InboundMessageHandler>()
            .AddSingleton<IInboxHandler, MarketingPreferenceHandler>()
            .AddSingleton<IInboxHandler, DeliveryReportHandler>()
            .AddSingleton(provider => provider.GetRequiredService<IOptions<MediaOptions>>().Value.Open())
            .AddTransient<ICallHandler, AppendNotes>()
            .AddTransient<WriteDocument>()
            .AddTransient<ICallHandler, WriteBack>()
            .AddSingleton(provider => provider.GetRequiredService<IOptions<MailOptions>>().Value.Open())
            .AddTransient<ICallHandler, SendLetter>()
            .AddTransient<ICallHandler, FetchMedia>()
            .AddTransient<ICallHandler, EraseMedia>()
            .AddSingleton<IReminderHandler, EntryEscalation>()
            .AddSingleton<IReminderHandler, Papers>()
            .AddSingleton<HandleReminders>()
            .AddSingleton<FairShare>()
            .AddSingleton<ProcessLane>()
            // Not a singleton: its handlers' HTTP clients renew their connections by the factory.
            .AddTransient<MakeCalls>()
            .AddTransient<ICallHandler, ReadMarks>()
            .AddTransient<ICallHandler, ReadLimits>()
            .AddTransient<ICallHandler, KeepTemplates>()
            .AddSingleton<IInboxHandler, TemplateUpdateHandler>()
            .AddSingleton<SubmitTemplates>()
            .AddSingleton<ListTemplates>()
            .AddSingleton<PreviewTemplate>()
            .AddSingleton<IInboxHandler, CapabilityHandler>()
            .AddSingleton<Portfolios>()
            .AddSingleton<RatePauses>()
            .AddSingleton<TenantPauses>()
            .AddSingleton<PlatformPauses>()
            .AddSingleton<SuspendTenant>()
            .AddPolling(configuration)
            .AddSingleton<Sweep>()
            .AddSingleton<FindNextDue>()
            .AddSingleton<WatchPlatform>()
            .AddSingleton<WatchKeys>()
            .AddSingleton<KeepInbox>()
            .AddSingleton<CarryOutCommands>()
            .AddSingleton(RetryMessage.Flow)
            .AddSingleton<RetryMessage>()
            // Not a singleton: its HTTP client's connections are renewed by the factory.
            .AddTransient<SendLane>()
            .AddSingleton<SendDispatcherMessage>();
    }

    /// <summary>What is asked of Samsara. Not singletons, as everything that holds an HTTP client.</summary>
    private static IServiceCollection AddPolling(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddChecked<SamsaraOptions>(configuration, SamsaraOptions.Section);
        services.AddChecked<PollingOptions>(configuration, PollingOptions.Section);
        services.AddHttpClient<ISamsaraClient, SamsaraClient>(http =>
        {
            http.Timeout = 2 * MakeCalls.CallTimeout;
            // Far above a page of 512 routes; what is larger is nothing that we asked for.
            http.MaxResponseContentBufferSize = 64 << 20;
        });
        return services
            .AddTransient<VerifySamsaraToken>()
            .AddSingleton<WebhookNote>()
            .AddTransient<EnsureSamsaraWebhook>()
            .AddTransient<RemoveSamsaraWebhook>()
            .AddTransient<ISamsaraFeed, RouteFeed>()
            .AddTransient<ISamsaraFeed, DriverFeed>()
            .AddTransient<ISamsaraFeed, AssignmentFeed>()
            .AddTransient<ICallHandler, PollSamsara>()
            .AddTransient<ScopeLookUp>()
            .AddTransient<ICallHandler, LookUpScope>()
            .AddTransient<ICallHandler, LookUpCrew>()
            .AddTransient<ICallHandler, WatchWheel>()
            .AddTransient<KeepPolls>();
    }
}
