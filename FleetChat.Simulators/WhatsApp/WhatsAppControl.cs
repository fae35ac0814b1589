using System.Text.Json.Nodes;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Drives a WhatsApp simulator, in this process or another: one method per control call.</summary>
public sealed class WhatsAppControl(Uri address) : IDisposable
{
    private readonly ControlHttp http = new(address);

    public Uri Address => address;

    public Task AddWabaAsync(NewWaba waba, CancellationToken ct = default) => http.DoAsync("/wabas", waba, ct);

    public Task AddTokenAsync(NewAccessToken token, CancellationToken ct = default) => http.DoAsync("/tokens", token, ct);

    public Task ExpireTokenAsync(string token, DateTimeOffset at, CancellationToken ct = default) => http.DoAsync("/tokens/expire", new TokenExpiry(token, at), ct);

    public Task AddNumberAsync(NewNumber number, CancellationToken ct = default) => http.DoAsync("/numbers", number, ct);

    /// <summary>Meta's word on a display name that was submitted. An approved one counts once the number is registered again.</summary>
    public Task DecideNameAsync(NameDecision decision, CancellationToken ct = default) => http.DoAsync("/numbers/name", decision, ct);

    public Task AddUserAsync(NewUser user, CancellationToken ct = default) => http.DoAsync("/users", user, ct);

    /// <summary>Approved at once unless it says otherwise; no webhook.</summary>
    public Task AddTemplateAsync(NewTemplate template, CancellationToken ct = default) => http.DoAsync("/templates", template, ct);

    /// <summary>With a webhook, unless that is lost.</summary>
    public Task SetTemplateStatusAsync(TemplateStatus status, CancellationToken ct = default) => http.DoAsync("/templates/status", status, ct);

    public Task DecideReviewAsync(ReviewRule rule, CancellationToken ct = default) => http.DoAsync("/templates/reviews", rule, ct);

    /// <summary>Meta's handshake; webhooks go to the URL if it verifies.</summary>
    public Task<Handshake> SubscribeAsync(Uri callbackUrl, string verifyToken, CancellationToken ct = default)
        => http.PostAsync<Subscription, Handshake>("/subscription", new(callbackUrl, verifyToken), ct);

    public Task ChangeSettingsAsync(WhatsAppSettings settings, CancellationToken ct = default) => http.DoAsync("/settings", settings, ct);

    public Task<WhatsAppSettings> SettingsAsync(CancellationToken ct = default) => http.GetAsync<WhatsAppSettings>("/settings", ct);

    public Task FailSendsAsync(SendFault fault, CancellationToken ct = default) => http.DoAsync("/faults", fault, ct);

    public Task ClearFaultsAsync(CancellationToken ct = default) => http.DoAsync("/faults/clear", new Nothing(), ct);

    public Task PlanStatusesAsync(StatusPlan plan, CancellationToken ct = default) => http.DoAsync("/statuses/plan", plan, ct);

    public Task SendStatusAsync(NewStatus status, CancellationToken ct = default) => http.DoAsync("/statuses", status, ct);

    /// <summary>Updates wait until <see cref="ReleaseAsync"/>.</summary>
    public Task HoldAsync(CancellationToken ct = default) => http.DoAsync("/hold", new Nothing(), ct);

    /// <returns>How many updates went out.</returns>
    public async Task<int> ReleaseAsync(UpdateRelease? release = null, CancellationToken ct = default)
        => (await http.PostAsync<UpdateRelease, Released>("/release", release ?? new(), ct)).Count;

    /// <param name="id">A delivery id of the journal, or a wamid: then every POST that carried it.</param>
    public Task RedeliverAsync(string id, CancellationToken ct = default) => http.DoAsync("/redeliver", new Redelivery(id), ct);

    /// <returns>The wamid of the new message; so do the other calls of a user.</returns>
    public Task<string> SendTextAsync(string numberId, string user, string text, UpdateOptions? options = null, CancellationToken ct = default)
        => SendAsync("/users/text", new UserText(numberId, user, text, options), ct);

    /// <param name="button">The title on it.</param>
    public Task<string> TapAsync(string numberId, string user, string wamid, string button, UpdateOptions? options = null, CancellationToken ct = default)
        => SendAsync("/users/tap", new UserTap(numberId, user, wamid, button, options), ct);

    public Task<string> SendLocationAsync(UserLocation location, CancellationToken ct = default) => SendAsync("/users/location", location, ct);

    public Task<string> SendMediaAsync(UserMedia media, CancellationToken ct = default) => SendAsync("/users/media", media, ct);

    /// <param name="emoji">Null takes the reaction back.</param>
    public Task<string> ReactAsync(string numberId, string user, string wamid, string? emoji, UpdateOptions? options = null, CancellationToken ct = default)
        => SendAsync("/users/reaction", new UserReaction(numberId, user, wamid, emoji, options), ct);

