using System.Text.Json.Nodes;
using FleetChat.Simulators.Delivery;

namespace FleetChat.Simulators.WhatsApp;

/// <param name="Subscribed">As if <c>POST /{waba}/subscribed_apps</c> had been called.</param>
public sealed record NewWaba(string Id, string Name, bool Subscribed = true);

/// <param name="WabaIds">Null: valid for every WABA.</param>
/// <param name="ExpiresAt">Business time; null never.</param>
public sealed record NewAccessToken(string Value, IReadOnlyList<string>? WabaIds = null, DateTimeOffset? ExpiresAt = null);

public sealed record TokenExpiry(string Value, DateTimeOffset At);

/// <param name="Phone">Digits, as the webhooks' display_phone_number.</param>
public sealed record NewNumber(string Id, string WabaId, string Phone, string VerifiedName, bool Registered = true);

public sealed record NameDecision(string NumberId, bool Approved = true);

/// <param name="Phone">Digits, as businesses dial it.</param>
/// <param name="WaId">If WhatsApp names the phone otherwise (Brazil, Mexico, Argentina).</param>
/// <param name="HidesPhone">Webhooks then show the user id alone.</param>
/// <param name="ReadsAtOnce">Otherwise a message is read by <c>ReadAsync</c>, or by answering it.</param>
/// <param name="IsOnline">Otherwise messages stay <c>sent</c> until the phone is back.</param>
public sealed record NewUser(
    string Phone,
    string Name,
    string? WaId = null,
    string? UserId = null,
    string? ParentUserId = null,
    string? Username = null,
    bool HidesPhone = false,
    bool OnWhatsApp = true,
    bool ReadsAtOnce = true,
    bool IsOnline = true);

/// <param name="Buttons">Quick replies.</param>
/// <param name="Body">With <c>{{1}}</c> or, if <paramref name="Named"/>, <c>{{name}}</c>.</param>
public sealed record NewTemplate(
    string WabaId,
    string Name,
    string Language,
    string Body,
    IReadOnlyList<string>? Buttons = null,
    string? Header = null,
    string? Footer = null,
    string Category = "UTILITY",
    bool Named = false,
    string Status = "APPROVED",
    int? TimeToLiveSeconds = null);

/// <param name="Category">Null: it stays. Another one is told by a webhook of its own.</param>
/// <param name="IsLost">No webhook tells it.</param>
public sealed record TemplateStatus(string WabaId, string Name, string Language, string Status, string? Reason = null, string? Category = null, bool IsLost = false);

public enum Verdict
{
    Approve,
    Reject,
    Recategorise,
}

/// <summary>How submitted templates of this name end their review; without a rule they are approved.</summary>
/// <param name="Category">Of <see cref="Verdict.Recategorise"/>.</param>
/// <param name="WabaId">Null: in every WABA that has no rule of its own.</param>
public sealed record ReviewRule(string Name, Verdict Verdict, string? Reason = null, string? Category = null, string? WabaId = null);

public sealed record Subscription(Uri CallbackUrl, string VerifyToken);

/// <param name="Verified">The receiver answered 200 with the bare challenge; only then webhooks go there.</param>
public sealed record Handshake(bool Verified, int? Status, string Answer);

/// <summary>How an inbound message or a status is sent.</summary>
/// <param name="Copies">2 posts the same bytes twice.</param>
/// <param name="Forged">Signed with a secret that is not the app's.</param>
/// <param name="InReplyTo">The wamid that the person answers.</param>
/// <param name="Extra">Unknown members, put into the message.</param>
public sealed record UpdateOptions(int Copies = 1, bool Forged = false, string? InReplyTo = null, JsonObject? Extra = null);

public sealed record UserText(string NumberId, string User, string Text, UpdateOptions? Options = null);

/// <param name="Button">The title on it.</param>
public sealed record UserTap(string NumberId, string User, string Wamid, string Button, UpdateOptions? Options = null);

public sealed record UserLocation(string NumberId, string User, double Latitude, double Longitude, string? Name = null, string? Address = null, UpdateOptions? Options = null);

