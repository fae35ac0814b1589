using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Statuses of accepted messages, by plan or on demand. Called under the state's gate; sending them is the caller's.</summary>
internal sealed class WhatsAppStatuses(WhatsAppState state, WhatsAppUpdates updates, TimeProvider clock)
{
    private const int Passing = 131000;

    private static readonly string[] Ranks = ["accepted", "failed", "sent", "delivered", "read", "played"];

    /// <summary>What follows an accepted message, in the order in which it shall be sent.</summary>
    public IReadOnlyList<Update> Planned(Chat? chat, Number number, string dialled, ChatMessage message, GraphErrorException? failure, StatusTrouble? trouble)
    {
        var plan = state.PlanOf(number.Id);
        if (failure is not null)
            return Repeat(plan, [Status(chat, number, dialled, message, "failed", failure)]);
        if (!plan.Automatic || trouble is StatusTrouble.Lost or StatusTrouble.Silent)
            return [];
        List<Update> statuses = [Status(chat, number, dialled, message, "sent")];
        if (plan.FailAfterSent is not null || trouble is StatusTrouble.Failed or StatusTrouble.DeliveredAfterFailed)
            statuses.Add(Status(chat, number, dialled, message, "failed", Error(plan.FailAfterSent ?? Passing)));
        if (trouble is StatusTrouble.DeliveredAfterFailed)
            statuses.Add(Status(chat, number, dialled, message, "delivered"));
        if (statuses.Count > 1)
            return Repeat(plan, statuses);
        if (chat is { User.IsOnline: false })
            return Repeat(plan, statuses);
        var reads = chat?.User.ReadsAtOnce == true;
        if (!plan.SkipDelivered || !reads)
            statuses.Add(Status(chat, number, dialled, message, "delivered"));
        if (reads)
            statuses.Add(Status(chat, number, dialled, message, "read"));
        return Repeat(plan, statuses);
    }

    public Update OnDemand(string wamid, string status, int? errorCode)
    {
        var (chat, message) = state.GetMessage(wamid);
        if (message.Inbound)
            throw new ControlException($"{wamid} was not sent by the business");
        if (status is not ("sent" or "delivered" or "read" or "played" or "failed"))
            throw new ControlException($"there is no status {status}");
        return Status(chat, chat.Number, chat.User.Phone, message, status, status == "failed" ? Error(errorCode ?? 131026) : null);
    }

    /// <summary>What reaches a phone that is back; what has died meanwhile does not.</summary>
    public IReadOnlyList<Update> Arrived(Chat chat)
    {
        var now = clock.GetUtcNow();
        List<Update> statuses = [];
        foreach (var message in chat.Messages.Where(message => message is { Inbound: false, Status: "sent" } && !(message.DiesAt <= now)).ToList())
        {
            statuses.Add(Status(chat, chat.Number, chat.User.Phone, message, "delivered"));
            if (chat.User.ReadsAtOnce)
                statuses.Add(Status(chat, chat.Number, chat.User.Phone, message, "read"));
        }
        return statuses;
    }

    /// <summary>Null if the person has read it before.</summary>
    public Update? Read(Chat chat, ChatMessage message)
        => message.Inbound || message.Status is "read" or "played" or "failed" ? null : Status(chat, chat.Number, chat.User.Phone, message, "read");

    private Update Status(Chat? chat, Number number, string dialled, ChatMessage message, string status, GraphErrorException? error = null)
    {
        // Told once when it is sent and once more when it arrives; both mean the same one charge.
        var priced = status == "sent" || (status == "delivered" && error is null) || (status == "read" && message.Status == "sent");
        if (Array.IndexOf(Ranks, status) > Array.IndexOf(Ranks, message.Status) || status == "failed")
            message.Status = status;
        var json = UpdateJson.Status(chat?.User, dialled, message, status, clock.GetUtcNow(), error, priced, state.Settings.StatusesWithConversation);
        return new(number.Waba.Id, "messages", UpdateJson.Statuses(number, chat?.User, json), state.CallbackOf(number.Waba, "messages"), chat?.Lane ?? $"{number.Id}:{dialled}", SimulatorJson.Object(
            ("kind", "status"),
            ("phone_number_id", number.Id),
            ("wamid", message.Wamid),
            ("status", status),
            ("error_code", error?.Code),
            ("user", chat?.User.Phone ?? dialled),
            ("biz_opaque_callback_data", message.OpaqueId)));
    }

    private Update[] Repeat(StatusPlan plan, List<Update> statuses)
    {
        var all = statuses.SelectMany(status => Enumerable.Repeat(status, plan.Copies)).ToArray();
        if (plan.Shuffled)
            updates.Shuffle(all);
        return all;
    }

    private static GraphErrorException Error(int code) => code switch
    {
        131026 => GraphErrorException.Undeliverable(),
        131047 => GraphErrorException.OutsideWindow(),
        131049 => GraphErrorException.HeldBack(),
        131050 => GraphErrorException.NoMarketing(),
        _ => new(code, $"Simulated failure {code}"),
    };
}
