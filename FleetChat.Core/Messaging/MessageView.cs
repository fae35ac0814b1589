using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Security;
using FleetChat.Core.WhatsApp;
using Npgsql;

namespace FleetChat.Core.Messaging;

/// <summary>A message as the API shows it, its content opened as far as it opens.</summary>
/// <param name="Reason">Why it was sent, or what it was taken for.</param>
/// <param name="ReplyTo">The message that it answers, if it names one.</param>
/// <param name="ErrorCode">WhatsApp's, of a message that failed.</param>
/// <param name="WhatsappMessageId">WhatsApp's own id; null until WhatsApp took the message.</param>
/// <param name="Action">The button that the driver tapped.</param>
/// <param name="Status">received for inbound; else queued, accepted, sent, delivered, read, played, failed, expired or refused. It never goes backwards.</param>
public sealed record MessageView(
    Guid Id, Guid ConversationId, Guid? DriverId, Guid? TransportId, Guid? StopId, [OneOf(typeof(ListMessages), nameof(ListMessages.Directions))] string Direction, string Kind,
    string Text, string? Template, string? Language, IReadOnlyList<MessageButton>? Buttons, string? Action,
    MessageLocation? Location, MediaView? Media,
    string Status, string Reason, Guid? ReplyTo, int Attempts, int? ErrorCode, string? WhatsappMessageId,
    DateTimeOffset Timestamp, DateTimeOffset? SentAt, DateTimeOffset? DeliveredAt, DateTimeOffset? ReadAt, DateTimeOffset? FailedAt)
{
    /// <summary>What <see cref="ErrorCode"/> means, in plain words.</summary>
    public string? ErrorText => ErrorCode is { } code ? MetaErrors.TextOf(code) : null;

    /// <summary>Of a message that waits until its driver stops: <c>hos</c> or <c>speed</c>, by which it is known that he drives, or <c>asking</c>. Null: nothing holds it.</summary>
    [OneOf("asking", "hos", "speed")]
    public string? HeldBecause { get; init; }

    /// <summary>What it says can't be opened, as when its key is lost: <c>text</c> is empty, and what else came with the words is missing. The rest is as it was.</summary>
    public bool Unreadable { get; init; }

    private static readonly MessageContent s_nothing = new("");

    /// <summary>What <see cref="Read(NpgsqlDataReader, RowOpener, int)"/> reads, of <c>fleet.message_logs m</c> and <see cref="JoinMedia"/>.</summary>
    internal const string Columns = """
        m.id, m.conversation_id, m.driver_id, m.transport_id, m.stop_id, m.direction, m.content, m.kind, m.timestamp, m.status, m.reason,
        m.reply_to, m.wamid, m.error_code, m.attempts, m.sent_at, m.delivered_at, m.read_at, m.failed_at, f.id, f.state, f.reason, f.size,
        case when m.status = 'queued' then (select h.reason from fleet.holds h where h.tenant_id = m.tenant_id and h.message_id = m.id and h.released_at is null) end
        """;

    internal const string JoinMedia = "left join fleet.media f on f.tenant_id = m.tenant_id and f.message_id = m.id";

    /// <summary>As <see cref="Read(NpgsqlDataReader, RowOpener, int)"/>, for what is made once and kept: what does not open is thrown.</summary>
    internal static MessageView Read(NpgsqlDataReader row, DataKey key, int first = 0) => Read(row, new RowOpener(key) { IsStrict = true }, first);

    /// <param name="first">Position of the column <c>id</c>; the other columns follow it.</param>
    internal static MessageView Read(NpgsqlDataReader row, RowOpener opener, int first = 0)
    {
        var (id, before, sealedContent) = (row.GetGuid(first), opener.LeftOut, row.Bytes(first + 6));
        var content = opener.Open(key => MessageContent.Open(key, id, sealedContent)) ?? s_nothing;
        var wamid = row.BytesOrNull(first + 12) is { } sealedWamid ? opener.Text(EncryptedColumns.MessageWamid, id, sealedWamid) : null;
        var isUnreadable = opener.LeftOut > before;
        if (isUnreadable) opener.NoteMessage(id);
        return new(
            id, row.GetGuid(first + 1), row.GuidOrNull(first + 2), row.GuidOrNull(first + 3), row.GuidOrNull(first + 4),
            row.GetString(first + 5), row.GetString(first + 7),
            content.Text, content.Template, content.Language, content.Buttons, content.Action, content.Location, MediaView.Read(row, content.Media, first + 19),
            row.GetString(first + 9), row.GetString(first + 10), row.GuidOrNull(first + 11), row.GetInt32(first + 14),
            row.IntOrNull(first + 13), wamid, row.Time(first + 8), row.TimeOrNull(first + 15),
            row.TimeOrNull(first + 16), row.TimeOrNull(first + 17), row.TimeOrNull(first + 18))
        {
            HeldBecause = row.TextOrNull(first + 23),
            Unreadable = isUnreadable,
        };
    }
}

/// <summary>What came with a message. <c>GET /api/media/{id}</c> gives a link to it.</summary>
/// <param name="MimeType">What the sender calls it.</param>
/// <param name="Size">In bytes; null until they are here.</param>
/// <param name="State"><c>waiting</c>, <c>fetched</c>, <c>failed</c> or <c>erased</c>.</param>
/// <param name="Reason">Why it failed, as a code.</param>
public sealed record MediaView(Guid Id, string? MimeType, string? FileName, [OneOf(typeof(MediaState))] string State, string? Reason, long? Size)
{
    internal static MediaView? Read(NpgsqlDataReader row, MessageMedia? said, int first) => row.IsDBNull(first)
        ? null
        : new(row.GetGuid(first), said?.MimeType, said?.FileName, row.GetString(first + 1), row.TextOrNull(first + 2), row.LongOrNull(first + 3));
}
