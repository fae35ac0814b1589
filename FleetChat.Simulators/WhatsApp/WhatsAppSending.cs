using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;
using Microsoft.AspNetCore.Http;

namespace FleetChat.Simulators.WhatsApp;

/// <summary><c>POST /{number}/messages</c>: everything that Meta checks before it accepts, and what follows when it has.</summary>
internal sealed class WhatsAppSending(WhatsAppState state, WhatsAppUpdates updates, WhatsAppStatuses statuses, TimeProvider clock, SimulatorJournal journal)
{
    private const int LongestOpaqueId = 512;

    // Meta closes 24 hours after the person's last message, to the second.
    private static readonly TimeSpan Window = TimeSpan.FromHours(24);
    private static readonly TimeSpan PairPace = TimeSpan.FromSeconds(6);

    public async Task HandleAsync(HttpContext context, GraphCall call)
    {
        var (outcome, fault) = Decide(call);
        if (fault is { LoseRequest: true } || (fault is { LoseAnswer: true } && outcome.Statuses is not null) || outcome.Trouble == StatusTrouble.Silent)
        {
            context.Abort();
            await FollowAsync(outcome);
            return;
        }
        var statusesFirst = fault is { StatusesFirst: true } || outcome.Trouble == StatusTrouble.First;
        if (statusesFirst)
            await FollowAsync(outcome);
        if (fault is { DelayMs: > 0 })
            await Task.Delay(fault.DelayMs, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (outcome.Error is { RetryAfterSeconds: { } seconds })
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await outcome.Answer.ExecuteAsync(context);
        await context.Response.CompleteAsync();
        if (!statusesFirst)
            _ = FollowAsync(outcome);
    }

    private (Outcome Outcome, SendFault? Fault) Decide(GraphCall call)
    {
        lock (state.Gate)
        {
            var number = call.Number(state, "id");
            var fault = state.TakeFault(number.Id);
            try
            {
                if (fault is { LoseRequest: true })
                    return (new(Results.Empty, null, null), fault);
                if (fault is { ErrorCode: { } code })
                    throw new GraphErrorException(code, code == 130429 ? "Rate limit hit" : "Something went wrong", "Simulated failure") { Status = fault.HttpStatus, IsTransient = true, RetryAfterSeconds = fault.RetryAfterSeconds };
                return (Accept(number, call.Body), fault);
            }
            catch (GraphErrorException refused)
            {
                return (Refuse(number, call, refused, simulated: fault?.ErrorCode is not null), fault);
            }
            catch (InvalidFieldException invalid)
            {
                return (Refuse(number, call, GraphErrorException.Of(invalid), simulated: false), fault);
            }
        }
    }

    private Outcome Refuse(Number number, GraphCall call, GraphErrorException error, bool simulated)
    {
        journal.Write("send.refused", SimulatorJson.Object(
            ("phone_number_id", number.Id),
            ("error_code", error.Code),
            ("status", error.Status),
            ("details", error.Details),
            ("simulated", simulated ? true : null),
            ("body", JsonNode.Parse(call.Json.GetRawText()))));
        return new(error.ToResult(), error, null);
    }

    private Task FollowAsync(Outcome outcome)
        => outcome.Statuses is { Count: > 0 } following ? updates.SendAsync(following, outcome.Settings!, delay: outcome.Delay) : Task.CompletedTask;

    private Outcome Accept(Number number, Fields body)
    {
        body.OneOf("messaging_product", "whatsapp");
        if (!number.Registered)
            throw GraphErrorException.NotRegistered();
        if (body.Has("status"))
            return MarkRead(number, body);
        body.OptionalOneOf("recipient_type", "individual");
        var (dialled, user) = Recipient(body);
        if (dialled == number.Phone)
            throw GraphErrorException.SelfSend();

        var type = body.OptionalText("type", 50) ?? "text";
        var template = type == "template" ? FindTemplate(number.Waba, body.Object("template")) : null;
        var rendered = template is null ? MessageContent.Render(type, body) : TemplateUse.Render(template, body.Object("template"));
        if (body.OptionalObject(type)?.OptionalText("id", 100) is { } mediaId && type is "image" or "video" or "audio" or "document" or "sticker")
            RequireMedia(number, type, mediaId);
        if (template is { Category: "AUTHENTICATION" } && !body.Has("to"))
            throw GraphErrorException.NotByUserId();
        var opaqueId = body.OptionalText("biz_opaque_callback_data", LongestOpaqueId);
        var inReplyTo = body.OptionalObject("context")?.Text("message_id", 1000);
        if (inReplyTo is not null && type == "reaction")
            throw GraphErrorException.Invalid("a reaction cannot be a contextual reply");

        var now = clock.GetUtcNow();
        Throttle(number, now);
        var chat = user is null ? null : state.ChatOf(number, user);
        if (chat is not null)
            PacePair(chat, now);
        var open = chat?.LastInbound is { } last && now - last < Window;
        if (!open && template is not null)
            CountBegun(dialled, now);
        var failure = user is not { OnWhatsApp: true } ? Failure(state.Settings.Unreachable, GraphErrorException.Undeliverable())
            : template is null && !open ? Failure(state.Settings.Window, GraphErrorException.OutsideWindow())
            : template is { Category: "MARKETING" } ? RefusedMarketing(number, user)
            : null;

        var message = new ChatMessage(Wamid.Outbound(user?.WaId ?? dialled), inbound: false, now, type, rendered.Text)
        {
            Buttons = rendered.Buttons,
            InReplyTo = inReplyTo,
            OpaqueId = opaqueId,
            PricingCategory = template?.Category.ToLowerInvariant(),
            DiesAt = template is null ? null : now + template.TimeToLive,
        };
        if (chat is not null)
            state.Add(chat, message);
        journal.Write("send.accepted", SimulatorJson.Object(
            ("wamid", message.Wamid),
            ("phone_number_id", number.Id),
            ("to", dialled),
            ("wa_id", user?.WaId),
            ("user_id", user?.UserId),
            ("type", type),
            ("template", template?.Name),
            ("language", template?.Language),
            ("biz_opaque_callback_data", opaqueId),
            ("text", rendered.Text),
            ("fails_with", failure?.Code),
            ("body", JsonNode.Parse(body.Element.GetRawText()))));
        var trouble = state.ThrowTrouble(number.Id);
        if (trouble is { } met)
            journal.Write("fault.statuses", SimulatorJson.Object(
                ("kind", JsonNamingPolicy.SnakeCaseLower.ConvertName(met.ToString())), ("phone_number_id", number.Id), ("wamid", message.Wamid), ("biz_opaque_callback_data", opaqueId)));
        return new(Reply(body, user, dialled, message, template), null, statuses.Planned(chat, number, dialled, message, failure, trouble))
        {
            Trouble = trouble,
            Settings = state.Settings,
            Delay = TimeSpan.FromMilliseconds(state.PlanOf(number.Id).DelayMs),
        };
    }

    // Only a status tells, and never the answer to the call.
    private GraphErrorException? RefusedMarketing(Number number, User user)
        => user.NoMarketingFrom.Contains(number.Id) ? GraphErrorException.NoMarketing()
            : !state.Settings.MarketingToUs && user.Phone.StartsWith('1') ? GraphErrorException.HeldBack()
            : null;

    // Each person counts once in 24 hours, however many of the business's numbers write to him.
    private void CountBegun(string dialled, DateTimeOffset now)
    {
        if (state.Settings.MessagingLimit is not { } most)
            return;
        foreach (var (phone, _) in state.Begun.Where(begun => now - begun.Value >= Window).ToList())
            state.Begun.Remove(phone);
        if (!state.Begun.ContainsKey(dialled) && state.Begun.Count >= most)
            throw GraphErrorException.MessagingLimit();
        state.Begun[dialled] = now;
    }

    private void RequireMedia(Number number, string type, string id)
    {
        var media = state.FindMedia(id, clock.GetUtcNow());
        if (media is null || media.WabaId != number.Waba.Id)
            throw GraphErrorException.Invalid($"{type}.id {id} is no medium that this business has, or it has expired");
        if (MediaLimits.KindOf(media.MimeType) is { } kind && kind != type && !(kind == "image" && type == "sticker"))
            throw GraphErrorException.Invalid($"{type}.id {id} is of type {media.MimeType}");
    }

    private static GraphErrorException Failure(FailureWay way, GraphErrorException error) => way == FailureWay.Async ? error : throw error;

    private Outcome MarkRead(Number number, Fields body)
    {
        body.OneOf("status", "read");
        var wamid = body.Text("message_id", 1000);
        if (state.FindMessage(wamid) is not { Message.Inbound: true } found || found.Chat.Number != number)
            throw GraphErrorException.Invalid($"message_id {wamid} is no message that this number received");
        body.OptionalObject("typing_indicator")?.OneOf("type", "text");
        journal.Write("read.marked", SimulatorJson.Object(("phone_number_id", number.Id), ("wamid", wamid)));
        return new(GraphRest.Success(), null, null);
    }

    // If both are given, "to" wins.
    private (string Dialled, User? User) Recipient(Fields body)
    {
        if (body.OptionalText("to", 50) is { } to)
        {
            var digits = string.Concat(to.Where(char.IsAsciiDigit));
            if (digits.Length is < 5 or > 20 || to.Any(character => !char.IsAsciiDigit(character) && !"+-() ".Contains(character, StringComparison.Ordinal)))
                throw body.Bad("to", "must be a phone number");
            return (digits, state.FindUser(digits));
        }
        if (body.OptionalText("recipient", 200) is not { } userId)
            throw body.Missing("to");
        return state.FindUserById(userId) is { } known ? (known.Phone, known) : throw body.Bad("recipient", "is no user id that this business knows");
    }

    private static Template FindTemplate(Waba waba, Fields template)
    {
        var (name, language) = (template.Text("name", 512), template.Object("language").Text("code", 10));
        var found = waba.Templates.Find(candidate => candidate.Name == name && candidate.Language == language);
        return found?.Status switch
        {
            "APPROVED" => found,
            "PAUSED" => throw GraphErrorException.TemplatePaused(name),
            "DISABLED" => throw GraphErrorException.TemplateDisabled(name),
            _ => throw GraphErrorException.TemplateMissing(name, language),
        };
    }

    private void Throttle(Number number, DateTimeOffset now)
    {
        if (state.Settings.MessagesPerSecond is not { } most)
            return;
        if (!state.Passed.TryGetValue(number.Id, out var passed))
            state.Passed[number.Id] = passed = new();
        while (passed.TryPeek(out var oldest) && now - oldest >= TimeSpan.FromSeconds(1))
            passed.Dequeue();
        if (passed.Count >= most)
            throw GraphErrorException.Throughput();
        passed.Enqueue(now);
    }

    private void PacePair(Chat chat, DateTimeOffset now)
    {
        if (!state.Settings.PairLimit)
            return;
        var burst = state.Settings.PairBurst;
        chat.PairAllowance = chat.PairReckonedAt is { } then ? Math.Min(burst, chat.PairAllowance + ((now - then) / PairPace)) : burst;
        chat.PairReckonedAt = now;
        if (chat.PairAllowance < 1)
            throw GraphErrorException.PairLimit();
        chat.PairAllowance--;
    }

    private static IResult Reply(Fields body, User? user, string dialled, ChatMessage message, Template? template)
    {
        var contact = body.OptionalText("to", 50) is { } to
            ? SimulatorJson.Object(("input", to), ("wa_id", user?.WaId ?? dialled))
            : SimulatorJson.Object(("input", body.Text("recipient", 200)), ("user_id", user?.UserId));
        return GraphRest.Json(SimulatorJson.Object(
            ("messaging_product", "whatsapp"),
            ("contacts", new JsonArray(contact)),
            ("messages", new JsonArray(SimulatorJson.Object(("id", message.Wamid), ("message_status", template is null ? null : "accepted"))))));
    }

    /// <param name="Statuses">Null: nothing was accepted.</param>
    private sealed record Outcome(IResult Answer, GraphErrorException? Error, IReadOnlyList<Update>? Statuses)
    {
        public StatusTrouble? Trouble { get; init; }

        public WhatsAppSettings? Settings { get; init; }

        public TimeSpan Delay { get; init; }
    }
}
