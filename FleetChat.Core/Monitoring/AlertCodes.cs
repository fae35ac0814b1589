namespace FleetChat.Core.Monitoring;

/// <summary>What alerts are raised about. Codes are part of the API: they never change their meaning.</summary>
public static class AlertCodes
{
    public const string AuditKeyLost = "audit.key_lost";

    public const string ForeignTenant = "credential.foreign_tenant";

    public const string CallFailed = "call.failed";

    public const string DispatcherWaiting = "dispatcher.waiting";

    public const string DriverConsentUnanswered = "driver.consent_unanswered";
    public const string DriverDeactivated = "driver.deactivated";
    public const string DriverHosViolation = "driver.hos_violation";
    public const string DriverManyMessages = "driver.many_messages";
    public const string DriverNoConsent = "driver.no_consent";
    public const string DriverNoPhone = "driver.no_phone";
    public const string DriverOverLimit = "driver.over_limit";
    public const string DriverPhoneChanged = "driver.phone_changed";
    public const string DriverStoppedMarketing = "driver.stopped_marketing";

    public const string InboxForeignOrg = "inbox.foreign_org";
    public const string InboxForeignWebhook = "inbox.foreign_webhook";
    public const string InboxParked = "inbox.parked";
    public const string InboxUnknownAccount = "inbox.unknown_account";
    public const string InboxUnknownNumber = "inbox.unknown_number";
    public const string InboxUnparsable = "inbox.unparsable";

    public const string InvoiceBlocked = "invoice.blocked";

    public const string KeyLost = "key.lost";

    public const string MessageFailed = "message.failed";
    public const string MessageResent = "message.resent";
    public const string MessageUnknown = "message.unknown";
    public const string MessageUnreadable = "message.unreadable";

    public const string MetaNearQuota = "meta.near_quota";

    public const string OnboardingFailed = "onboarding.failed";
    public const string OnboardingRefused = "onboarding.refused";

    public const string OrchestrationLate = "orchestration.late";

    public const string PaymentBlocked = "payment.blocked";
    public const string PaymentFailed = "payment.failed";
    public const string PaymentOverpaid = "payment.overpaid";
    public const string PaymentTakenBack = "payment.taken_back";
    public const string PaymentUnknown = "payment.unknown";

    public const string ReminderParked = "reminder.parked";

    public const string SamsaraAlert = "samsara.alert";
    public const string SamsaraRateLimited = "samsara.rate_limited";
    public const string SamsaraRefused = "samsara.refused";
    public const string SamsaraUnreachable = "samsara.unreachable";

    public const string StopEarlyOrLate = "stop.early_or_late";
    public const string StopEtaSlipped = "stop.eta_slipped";

    public const string TemplatePaused = "template.paused";
    public const string TemplateRecategorised = "template.recategorised";
    public const string TemplateRejected = "template.rejected";
    public const string TemplateStopped = "template.stopped";
    public const string TemplateUnread = "template.unread";

    public const string TransportCrewNobody = "transport.crew_nobody";
    public const string TransportCrewTooMany = "transport.crew_too_many";
    public const string TransportCrewUnknown = "transport.crew_unknown";
    public const string TransportNoDriver = "transport.no_driver";

    public const string UsageLimitReached = "usage.limit_reached";
    public const string UsageNearLimit = "usage.near_limit";

    public const string VehicleDefects = "vehicle.defects";
    public const string VehicleNoDriver = "vehicle.no_driver";
    public const string VehicleSiteLeft = "vehicle.site_left";

    public const string WebhookFailing = "webhook.failing";
    public const string WebhookGone = "webhook.gone";

    public const string WhatsAppBlocked = "whatsapp.blocked";
    public const string WhatsAppDailyLimit = "whatsapp.daily_limit";
    public const string WhatsAppLimited = "whatsapp.limited";
    public const string WhatsAppQuiet = "whatsapp.quiet";
}
