using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>What exists in the simulated WhatsApp, and the rules that it follows from now on.</summary>
internal sealed class WhatsAppSetup(WhatsAppState state, WhatsAppPeople people)
{
    public void AddWaba(NewWaba request)
    {
        lock (state.Gate)
        {
            RefuseTaken(state.Wabas.Exists(waba => waba.Id == request.Id), request.Id);
            state.Wabas.Add(new(request.Id, request.Name) { Subscribed = request.Subscribed });
        }
    }

    public void AddToken(NewAccessToken request)
    {
        lock (state.Gate)
        {
            if (!state.Tokens.TryAdd(request.Value, new(request.Value, request.WabaIds, request.ExpiresAt)))
                throw new ControlException("this token exists already");
        }
    }

    public void ExpireToken(TokenExpiry request)
    {
        lock (state.Gate)
        {
            var token = state.Tokens.GetValueOrDefault(request.Value) ?? throw new ControlException("there is no such token");
            state.Tokens[request.Value] = token with { ExpiresAt = request.At };
        }
    }

    public void AddNumber(NewNumber request)
    {
        lock (state.Gate)
        {
            RefuseTaken(state.Numbers.Exists(number => number.Id == request.Id || number.Phone == request.Phone), $"{request.Id} or {request.Phone}");
            RequireDigits(request.Phone);
            state.Numbers.Add(new(request.Id, state.GetWaba(request.WabaId), request.Phone) { VerifiedName = request.VerifiedName, Verified = request.Registered, Registered = request.Registered });
        }
    }

    public void DecideName(NameDecision request)
    {
        lock (state.Gate)
        {
            var number = state.Numbers.Find(number => number.Id == request.NumberId && number.NewDisplayName is not null) ?? throw new ControlException("no name of this number is looked at");
            number.NewNameStatus = request.Approved ? "APPROVED" : "DECLINED";
        }
    }

    public void AddUser(NewUser request)
    {
        lock (state.Gate)
        {
            RefuseTaken(state.FindUser(request.Phone) is not null, request.Phone);
            RequireDigits(request.Phone);
            if (request.HidesPhone && request.UserId is null)
                throw new ControlException("who hides the phone has a user id");
            state.Users.Add(new(request.Phone)
            {
                WaId = request.WaId ?? request.Phone,
                Name = request.Name,
                UserId = request.UserId,
                ParentUserId = request.ParentUserId,
                Username = request.Username,
                HidesPhone = request.HidesPhone,
                OnWhatsApp = request.OnWhatsApp,
                ReadsAtOnce = request.ReadsAtOnce,
                IsOnline = request.IsOnline,
            });
        }
    }

    public void AddTemplate(NewTemplate request)
    {
        var template = Template.Read(Fields.Of(JsonSerializer.SerializeToElement(Submission(request)), ""), Unique.Digits(16));
        template.Status = request.Status;
        lock (state.Gate)
        {
            var waba = state.GetWaba(request.WabaId);
            RefuseTaken(waba.Templates.Exists(other => other.Name == request.Name && other.Language == request.Language), $"{request.Name} in {request.Language}");
            waba.Templates.Add(template);
        }
    }

    public void SetTemplateStatus(TemplateStatus request)
    {
        lock (state.Gate)
        {
            var waba = state.GetWaba(request.WabaId);
            var template = waba.Templates.Find(found => found.Name == request.Name && found.Language == request.Language)
                ?? throw new ControlException($"WABA {request.WabaId} has no template {request.Name} in {request.Language}");
            var previous = template.Category;
            (template.Status, template.RejectedReason, template.ReviewedAt, template.Category) = (request.Status, request.Reason, null, request.Category ?? previous);
            if (request.IsLost)
                return;
            if (template.Category != previous)
                people.TemplateRecategorised(waba, template, previous);
            people.TemplateChanged(waba, template);
        }
    }

    public void Review(ReviewRule rule)
    {
        lock (state.Gate)
        {
            state.Reviews.RemoveAll(other => (other.Name, other.WabaId) == (rule.Name, rule.WabaId));
            state.Reviews.Add(rule);
        }
    }

