using System.Net.Sockets;
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
    private static readonly TimeSpan ReceivedLife = TimeSpan.FromDays(7);

    // Meta's own limit for the answer to a handshake is not published.
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Where links to media point.</summary>
    public Uri Address { get; set; } = new("http://127.0.0.1");

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
        var sha256 = Convert.ToBase64String(SHA256.HashData(request.Content));
        lock (state.Gate)
        {
            var now = clock.GetUtcNow();
            var media = new Media(Unique.Digits(16), request.MimeType, request.Content, sha256, now + ReceivedLife) { WabaId = state.GetNumber(request.NumberId).Waba.Id };
            state.Media[media.Id] = media;
            var content = SimulatorJson.Object(
                ("caption", request.Caption),
                ("filename", request.Filename),
                ("mime_type", media.MimeType),
                ("sha256", request.Sha256 ?? sha256),
                ("id", media.Id),
                ("url", state.Settings.MediaUrls ? MediaApi.NewLink(state, media, now, Address) : null),
                ("voice", request.Kind == "audio" ? request.Voice : null),
                ("animated", request.Kind == "sticker" ? request.Animated : null));
            return Send(request.NumberId, request.User, request.Kind, content, $"[{(request.Voice ? "voice" : request.Kind)}] {request.Caption}".TrimEnd(), request.Options);
        }
    }

    public UserMessage React(UserReaction request) => Send(
        request.NumberId, request.User, "reaction", SimulatorJson.Object(("message_id", request.Wamid), ("emoji", request.Emoji)), $"[reacted {request.Emoji}]", request.Options);

    public UserMessage Revoke(UserRevocation request)
    {
        lock (state.Gate)
        {
            var (chat, message) = Own(request.Wamid);
            message.Text = "[deleted]";
            return Send(chat.Number.Id, chat.User.Phone, "revoke", SimulatorJson.Object(("original_message_id", request.Wamid)), "[took a message back]", request.Options);
        }
    }

    public UserMessage Edit(UserEdit request)
    {
        lock (state.Gate)
        {
            var (chat, message) = Own(request.Wamid);
            message.Text = request.Text;
            var edited = SimulatorJson.Object(("type", "text"), ("text", SimulatorJson.Object(("body", request.Text))));
            return Send(chat.Number.Id, chat.User.Phone, "edit", SimulatorJson.Object(("original_message_id", request.Wamid), ("message", edited)), $"[edited] {request.Text}", request.Options);
        }
    }

    public UserMessage SendContact(UserContact request)
    {
        var card = SimulatorJson.Object(
            ("name", SimulatorJson.Object(("first_name", request.Name.Split(' ')[0]), ("formatted_name", request.Name))),
            ("phones", new JsonArray(SimulatorJson.Object(("phone", request.Phone), ("type", "CELL"), ("wa_id", request.WaId)))));
        return Send(request.NumberId, request.User, "contacts", new JsonArray(card), $"[contact {request.Name}]", request.Options);
    }

    public UserMessage SendOrder(UserOrder request)
    {
        var item = SimulatorJson.Object(("product_retailer_id", request.Product), ("quantity", request.Quantity), ("item_price", request.Price), ("currency", request.Currency));
        return Send(request.NumberId, request.User, "order", SimulatorJson.Object(("catalog_id", request.CatalogId), ("text", ""), ("product_items", new JsonArray(item))), "[order]", request.Options);
    }

    /// <summary>A poll, a picture to be seen once, and whatever else businesses do not get.</summary>
    public UserMessage SendUnsupported(UserUnsupported request)
    {
        var errors = new GraphErrorException(131051, "Message type unknown", "Message type is currently not supported.").ToStatusErrors();
        var options = (request.Options ?? new()) with { Extra = SimulatorJson.Object([("errors", errors), .. (request.Options?.Extra ?? []).Select(member => (member.Key, member.Value?.DeepClone()))]) };
        return Send(request.NumberId, request.User, "unsupported", request.Kind is { } kind ? SimulatorJson.Object(("type", kind)) : null, "[unsupported]", options);
    }

    public UserMessage Welcome(UserWelcome request) => Send(request.NumberId, request.User, "request_welcome", null, "[opened the chat]", request.Options);

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
            if (request.Value == "stop")
                user.NoMarketingFrom.Add(number.Id);
            else
                user.NoMarketingFrom.Remove(number.Id);
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
            state.Users.Add(new User(request.NewPhone) { WaId = request.NewPhone, Name = user.Name, ReadsAtOnce = user.ReadsAtOnce, UserId = request.NewUserId, HidesPhone = user.HidesPhone && request.NewUserId is not null });
            user.OnWhatsApp = false;
            Tell(number, user, SimulatorJson.Object(
                ("body", $"User {user.Name} changed from {user.WaId} to {request.NewPhone}"),
                ("wa_id", request.NewPhone),
                ("user_id", request.NewUserId),
                ("previous_user_id", request.NewUserId is null ? null : user.UserId),
                ("type", "user_changed_number")));
        }
    }

    public void ChangeUserId(UserChangesId request)
    {
        lock (state.Gate)
        {
            var (number, user) = (state.GetNumber(request.NumberId), state.GetUser(request.User));
            var previous = user.UserId ?? throw new ControlException($"{request.User} has no user id");
            user.UserId = request.NewUserId;
            if (request.OldForm)
                Follow(Inbound(number, user, "user_id_update", UpdateJson.UserIdUpdate(number, user, previous, clock.GetUtcNow()), ("kind", "user_id_update")));
            else
                Tell(number, user, SimulatorJson.Object(("body", $"User {user.Name} changed their user id"), ("user_id", request.NewUserId), ("previous_user_id", previous), ("type", "user_changed_user_id")));
        }
    }

    public void ChangeIdentity(UserChangesIdentity request)
    {
        lock (state.Gate)
        {
            var (number, user) = (state.GetNumber(request.NumberId), state.GetUser(request.User));
            Tell(number, user, SimulatorJson.Object(("body", $"User {user.Name} changed their identity"), ("identity", Unique.Letters(11)), ("user", user.WaId), ("type", "customer_identity_changed")));
        }
    }

    public void SetPresence(UserPresence request)
    {
        lock (state.Gate)
        {
            var user = state.GetUser(request.User);
            user.IsOnline = request.IsOnline;
            if (!user.IsOnline)
                return;
            foreach (var update in state.Chats.Values.Where(chat => chat.User == user && state.PlanOf(chat.Number.Id).Automatic).SelectMany(statuses.Arrived).ToList())
                Follow(update);
        }
    }

    public void SendErrors(NumberErrors request)
    {
        lock (state.Gate)
        {
            var number = state.GetNumber(request.NumberId);
            var errors = new GraphErrorException(request.ErrorCode, request.Title).ToStatusErrors();
            Follow(
                new(number.Waba.Id, "messages", UpdateJson.Errors(number, errors), state.CallbackOf(number.Waba, "messages"), $"errors:{number.Id}",
                    SimulatorJson.Object(("kind", "errors"), ("phone_number_id", number.Id), ("error_code", request.ErrorCode))),
                request.Options);
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

    /// <summary>Every account of the portfolio hears of its new limit.</summary>
    public void TellLimit()
    {
        lock (state.Gate)
        {
            foreach (var waba in state.Wabas)
                Follow(OfWaba(waba, "business_capability_update", SimulatorJson.Object(("max_daily_conversations_per_business", state.Settings.MessagingTier))));
        }
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
        catch (Exception unreachable) when (unreachable is HttpRequestException or SocketException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return new(Verified: false, Status: null, unreachable.Message);
        }
    }

    // A message of WhatsApp's own about a person.
    private void Tell(Number number, User user, JsonObject system)
    {
        var wamid = Wamid.Inbound(user.WaId);
        var message = UpdateJson.Message(number, user, wamid, clock.GetUtcNow(), "system", inReplyTo: null);
        message["system"] = system;
        Follow(Inbound(number, user, "messages", UpdateJson.Messages(number, user, message, withContacts: false), ("kind", "message"), ("wamid", wamid), ("type", "system")));
    }

    private (Chat Chat, ChatMessage Message) Own(string wamid)
    {
        var found = state.GetMessage(wamid);
        return found.Message.Inbound ? found : throw new ControlException($"{wamid} was not written by the person");
    }

    private UserMessage Send(string numberId, string userPhone, string type, JsonNode? content, string text, UpdateOptions? options)
    {
        lock (state.Gate)
        {
            var (number, user, now) = (state.GetNumber(numberId), state.GetUser(userPhone), clock.GetUtcNow());
            var wamid = Wamid.Inbound(user.WaId);
            var message = UpdateJson.Message(number, user, wamid, now, type, options?.InReplyTo);
            if (content is not null)
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
        => SimulatorJson.Object(("type", kind), (kind, SimulatorJson.Object(("id", button.Payload), ("title", button.Title), ("description", button.Description))));

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
