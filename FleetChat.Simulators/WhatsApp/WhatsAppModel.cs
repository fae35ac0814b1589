using System.Text.Json.Nodes;

namespace FleetChat.Simulators.WhatsApp;

internal sealed class Waba(string id, string name)
{
    public string Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>Without <c>POST /{waba}/subscribed_apps</c> no webhook of this WABA leaves.</summary>
    public bool Subscribed { get; set; }

    /// <summary>For the field <c>messages</c> only.</summary>
    public Uri? OverrideCallback { get; set; }

    public List<Template> Templates { get; } = [];
}

internal sealed class Number(string id, Waba waba, string phone)
{
    public string Id { get; } = id;

    public Waba Waba { get; } = waba;

    /// <summary>Digits only, as <c>metadata.display_phone_number</c> shows them.</summary>
    public string Phone { get; } = phone;

    public required string VerifiedName { get; set; }

    public string NameStatus { get; set; } = "APPROVED";

    public string? NewDisplayName { get; set; }

    public string? NewNameStatus { get; set; }

    public bool Verified { get; set; }

    public string? RequestedCode { get; set; }

    public string? Pin { get; set; }

    public bool Registered { get; set; }

    public List<DateTimeOffset> Registrations { get; } = [];
}

/// <summary>A phone, and the person who holds it.</summary>
internal sealed class User(string phone)
{
    /// <summary>Digits, as businesses dial it.</summary>
    public string Phone { get; } = phone;

    /// <summary>What WhatsApp calls the phone; differs from the dialled digits in some countries.</summary>
    public required string WaId { get; set; }

    public required string Name { get; set; }

    public string? Username { get; set; }

    public string? UserId { get; set; }

    public string? ParentUserId { get; set; }

    /// <summary>Numbers that this person wants no marketing from.</summary>
    public HashSet<string> NoMarketingFrom { get; } = [];

    /// <summary>Otherwise messages stay <c>sent</c> until the phone is back, or their time to live is over.</summary>
    public bool IsOnline { get; set; } = true;

    /// <summary>Webhooks show the user id alone.</summary>
    public bool HidesPhone { get; set; }

    public bool OnWhatsApp { get; set; } = true;

    public bool ReadsAtOnce { get; set; } = true;
}

/// <param name="WabaIds">Null: every WABA, as a platform's system-user token may.</param>
internal sealed record AccessToken(string Value, IReadOnlyList<string>? WabaIds, DateTimeOffset? ExpiresAt);

internal sealed class Chat(Number number, User user)
{
    public Number Number { get; } = number;

    public User User { get; } = user;

    public List<ChatMessage> Messages { get; } = [];

    /// <summary>Opens the 24-hour window.</summary>
    public DateTimeOffset? LastInbound { get; set; }

    /// <summary>Messages that the pair limit still lets pass, and when that was reckoned.</summary>
    public double PairAllowance { get; set; }

    public DateTimeOffset? PairReckonedAt { get; set; }

    public string Lane => $"{Number.Id}:{User.Phone}";
}

internal sealed class ChatMessage(string wamid, bool inbound, DateTimeOffset at, string type, string text)
{
    public string Wamid { get; } = wamid;

    public bool Inbound { get; } = inbound;

    public DateTimeOffset At { get; } = at;

    public string Type { get; } = type;

    /// <summary>As the person reads it.</summary>
    public string Text { get; set; } = text;

    public IReadOnlyList<ChatButton> Buttons { get; init; } = [];

    public string? InReplyTo { get; init; }

    public string? OpaqueId { get; init; }

    public string? PricingCategory { get; init; }

    /// <summary>Undelivered until then, it never arrives, and nothing tells so.</summary>
    public DateTimeOffset? DiesAt { get; init; }

    public string Status { get; set; } = "accepted";
}

internal enum ButtonKind
{
    TemplateQuickReply,
    Reply,
    ListRow,
    Other,
}

/// <param name="Payload">What the tap sends back beside the title.</param>
internal sealed record ChatButton(ButtonKind Kind, string Title, string Payload, string? Description = null);

internal sealed record Media(string Id, string MimeType, byte[] Content, string Sha256, DateTimeOffset ExpiresAt)
{
    public required string WabaId { get; init; }
}

/// <summary>One status or message or other change, before it is put into an envelope.</summary>
/// <param name="Callback">Null: nobody has subscribed, so it is lost.</param>
/// <param name="Lane">Keeps the order of one chat.</param>
/// <param name="Facts">For the journal.</param>
internal sealed record Update(string WabaId, string Field, JsonObject Value, Uri? Callback, string Lane, JsonObject Facts);
