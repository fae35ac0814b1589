using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>What people do on their phones, and what Meta does on its own.</summary>
internal sealed class WhatsAppPeople(WhatsAppState state, WhatsAppUpdates updates, WhatsAppStatuses statuses, TimeProvider clock, SimulatorJournal journal)
{
    // Meta's own limit for the answer to a handshake is not published.
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(10) };

    public UserMessage SendText(UserText request)
        => Send(request.NumberId, request.User, "text", SimulatorJson.Object(("body", request.Text)), request.Text, request.Options);

    public UserMessage Tap(UserTap request)
    {
        lock (state.Gate)
        {
            var (chat, message) = state.GetMessage(request.Wamid);
            if (chat.Number.Id != request.NumberId || chat.User != state.GetUser(request.User))
                throw new ControlException($"{request.Wamid} stands in another chat");
            var button = message.Buttons.FirstOrDefault(found => found.Title == request.Button)
                ?? throw new ControlException($"{request.Wamid} has no button {request.Button}, only: {string.Join(", ", message.Buttons.Select(found => found.Title))}");
            var options = (request.Options ?? new()) with { InReplyTo = request.Options?.InReplyTo ?? request.Wamid };
            return button.Kind switch
            {
                ButtonKind.TemplateQuickReply => Send(request.NumberId, request.User, "button", SimulatorJson.Object(("payload", button.Payload), ("text", button.Title)), button.Title, options),
                ButtonKind.Reply => Send(request.NumberId, request.User, "interactive", Interactive("button_reply", button), button.Title, options),
                ButtonKind.ListRow => Send(request.NumberId, request.User, "interactive", Interactive("list_reply", button), button.Title, options),
                _ => throw new ControlException($"a tap on {button.Title} sends no message by itself"),
            };
        }
    }

    public UserMessage SendLocation(UserLocation request) => Send(
        request.NumberId,
        request.User,
        "location",
        SimulatorJson.Object(("latitude", request.Latitude), ("longitude", request.Longitude), ("name", request.Name), ("address", request.Address)),
        FormattableString.Invariant($"[location {request.Latitude},{request.Longitude}]"),
        request.Options);

    public UserMessage SendMedia(UserMedia request)
    {
        if (request.Kind is not ("image" or "document" or "audio" or "video" or "sticker"))
            throw new ControlException($"there is no medium {request.Kind}");
        var media = new Media(Unique.Digits(16), request.MimeType, request.Content, Convert.ToBase64String(SHA256.HashData(request.Content)));
        lock (state.Gate)
            state.Media[media.Id] = media with { WabaId = state.GetNumber(request.NumberId).Waba.Id };
        var content = SimulatorJson.Object(
            ("caption", request.Caption), ("filename", request.Filename), ("mime_type", media.MimeType), ("sha256", media.Sha256), ("id", media.Id));
        return Send(request.NumberId, request.User, request.Kind, content, $"[{request.Kind}] {request.Caption}".TrimEnd(), request.Options);
    }

    public UserMessage React(UserReaction request) => Send(
        request.NumberId, request.User, "reaction", SimulatorJson.Object(("message_id", request.Wamid), ("emoji", request.Emoji)), $"[reacted {request.Emoji}]", request.Options);

    public UserMessage SendOther(UserOther request) => Send(request.NumberId, request.User, request.Type, request.Content, $"[{request.Type}]", request.Options);

    public void Read(string wamid)
    {
        lock (state.Gate)
        {
            var (chat, message) = state.GetMessage(wamid);
            Follow(statuses.Read(chat, message) ?? throw new ControlException($"{wamid} is {(message.Inbound ? "the user's own" : message.Status)}"));
        }
    }

    public void Prefer(UserPreference request)
    {
        lock (state.Gate)
        {
            var (number, user) = (state.GetNumber(request.NumberId), state.GetUser(request.User));
            var preference = SimulatorJson.Object(
                ("wa_id", user.HidesPhone ? null : user.WaId),
                ("user_id", user.UserId),
                ("detail", $"User requested to {request.Value} marketing messages"),
                ("category", "marketing_messages"),
                ("value", request.Value),
                ("timestamp", clock.GetUtcNow().ToUnixTimeSeconds()));
            Follow(Inbound(number, user, "user_preferences", UpdateJson.Preferences(number, user, preference), ("kind", "preference"), ("value", request.Value)));
        }
    }

    public void ChangeNumber(UserChangesNumber request)
    {
        lock (state.Gate)
        {
            var (number, user) = (state.GetNumber(request.NumberId), state.GetUser(request.User));
            if (state.FindUser(request.NewPhone) is not null)
                throw new ControlException($"{request.NewPhone} belongs to a user");
            state.Users.Add(new User(request.NewPhone) { WaId = request.NewPhone, Name = user.Name, ReadsAtOnce = user.ReadsAtOnce });
            user.OnWhatsApp = false;
            var wamid = Wamid.Inbound(user.WaId);
            var message = UpdateJson.Message(number, user, wamid, clock.GetUtcNow(), "system", inReplyTo: null);
            message["system"] = SimulatorJson.Object(
                ("body", $"User {user.Name} changed from {user.WaId} to {request.NewPhone}"), ("wa_id", request.NewPhone), ("type", "user_changed_number"));
            Follow(Inbound(number, user, "messages", UpdateJson.Messages(number, user, message, withContacts: false), ("kind", "message"), ("wamid", wamid), ("type", "system")));
        }
    }

    public void UpdateWaba(WabaUpdate request)
    {
        lock (state.Gate)
            Follow(OfWaba(state.GetWaba(request.WabaId), request.Field, request.Value), request.Options);
    }

    public void SendStatus(NewStatus request)
    {
        lock (state.Gate)
            Follow(statuses.OnDemand(request.Wamid, request.Status, request.ErrorCode), request.Options);
    }

    public void TemplateChanged(Waba waba, Template template)
    {
        var value = SimulatorJson.Object(
            ("event", template.Status),
            ("message_template_id", long.Parse(template.Id, System.Globalization.CultureInfo.InvariantCulture)),
            ("message_template_name", template.Name),
            ("message_template_language", template.Language),
            ("reason", template.RejectedReason ?? "NONE"),
            ("message_template_category", template.Category));
        Follow(OfWaba(waba, "message_template_status_update", value));
    }

    public void TemplateRecategorised(Waba waba, Template template, string previous) => Follow(OfWaba(waba, "template_category_update", SimulatorJson.Object(
        ("message_template_id", long.Parse(template.Id, System.Globalization.CultureInfo.InvariantCulture)),
        ("message_template_name", template.Name),
        ("message_template_language", template.Language),
        ("previous_category", previous),
        ("new_category", template.Category))));

    /// <summary>As Meta does when a callback URL is entered: only who answers with the bare challenge gets webhooks.</summary>
    public async Task<Handshake> ShakeHandsAsync(Uri callback, string verifyToken, CancellationToken ct)
    {
        var challenge = Unique.Digits(10);
        var query = $"hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={Uri.EscapeDataString(verifyToken)}";
        var url = new UriBuilder(callback) { Query = callback.Query.Length > 1 ? $"{callback.Query[1..]}&{query}" : query }.Uri;
        var handshake = await AskAsync(url, challenge, ct);
        journal.Write("subscription.handshake", SimulatorJson.Object(("url", callback.ToString()), ("verified", handshake.Verified), ("status", handshake.Status)));
        return handshake;
    }

    public IReadOnlyList<ChatView> Chats(string? numberId, string? userPhone)
    {
        lock (state.Gate)
        {
            return [.. state.Chats.Values
                .Where(chat => (numberId is null || chat.Number.Id == numberId) && (userPhone is null || chat.User.Phone == userPhone) && chat.Messages.Count > 0)
                .Select(chat => new ChatView(chat.Number.Id, chat.Number.Phone, chat.Number.VerifiedName, chat.User.Phone, chat.User.Name, [.. chat.Messages.Select(View)]))];
        }
    }

    private static async Task<Handshake> AskAsync(Uri url, string challenge, CancellationToken ct)
    {
        try
        {
            using var response = await Http.GetAsync(url, ct);
            var answer = await response.Content.ReadAsStringAsync(ct);
            return new(response.StatusCode == HttpStatusCode.OK && answer == challenge, (int)response.StatusCode, answer);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return new(Verified: false, Status: null, unreachable.Message);
        }
    }

    private UserMessage Send(string numberId, string userPhone, string type, JsonObject content, string text, UpdateOptions? options)
    {
        lock (state.Gate)
        {
            var (number, user, now) = (state.GetNumber(numberId), state.GetUser(userPhone), clock.GetUtcNow());
            var wamid = Wamid.Inbound(user.WaId);
            var message = UpdateJson.Message(number, user, wamid, now, type, options?.InReplyTo);
            message[type] = content.DeepClone();
            foreach (var (name, value) in options?.Extra ?? [])
                message[name] = value?.DeepClone();
            var update = Inbound(number, user, "messages", UpdateJson.Messages(number, user, message), ("kind", "message"), ("wamid", wamid), ("type", type), ("text", text), ("in_reply_to", options?.InReplyTo));

            // A forged message was written by nobody.
            if (options is not { Forged: true })
            {
                journal.Write("user.sent", (JsonObject)update.Facts.DeepClone());
                var chat = state.ChatOf(number, user);
                ReadBeforeAnswering(chat);
                state.Add(chat, new(wamid, inbound: true, now, type, text) { InReplyTo = options?.InReplyTo });
                chat.LastInbound = now;
                CountInbound(number, now);
            }
            Follow(update, options);
            return new(wamid);
        }
    }

    // Inbound uses up the same throughput as outbound, but is never refused.
    private void CountInbound(Number number, DateTimeOffset now)
    {
        if (!state.Passed.TryGetValue(number.Id, out var passed))
            state.Passed[number.Id] = passed = new();
        passed.Enqueue(now);
    }

    private void ReadBeforeAnswering(Chat chat)
    {
        if (!state.PlanOf(chat.Number.Id).Automatic)
            return;
        foreach (var unread in chat.Messages.Where(message => !message.Inbound && message.Status is "sent" or "delivered").ToList())
        {
            if (statuses.Read(chat, unread) is { } read)
                Follow(read);
        }
    }

    private Update Inbound(Number number, User user, string field, JsonObject value, params (string Name, JsonNode? Value)[] facts) => new(
        number.Waba.Id,
        field,
        value,
        state.CallbackOf(number.Waba, field),
        $"{number.Id}:{user.Phone}",
        SimulatorJson.Object([("phone_number_id", number.Id), ("user", user.Phone), .. facts]));

    private Update OfWaba(Waba waba, string field, JsonObject value) => new(
        waba.Id, field, value, state.CallbackOf(waba, field), $"waba:{waba.Id}", SimulatorJson.Object(("kind", field), ("waba_id", waba.Id), ("event", value["event"]?.DeepClone())));

    private void Follow(Update update, UpdateOptions? options = null) => updates.SendAsync([update], state.Settings, options);

    private static JsonObject Interactive(string kind, ChatButton button)
        => SimulatorJson.Object(("type", kind), (kind, SimulatorJson.Object(("id", button.Payload), ("title", button.Title))));

    private static ChatMessageView View(ChatMessage message) => new(
        message.Wamid,
        message.Inbound ? "user" : "business",
        message.At,
        message.Type,
        message.Text,
        [.. message.Buttons.Select(button => button.Title)],
        message.InReplyTo,
        message.Inbound ? null : message.Status);
}