/// <param name="Kind"><c>image</c>, <c>document</c>, <c>audio</c>, <c>video</c> or <c>sticker</c>.</param>
/// <param name="Voice">An audio that was recorded, not sent as a file.</param>
/// <param name="Sha256">A wrong hash; null: the right one.</param>
public sealed record UserMedia(
    string NumberId, string User, string Kind, string MimeType, byte[] Content, string? Caption = null, string? Filename = null, UpdateOptions? Options = null,
    bool Voice = false, bool Animated = false, string? Sha256 = null);

/// <summary>The person takes back a message of his.</summary>
public sealed record UserRevocation(string Wamid, UpdateOptions? Options = null);

/// <summary>The person changes the text of a message of his.</summary>
public sealed record UserEdit(string Wamid, string Text, UpdateOptions? Options = null);

/// <summary>A card of the person's address book, or his own.</summary>
/// <param name="WaId">Null: the card's phone is not on WhatsApp.</param>
public sealed record UserContact(string NumberId, string User, string Name, string Phone, string? WaId = null, UpdateOptions? Options = null);

/// <param name="Kind">What it was, such as <c>poll</c>; null: Meta does not say.</param>
public sealed record UserUnsupported(string NumberId, string User, string? Kind = null, UpdateOptions? Options = null);

public sealed record UserOrder(string NumberId, string User, string CatalogId, string Product, int Quantity, decimal Price, string Currency = "USD", UpdateOptions? Options = null);

/// <summary>The person opened the chat and has not written yet.</summary>
public sealed record UserWelcome(string NumberId, string User, UpdateOptions? Options = null);

/// <summary>Another user id for the same person.</summary>
/// <param name="OldForm">As the field <c>user_id_update</c>, which Meta has replaced by a message of type <c>system</c>.</param>
public sealed record UserChangesId(string NumberId, string User, string NewUserId, bool OldForm = false);

/// <summary>Another phone or a new installation: the identity key changed.</summary>
public sealed record UserChangesIdentity(string NumberId, string User);

/// <param name="IsOnline">Back online, whatever has not died meanwhile is delivered.</param>
public sealed record UserPresence(string User, bool IsOnline);

/// <summary>Errors of a number that belong to no message.</summary>
public sealed record NumberErrors(string NumberId, int ErrorCode, string Title, UpdateOptions? Options = null);

/// <param name="Emoji">Null takes the reaction back.</param>
public sealed record UserReaction(string NumberId, string User, string Wamid, string? Emoji, UpdateOptions? Options = null);

/// <summary>A message of any type: <paramref name="Content"/> is put into the message as it is.</summary>
public sealed record UserOther(string NumberId, string User, string Type, JsonObject Content, UpdateOptions? Options = null);

public sealed record UserRead(string Wamid);

/// <summary>The user's answer to WhatsApp's own "stop marketing" question.</summary>
/// <param name="Value"><c>stop</c> or <c>resume</c>.</param>
public sealed record UserPreference(string NumberId, string User, string Value);

/// <param name="User">The former phone.</param>
/// <param name="NewUserId">With another phone the user id is another too.</param>
public sealed record UserChangesNumber(string NumberId, string User, string NewPhone, string? NewUserId = null);

/// <summary>A webhook of any field, which carries no number.</summary>
public sealed record WabaUpdate(string WabaId, string Field, JsonObject Value, UpdateOptions? Options = null);

/// <param name="Status"><c>sent</c>, <c>delivered</c>, <c>read</c>, <c>played</c> or <c>failed</c>.</param>
public sealed record NewStatus(string Wamid, string Status, int? ErrorCode = null, UpdateOptions? Options = null);

