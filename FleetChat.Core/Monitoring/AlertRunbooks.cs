namespace FleetChat.Core.Monitoring;

/// <summary>Which page of docs/runbooks is about an alert's code: for FleetChat's own people, who do more than a company can.</summary>
public static class AlertRunbooks
{
    /// <summary>Where the pages lie, from the repository's root.</summary>
    public const string Folder = "docs/runbooks";

    private static readonly Dictionary<string, string> Pages = new()
    {
        [AlertCodes.AuditKeyLost] = "audit-key-lost.md",
        [AlertCodes.ForeignTenant] = "foreign-tenant.md",
        [AlertCodes.CallFailed] = "calls.md",
        [AlertCodes.DispatcherWaiting] = "dispatcher-waiting.md",
        [AlertCodes.DriverConsentUnanswered] = "driver-not-reached.md",
        [AlertCodes.DriverDeactivated] = "driver-not-reached.md",
        [AlertCodes.DriverHosViolation] = "on-the-road.md",
        [AlertCodes.DriverManyMessages] = "driver-not-reached.md",
        [AlertCodes.DriverNoConsent] = "driver-not-reached.md",
        [AlertCodes.DriverNoPhone] = "driver-not-reached.md",
        [AlertCodes.DriverOverLimit] = "usage-limits.md",
        [AlertCodes.DriverPhoneChanged] = "driver-not-reached.md",
        [AlertCodes.DriverStoppedMarketing] = "driver-not-reached.md",
        [AlertCodes.InboxForeignOrg] = "inbox-set-aside.md",
        [AlertCodes.InboxForeignWebhook] = "inbox-set-aside.md",
        [AlertCodes.InboxParked] = "events-parked.md",
        [AlertCodes.InboxUnknownAccount] = "inbox-set-aside.md",
        [AlertCodes.InboxUnknownNumber] = "inbox-set-aside.md",
        [AlertCodes.InboxUnparsable] = "inbox-set-aside.md",
        [AlertCodes.InvoiceBlocked] = "billing-run.md",
        [AlertCodes.MessageFailed] = "delivery.md",
        [AlertCodes.MessageResent] = "message-unknown.md",
        [AlertCodes.MessageUnknown] = "message-unknown.md",
        [AlertCodes.MessageUnreadable] = "message-unreadable.md",
        [AlertCodes.MetaNearQuota] = "meta-quota.md",
        [AlertCodes.OnboardingFailed] = "onboarding.md",
        [AlertCodes.OnboardingRefused] = "onboarding.md",
        [AlertCodes.OrchestrationLate] = "orchestrations.md",
        [AlertCodes.PaymentBlocked] = "payments.md",
        [AlertCodes.PaymentFailed] = "payments.md",
        [AlertCodes.PaymentTakenBack] = "payments.md",
        [AlertCodes.PaymentUnknown] = "payments.md",
        [AlertCodes.ReminderParked] = "events-parked.md",
        [AlertCodes.SamsaraAlert] = "on-the-road.md",
        [AlertCodes.SamsaraRateLimited] = "samsara.md",
        [AlertCodes.SamsaraRefused] = "samsara.md",
        [AlertCodes.SamsaraUnreachable] = "samsara.md",
        [AlertCodes.StopEarlyOrLate] = "on-the-road.md",
        [AlertCodes.StopEtaSlipped] = "on-the-road.md",
        [AlertCodes.TemplatePaused] = "templates.md",
        [AlertCodes.TemplateRecategorised] = "templates.md",
        [AlertCodes.TemplateRejected] = "templates.md",
        [AlertCodes.TemplateStopped] = "templates.md",
        [AlertCodes.TemplateUnread] = "templates.md",
        [AlertCodes.TransportCrewNobody] = "nobody-to-tell.md",
        [AlertCodes.TransportCrewTooMany] = "nobody-to-tell.md",
        [AlertCodes.TransportCrewUnknown] = "nobody-to-tell.md",
        [AlertCodes.TransportNoDriver] = "nobody-to-tell.md",
        [AlertCodes.UsageLimitReached] = "usage-limits.md",
        [AlertCodes.UsageNearLimit] = "usage-limits.md",
        [AlertCodes.VehicleDefects] = "on-the-road.md",
        [AlertCodes.VehicleNoDriver] = "nobody-to-tell.md",
        [AlertCodes.VehicleSiteLeft] = "on-the-road.md",
        [AlertCodes.WebhookFailing] = "outgoing-webhooks.md",
        [AlertCodes.WebhookGone] = "outgoing-webhooks.md",
        [AlertCodes.WhatsAppBlocked] = "whatsapp-number.md",
        [AlertCodes.WhatsAppDailyLimit] = "whatsapp-number.md",
        [AlertCodes.WhatsAppLimited] = "whatsapp-number.md",
        [AlertCodes.WhatsAppQuiet] = "whatsapp-number.md",
    };

    public static IReadOnlyCollection<string> Codes => Pages.Keys;

    /// <returns>From the repository's root; the list of all of them for a code that nobody knows.</returns>
    public static string PageOf(string code) => $"{Folder}/{Pages.GetValueOrDefault(code, "README.md")}";
}
