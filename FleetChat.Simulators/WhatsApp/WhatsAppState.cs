using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Everything that the simulated WhatsApp knows. Whoever reads or writes it holds <see cref="Gate"/>.</summary>
internal sealed class WhatsAppState(WhatsAppSettings settings)
{
    private static readonly StatusTrouble[] EveryTrouble = Enum.GetValues<StatusTrouble>();

    private readonly Dictionary<string, (Chat, ChatMessage)> messages = [];
    // By number; "" for those without a plan of their own.
    private readonly Dictionary<string, Random> dice = [];

    public Lock Gate { get; } = new();

    public WhatsAppSettings Settings { get; set; } = settings;

    public Uri? Callback { get; set; }

    public List<Waba> Wabas { get; } = [];

    public List<Number> Numbers { get; } = [];

    public List<User> Users { get; } = [];

    /// <summary>By number and phone.</summary>
    public Dictionary<(string NumberId, string Phone), Chat> Chats { get; } = [];

    public Dictionary<string, AccessToken> Tokens { get; } = [];

    public Dictionary<string, Media> Media { get; } = [];

    /// <summary>Links to media by the secret in their path; they live five minutes.</summary>
    public Dictionary<string, (Media Media, DateTimeOffset Until)> MediaLinks { get; } = [];

    /// <summary>Who was written to outside of a window, and when first.</summary>
    public Dictionary<string, DateTimeOffset> Begun { get; } = [];

    public List<SendFault> Faults { get; } = [];

    public List<StatusPlan> Plans { get; } = [];

    public List<ReviewRule> Reviews { get; } = [];

    /// <summary>When each number's last messages passed, in and out.</summary>
    public Dictionary<string, Queue<DateTimeOffset>> Passed { get; } = [];

    /// <summary>Null also when its id has expired: 7 days after it came in, 30 after it was uploaded.</summary>
    public Media? FindMedia(string id, DateTimeOffset now) => Media.GetValueOrDefault(id) is { } media && now < media.ExpiresAt ? media : null;

    public Waba GetWaba(string id) => Wabas.Find(waba => waba.Id == id) ?? throw new ControlException($"there is no WABA {id}");

    public Number GetNumber(string id) => Numbers.Find(number => number.Id == id) ?? throw new ControlException($"there is no number {id}");

    /// <summary>Null: nobody has subscribed.</summary>
    public Uri? CallbackOf(Waba waba, string field) => !waba.Subscribed ? null : field == "messages" && waba.OverrideCallback is { } own ? own : Callback;

    public User GetUser(string phone) => FindUser(phone) ?? throw new ControlException($"there is no user {phone}");

    public User? FindUser(string phone) => Users.Find(user => user.Phone == phone) ?? Users.Find(user => user.WaId == phone);

    public User? FindUserById(string userId) => Users.Find(user => user.UserId == userId || user.ParentUserId == userId);

    public Chat ChatOf(Number number, User user)
    {
        if (!Chats.TryGetValue((number.Id, user.Phone), out var chat))
            Chats[(number.Id, user.Phone)] = chat = new(number, user);
        return chat;
    }

    public void Add(Chat chat, ChatMessage message)
    {
        chat.Messages.Add(message);
        messages[message.Wamid] = (chat, message);
    }

    public (Chat Chat, ChatMessage Message)? FindMessage(string wamid) => messages.TryGetValue(wamid, out var found) ? found : null;

    public (Chat Chat, ChatMessage Message) GetMessage(string wamid) => FindMessage(wamid) ?? throw new ControlException($"there is no message {wamid}");

    /// <summary>The fault that the next send call of this number runs into, used up by asking.</summary>
    public SendFault? TakeFault(string numberId)
    {
        var index = Faults.FindIndex(fault => fault.NumberId is null || fault.NumberId == numberId);
        if (index < 0)
            return null;
        var fault = Faults[index];
        if (fault.Count > 1)
            Faults[index] = fault with { Count = fault.Count - 1 };
        else
            Faults.RemoveAt(index);
        return fault;
    }

    public void Plan(StatusPlan plan)
    {
        Plans.RemoveAll(other => other.NumberId == plan.NumberId);
        Plans.Add(plan);
        dice[plan.NumberId ?? ""] = new(plan.Seed);
    }

    /// <summary>What the statuses of this number's next message meet. Two throws for each message, so that a seed means the same trouble for the n-th.</summary>
    public StatusTrouble? ThrowTrouble(string numberId)
    {
        var plan = PlanOf(numberId);
        if (!dice.TryGetValue(plan.NumberId ?? "", out var throws))
            return null;
        var (luck, kind) = (throws.NextDouble(), throws.NextDouble());
        var kinds = plan.Troubles ?? EveryTrouble;
        return luck < plan.Troubled && kinds.Count > 0 ? kinds[(int)(kind * kinds.Count)] : null;
    }

    public StatusPlan PlanOf(string numberId) => Plans.Find(plan => plan.NumberId == numberId) ?? Plans.Find(plan => plan.NumberId is null) ?? new();
}