/// <summary>What happens to the next send calls.</summary>
/// <param name="NumberId">Null: of any number.</param>
/// <param name="ErrorCode">Refuses the call with this code and <paramref name="HttpStatus"/>; nothing is accepted.</param>
/// <param name="LoseRequest">The connection breaks and nothing is accepted.</param>
/// <param name="LoseAnswer">The message is accepted and its statuses are sent, but the connection breaks instead of an answer.</param>
/// <param name="StatusesFirst">The statuses are sent before the answer.</param>
/// <param name="DelayMs">Real time between accepting and answering.</param>
public sealed record SendFault(
    int Count = 1,
    string? NumberId = null,
    int? ErrorCode = null,
    int HttpStatus = 500,
    decimal? RetryAfterSeconds = null,
    bool LoseRequest = false,
    bool LoseAnswer = false,
    bool StatusesFirst = false,
    int DelayMs = 0);

/// <summary>Which statuses follow an accepted message, and how.</summary>
/// <param name="NumberId">Null: of every number that has no plan of its own.</param>
/// <param name="Automatic">False: only <c>StatusAsync</c> and <c>ReadAsync</c> send any.</param>
/// <param name="Copies">2 sends each twice.</param>
/// <param name="FailAfterSent">The code of a <c>failed</c> after <c>sent</c>.</param>
/// <param name="DelayMs">Real time before each status.</param>
/// <param name="Troubled">The part of the messages, 0 to 1, whose statuses meet trouble.</param>
/// <param name="Troubles">Null: every kind.</param>
/// <param name="Seed">The same one gives the first, second, … message the same trouble.</param>
public sealed record StatusPlan(
    string? NumberId = null, bool Automatic = true, bool Shuffled = false, int Copies = 1, bool SkipDelivered = false, int? FailAfterSent = null, int DelayMs = 0,
    double Troubled = 0, IReadOnlyList<StatusTrouble>? Troubles = null, int Seed = 1);

/// <summary>What the statuses of an accepted message can meet. The journal names the message.</summary>
public enum StatusTrouble
{
    /// <summary>None comes but on demand.</summary>
    Lost,

    /// <summary>Neither the answer to the call nor any status comes: nobody can know that it was accepted, until one is sent on demand.</summary>
    Silent,

    /// <summary>They come before the answer to the call.</summary>
    First,

    /// <summary>After <c>sent</c> it is <c>failed</c>, with a code that passes.</summary>
    Failed,

    /// <summary>After <c>failed</c> it is <c>delivered</c>, to another device.</summary>
    DeliveredAfterFailed,
}

/// <param name="OnePost">All in one POST, of however many numbers and WABAs; 1,000 at most in each.</param>
public sealed record UpdateRelease(ReleaseOrder Order = ReleaseOrder.AsEmitted, bool OnePost = false);

public sealed record UserMessage(string Wamid);

/// <param name="Id">A delivery id of the journal, or a wamid: then every POST that carried it.</param>
public sealed record Redelivery(string Id);

/// <summary>A chat as the person sees it on the phone.</summary>
/// <param name="Number">The business's.</param>
public sealed record ChatView(string NumberId, string Number, string BusinessName, string User, string UserName, IReadOnlyList<ChatMessageView> Messages);

/// <param name="From"><c>business</c> or <c>user</c>.</param>
/// <param name="Status">Of the business's messages: accepted, sent, delivered, read or failed.</param>
public sealed record ChatMessageView(string Wamid, string From, DateTimeOffset At, string Type, string Text, IReadOnlyList<string> Buttons, string? InReplyTo, string? Status);

/// <summary>What there is, for somebody who looks on.</summary>
/// <param name="Callback">Where webhooks go; null: nobody has subscribed.</param>
public sealed record WhatsAppView(
    Uri? Callback, IReadOnlyList<WabaView> Wabas, IReadOnlyList<NumberView> Numbers, IReadOnlyList<UserView> Users, IReadOnlyList<SendFault> Faults);

public sealed record WabaView(string Id, string Name, bool Subscribed, IReadOnlyList<TemplateView> Templates);

public sealed record TemplateView(string Name, string Language, string Status, string Category);

public sealed record NumberView(string Id, string WabaId, string Phone, string VerifiedName, bool Registered);

public sealed record UserView(string Phone, string Name, string? UserId, bool OnWhatsApp, bool IsOnline);
