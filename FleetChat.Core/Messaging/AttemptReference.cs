namespace FleetChat.Core.Messaging;

/// <summary>
/// What goes along with a message to WhatsApp and comes back with each of its statuses, as <c>biz_opaque_callback_data</c>. The attempt settles
/// a lost answer; the message is for a database that was restored to a moment before the attempt, and knows nothing of that.
/// </summary>
/// <param name="Message">Null: it was sent before messages were named too.</param>
internal readonly record struct AttemptReference(Guid Attempt, Guid? Message)
{
    private const char Between = '.';

    public static string Write(Guid attempt, Guid message) => $"{attempt:N}{Between}{message:N}";

    public static bool TryRead(string? text, out AttemptReference reference)
    {
        reference = default;
        if (text?.Split(Between) is not [var first, .. var rest] || rest.Length > 1 || !Guid.TryParseExact(first, "N", out var attempt)) return false;
        var message = Guid.Empty;
        if (rest is [var second] && !Guid.TryParseExact(second, "N", out message)) return false;
        reference = new(attempt, rest is [] ? null : message);
        return true;
    }
}
