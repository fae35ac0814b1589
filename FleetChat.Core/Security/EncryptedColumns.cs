namespace FleetChat.Core.Security;

/// <summary>Every encrypted column. The names are part of what is authenticated: THEY MUST NOT CHANGE, even if a table is renamed.</summary>
public static class EncryptedColumns
{
    public static readonly Column DriverName = new("drivers", "name");
    public static readonly Column DriverNumber = new("drivers", "whatsapp_number");
    public static readonly Column DriverRoster = new("drivers", "roster");
    public static readonly Column ConversationIdentity = new("conversations", "identity");
    public static readonly Column ConsentText = new("consent_records", "text");
    public static readonly Column ConsentCode = new("consent_requests", "code");
    public static readonly Column ConsentEvidence = new("consent_records", "evidence");
    public static readonly Column EntryTaker = new("dispatcher_entries", "taken_by");
    public static readonly Column TransportNotes = new("transports", "notes");
    public static readonly Column StopAddress = new("stops", "address");
    public static readonly Column StopNotes = new("stops", "notes");
    public static readonly Column TellingPlan = new("tellings", "plan");
    public static readonly Column HeldNotice = new("held_notices", "content");
    public static readonly Column MessageContent = new("message_logs", "content");
    public static readonly Column MessageWamid = new("message_logs", "wamid");
    public static readonly Column InboxExternalId = new("inbox", "external_id");
    public static readonly Column MediaContent = new("media", "content");
    public static readonly Column InboxPayload = new("inbox", "payload");
    public static readonly Column CallContent = new("calls", "content");
    public static readonly Column WriteBackContent = new("write_backs", "content");
    public static readonly Column SetAsidePayload = new("set_aside", "payload");
    public static readonly Column UnroutedPayload = new("unrouted", "payload");
    public static readonly Column SamsaraApiToken = new("tenant_configurations", "samsara_api_token");
    public static readonly Column SamsaraWebhookSecret = new("tenant_configurations", "samsara_webhook_secret");
    public static readonly Column WhatsAppAccessToken = new("tenant_configurations", "whatsapp_access_token");
    public static readonly Column PrimaryContact = new("tenants", "primary_contact");
    public static readonly Column CompanyAddress = new("tenants", "address");
    public static readonly Column InvoiceParties = new("invoices", "parties");
    public static readonly Column PaymentMethod = new("payment_accounts", "method");
    public static readonly Column TaxId = new("tenants", "tax_id");
    public static readonly Column WebhookUrl = new("webhook_endpoints", "url");
    public static readonly Column WebhookSecrets = new("webhook_endpoints", "secrets");
    public static readonly Column WebhookPayload = new("webhook_deliveries", "payload");
    public static readonly Column MembershipEmail = new("memberships", "email");
    public static readonly Column InvitationEmail = new("invitations", "email");
    public static readonly Column ImportSettings = new("imports", "settings");
    public static readonly Column ImportReading = new("imports", "reading");
    public static readonly Column ImportPart = new("import_parts", "content");
    public static readonly Column ImportSubject = new("import_rows", "subject");
    public static readonly Column IdempotentResponse = new("idempotency_keys", "response");
}