    /// <summary>The person deletes a message of his for everybody.</summary>
    public Task<string> RevokeAsync(string wamid, UpdateOptions? options = null, CancellationToken ct = default) => SendAsync("/users/revoke", new UserRevocation(wamid, options), ct);

    public Task<string> EditAsync(string wamid, string text, UpdateOptions? options = null, CancellationToken ct = default) => SendAsync("/users/edit", new UserEdit(wamid, text, options), ct);

    public Task<string> SendContactAsync(UserContact contact, CancellationToken ct = default) => SendAsync("/users/contact", contact, ct);

    public Task<string> SendOrderAsync(UserOrder order, CancellationToken ct = default) => SendAsync("/users/order", order, ct);

    public Task<string> SendUnsupportedAsync(UserUnsupported unsupported, CancellationToken ct = default) => SendAsync("/users/unsupported", unsupported, ct);

    public Task<string> WelcomeAsync(string numberId, string user, UpdateOptions? options = null, CancellationToken ct = default)
        => SendAsync("/users/welcome", new UserWelcome(numberId, user, options), ct);

    public Task ChangeUserIdAsync(UserChangesId change, CancellationToken ct = default) => http.DoAsync("/users/id", change, ct);

    public Task ChangeIdentityAsync(string numberId, string user, CancellationToken ct = default) => http.DoAsync("/users/identity", new UserChangesIdentity(numberId, user), ct);

    /// <summary>A phone without network gets nothing until it is back.</summary>
    public Task SetOnlineAsync(string user, bool isOnline, CancellationToken ct = default) => http.DoAsync("/users/presence", new UserPresence(user, isOnline), ct);

    /// <summary>Errors that belong to no message.</summary>
    public Task SendErrorsAsync(NumberErrors errors, CancellationToken ct = default) => http.DoAsync("/numbers/errors", errors, ct);

    /// <summary>A message of any type, known or not.</summary>
    public Task<string> SendOtherAsync(string numberId, string user, string type, JsonObject content, UpdateOptions? options = null, CancellationToken ct = default)
        => SendAsync("/users/other", new UserOther(numberId, user, type, content, options), ct);

    public Task ReadAsync(string wamid, CancellationToken ct = default) => http.DoAsync("/users/read", new UserRead(wamid), ct);

    /// <param name="value"><c>stop</c> or <c>resume</c>.</param>
    public Task SetPreferenceAsync(string numberId, string user, string value, CancellationToken ct = default)
        => http.DoAsync("/users/preference", new UserPreference(numberId, user, value), ct);

    public Task ChangeNumberAsync(string numberId, string user, string newPhone, string? newUserId = null, CancellationToken ct = default)
        => http.DoAsync("/users/number", new UserChangesNumber(numberId, user, newPhone, newUserId), ct);

    /// <summary>A webhook of any field, which carries no number.</summary>
    public Task UpdateWabaAsync(WabaUpdate update, CancellationToken ct = default) => http.DoAsync("/wabas/updates", update, ct);

    public Task<IReadOnlyList<ChatView>> ChatsAsync(string? numberId = null, string? user = null, CancellationToken ct = default)
        => http.GetAsync<IReadOnlyList<ChatView>>("/chats?" + string.Join('&', new[] { Query("number", numberId), Query("user", user) }.OfType<string>()), ct);

    /// <summary>Trouble at random from a seed, until another plan or <see cref="EndFaultsAsync"/>.</summary>
    public Task<FaultReport> PlanFaultsAsync(FaultPlan plan, CancellationToken ct = default) => http.PlanFaultsAsync(plan, ct);

    public Task<FaultReport> EndFaultsAsync(CancellationToken ct = default) => http.EndFaultsAsync(ct);

    public Task<FaultReport> FaultsAsync(CancellationToken ct = default) => http.FaultsAsync(ct);

    /// <summary>What there is.</summary>
    public Task<WhatsAppView> ViewAsync(CancellationToken ct = default) => http.GetAsync<WhatsAppView>("/wabas", ct);

    /// <summary>Webhooks that are held back, or neither acknowledged nor given up.</summary>
    public Task<int> PendingAsync(CancellationToken ct = default) => http.PendingAsync(ct);

    public Task<IReadOnlyList<JournalEntry>> JournalAsync(long after = 0, CancellationToken ct = default) => http.JournalAsync(after, ct);

    public void Dispose() => http.Dispose();

    private static string? Query(string name, string? value) => value is null ? null : $"{name}={Uri.EscapeDataString(value)}";

    private async Task<string> SendAsync<TRequest>(string path, TRequest request, CancellationToken ct) => (await http.PostAsync<TRequest, UserMessage>(path, request, ct)).Wamid;
}
