namespace FleetChat.LocalRuntime.Durable;

/// <summary>
/// The order in which an instance takes in what waits for it: messages as they were stored, and a timer before the first
/// message that came after it was due. While nobody could run the instance, its time went on.
/// </summary>
internal static class MailOrder
{
    public static IEnumerable<Mail> Of(List<Mail> mail)
    {
        if (mail.Count == 1) return mail;
        var messages = mail.Where(m => m.Kind != MessageKind.Timer).OrderBy(m => m.MessageId ?? long.MaxValue);
        var timers = new Queue<Mail>(mail.Where(m => m.Kind == MessageKind.Timer).OrderBy(m => m.ArrivedAt).ThenBy(m => m.MessageId));
        var ordered = new List<Mail>(mail.Count);
        foreach (var message in messages)
        {
            while (message.Kind != MessageKind.Start && timers.TryPeek(out var timer) && timer.ArrivedAt < message.ArrivedAt) ordered.Add(timers.Dequeue());
            ordered.Add(message);
        }
        ordered.AddRange(timers);
        return ordered;
    }
}
