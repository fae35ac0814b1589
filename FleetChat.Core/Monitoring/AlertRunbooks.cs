namespace FleetChat.Core.Monitoring;

/// <summary>Which page of docs/runbooks is about an alert's code: for FleetChat's own people, who do more than a company can.</summary>
public static class AlertRunbooks
{
    /// <summary>Where the pages lie, from the repository's root.</summary>
    public const string Folder = "docs/runbooks";

    private static readonly Dictionary<string, string> Pages = new()
    {
        [AlertCodes.AuditKeyLost] = "audit-key-lost",
        [AlertCodes.ForeignTenant] = "foreign-tenant",
        [AlertCodes.CallFailed] = "calls",
        [AlertCodes.DispatcherWaiting] = "dispatcher-waiting",
        [AlertCodes.DriverConsentUnanswered] = "driver-not-reached",
        [AlertCodes.DriverDeactivated] = "driver-not-reached",
        [AlertCodes.DriverHosViolation] = "on-the-road",
        [AlertCodes.DriverManyMessages] = "driver-not-reached",
        [AlertCodes.DriverNoConsent] = "driver-not-reached",
        [AlertCodes.DriverNoPhone] = "driver-not-reached",
        [AlertCodes.DriverOverLimit] = "usage-limits",
        [AlertCodes.DriverPhoneChanged] = "driver-not-reached",
        [AlertCodes.DriverStoppedMarketing] = "driver-not-reached",
        [AlertCodes.InboxForeignOrg] = "inbox-set-aside",
        [AlertCodes.InboxForeignWebhook] = "inbox-set-aside",
        [AlertCodes.InboxParked] = "events-parked",
        [AlertCodes.InboxUnknownAccount] = "inbox-set-aside",
        [AlertCodes.InboxUnknownNumber] = "inbox-set-aside",
        [AlertCodes.InboxUnparsable] = "inbox-set-aside",
        [AlertCodes.InvoiceBlocked] = "billing-run",
        [AlertCodes.KeyLost] = "audit-key-lost",
        [AlertCodes.MessageFailed] = "delivery",
        [AlertCodes.MessageResent] = "message-unknown",
        [AlertCodes.MessageUnknown] = "message-unknown",
        [AlertCodes.MessageUnreadable] = "message-unreadable",
        [AlertCodes.MetaNearQuota] = "meta-quota",
        [AlertCodes.OnboardingFailed] = "onboarding",
        [AlertCodes.OnboardingRefused] = "onboarding",
        [AlertCodes.OrchestrationLate] = "orchestrations",
        [AlertCodes.PaymentBlocked] = "payments",
        [AlertCodes.PaymentFailed] = "payments",
        [AlertCodes.PaymentOverpaid] = "payments",
        [AlertCodes.PaymentTakenBack] = "payments",
        [AlertCodes.PaymentUnknown] = "payments",
        [AlertCodes.ReminderParked] = "events-parked",
        [AlertCodes.SamsaraAlert] = "on-the-road",
        [AlertCodes.SamsaraRateLimited] = "samsara",
        [AlertCodes.SamsaraRefused] = "samsara",
        [AlertCodes.SamsaraUnreachable] = "samsara",
        [AlertCodes.StopEarlyOrLate] = "on-the-road",
        [AlertCodes.StopEtaSlipped] = "on-the-road",
        [AlertCodes.TemplatePaused] = "templates",
        [AlertCodes.TemplateRecategorised] = "templates",
        [AlertCodes.TemplateRejected] = "templates",
        [AlertCodes.TemplateStopped] = "templates",
        [AlertCodes.TemplateUnread] = "templates",
        [AlertCodes.TransportCrewNobody] = "nobody-to-tell",
        [AlertCodes.TransportCrewTooMany] = "nobody-to-tell",
        [AlertCodes.TransportCrewUnknown] = "nobody-to-tell",
        [AlertCodes.TransportNoDriver] = "nobody-to-tell",
        [AlertCodes.UsageLimitReached] = "usage-limits",
        [AlertCodes.UsageNearLimit] = "usage-limits",
        [AlertCodes.VehicleDefects] = "on-the-road",
        [AlertCodes.VehicleNoDriver] = "nobody-to-tell",
        [AlertCodes.VehicleSiteLeft] = "on-the-road",
        [AlertCodes.WebhookFailing] = "outgoing-webhooks",
        [AlertCodes.WebhookGone] = "outgoing-webhooks",
        [AlertCodes.WhatsAppBlocked] = "whatsapp-number",
        [AlertCodes.WhatsAppDailyLimit] = "whatsapp-number",
        [AlertCodes.WhatsAppLimited] = "whatsapp-number",
        [AlertCodes.WhatsAppQuiet] = "whatsapp-number",
    };

    public static IReadOnlyCollection<string> Codes => Pages.Keys;

    /// <returns>From the repository's root; the list of all of them for a code that nobody knows.</returns>
    public static string PageOf(string code) => $"{Folder}/{Pages.GetValueOrDefault(code, "README")}.md";
}