    public void Fail(SendFault fault)
    {
        lock (state.Gate)
            state.Faults.Add(fault);
    }

    public void ClearFaults()
    {
        lock (state.Gate)
            state.Faults.Clear();
    }

    public void Plan(StatusPlan plan)
    {
        if (plan.Troubled is not (>= 0 and <= 1))
            throw new ControlException("the part of the messages lies between 0 and 1");
        lock (state.Gate)
            state.Plan(plan);
    }

    /// <returns>Whether the messaging limit is another one now.</returns>
    public bool Change(WhatsAppSettings settings)
    {
        lock (state.Gate)
        {
            var isLimitChanged = state.Settings.MessagingLimit != settings.MessagingLimit;
            state.Settings = settings;
            return isLimitChanged;
        }
    }

    public WhatsAppSettings Settings()
    {
        lock (state.Gate)
            return state.Settings;
    }

    /// <summary>What there is, for somebody who looks on.</summary>
    public WhatsAppView View()
    {
        lock (state.Gate)
        {
            return new(
                state.Callback,
                [.. state.Wabas.Select(waba => new WabaView(waba.Id, waba.Name, waba.Subscribed, [.. waba.Templates.Select(template => new TemplateView(template.Name, template.Language, template.Status, template.Category))]))],
                [.. state.Numbers.Select(number => new NumberView(number.Id, number.Waba.Id, number.Phone, number.VerifiedName, number.Registered))],
                [.. state.Users.Select(user => new UserView(user.Phone, user.Name, user.UserId, user.OnWhatsApp, user.IsOnline))],
                [.. state.Faults]);
        }
    }

    public async Task<Handshake> SubscribeAsync(Subscription request, CancellationToken ct)
    {
        var handshake = await people.ShakeHandsAsync(request.CallbackUrl, request.VerifyToken, ct);
        if (handshake.Verified)
        {
            lock (state.Gate)
                state.Callback = request.CallbackUrl;
        }
        return handshake;
    }

    // Meta's own form of a submission, so that one reader checks both.
    private static JsonObject Submission(NewTemplate request) => SimulatorJson.Object(
        ("name", request.Name),
        ("language", request.Language),
        ("category", request.Category),
        ("parameter_format", request.Named ? "NAMED" : "POSITIONAL"),
        ("message_send_ttl_seconds", request.TimeToLiveSeconds),
        ("components", SimulatorJson.Array(new JsonObject?[]
        {
            request.Header is { } header ? SimulatorJson.Object(("type", "HEADER"), ("format", "TEXT"), ("text", header), ("example", Example(header, "header_text", named: false))) : null,
            SimulatorJson.Object(("type", "BODY"), ("text", request.Body), ("example", Example(request.Body, request.Named ? "body_text_named_params" : "body_text", request.Named))),
            request.Footer is { } footer ? SimulatorJson.Object(("type", "FOOTER"), ("text", footer)) : null,
            request.Buttons is { Count: > 0 } buttons
                ? SimulatorJson.Object(("type", "BUTTONS"), ("buttons", SimulatorJson.Array(buttons.Select(button => SimulatorJson.Object(("type", "QUICK_REPLY"), ("text", button))))))
                : null,
        }.OfType<JsonObject>())));

    private static JsonObject? Example(string text, string member, bool named)
    {
        var variables = Template.Variables(text);
        if (variables.Count == 0)
            return null;
        var values = named
            ? SimulatorJson.Array(variables.Select(name => SimulatorJson.Object(("param_name", name), ("example", "example"))))
            : SimulatorJson.Array(variables.Select(number => JsonValue.Create(string.Create(CultureInfo.InvariantCulture, $"example {number}"))));
        return SimulatorJson.Object((member, member == "body_text" ? new JsonArray(values) : values));
    }

    private static void RefuseTaken(bool taken, string what)
    {
        if (taken)
            throw new ControlException($"{what} is taken");
    }

    private static void RequireDigits(string phone)
    {
        if (phone.Length == 0 || !phone.All(char.IsAsciiDigit))
            throw new ControlException($"a phone is digits only, and {phone} is not");
    }
}
