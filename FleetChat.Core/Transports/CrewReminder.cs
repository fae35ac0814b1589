using FleetChat.Core.Inbox;
using FleetChat.Core.Reminders;

namespace FleetChat.Core.Transports;

/// <summary>Looks who drives a transport where no fact says so: nobody could tell before, or somebody is planned to take over now.</summary>
public sealed class CrewReminder : IReminderHandler
{
    public const string Name = "crew";

    public string Kind => Name;

    public async Task<ReminderResult> HandleAsync(Reminder reminder, Processing processing, CancellationToken ct)
    {
        if (!Guid.TryParseExact(reminder.Subject, "N", out var transport)) return new("ignored: no subject of ours");
        var (crew, nextLook) = await TransportCrews.LookAsync(processing, transport, ct);
        if (crew.Problem == CrewProblem.None) return new("noted: crew", nextLook);
        if (crew.MustWait(processing.Time.GetUtcNow())) return new("later: nobody can say yet who drives", nextLook);
        return new($"alert: {await TransportCrews.TellDispatcherAsync(processing, transport, crew.Problem, ct)}", nextLook);
    }
}
