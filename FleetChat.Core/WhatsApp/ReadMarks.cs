using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.WhatsApp;

/// <summary>
/// The driver sees two blue ticks when a rule or a person has dealt with what he wrote. WhatsApp marks everything before a message
/// with it, so none is marked while an earlier one still waits for a dispatcher: the ticks would lie.
/// </summary>
public sealed class ReadMarks(IWhatsAppClient whatsApp, TimeProvider time) : ICallHandler
{
    private const string Kind = "whatsapp_read";
    private const string Wamid = "wamid";

    public bool Handles(string kind) => kind == Kind;

    /// <summary>Marks what is dealt with in a conversation, once this has committed.</summary>
    public static async Task AddAsync(Processing processing, Guid conversation, CancellationToken ct)
    {
        if (await FindNewestAsync(processing.Db, processing.Key, conversation, ct) is not var (message, wamid)) return;
        var content = JsonSerializer.SerializeToElement(new Dictionary<string, string> { [Wamid] = wamid });
        await processing.TryAddCallAsync(new(CallLanes.WhatsApp, Kind, $"read:{message:N}", content), ct);
    }

    // May be made twice: the second time changes nothing. Refused for good (the message is too old, the user has gone), it is of
    // no consequence, and nobody is told.
    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        if (tenant is not { PhoneNumberId: { } number, WhatsAppAccessToken: { } token }) return CallResult.Done("no number");
        try
        {
            await whatsApp.MarkReadAsync(new(number, token, call.Content.GetProperty(Wamid).GetString()!), ct);
            return CallResult.Done("read");
        }
        catch (WhatsAppException exception) when (exception.Failure == WhatsAppFailure.Permanent)
        {
            return CallResult.Done($"refused: {exception.Code}");
        }
        catch (WhatsAppException exception)
        {
            return CallResult.Retry($"{exception.Failure}: {exception.Code}", time.GetUtcNow() + exception.RetryAfter);
        }
    }

    private const string FindNewest = """
        select m.id, m.wamid
        from fleet.message_logs m
        where m.tenant_id = $1
          and m.conversation_id = $2
          and m.direction = 'inbound'
          and m.wamid is not null
          and m.kind not in ('system', 'reaction', 'revoke', 'edit', 'request_welcome')
          and not exists (
              select
              from fleet.dispatcher_entries e
              join fleet.message_logs w on w.tenant_id = $1 and w.id = e.message_id
              where e.tenant_id = $1
                and e.conversation_id = $2
                and e.handled_at is null
                and w.direction = 'inbound'
                and (w.timestamp, w.id) <= (m.timestamp, m.id))
        order by m.timestamp desc, m.id desc
        limit 1
        """;

    private static Task<(Guid Message, string Wamid)?> FindNewestAsync(TenantDb db, DataKey key, Guid conversation, CancellationToken ct)
        => db.FindAsync<(Guid, string)?>(FindNewest, row => (row.GetGuid(0), key.Decrypt(EncryptedColumns.MessageWamid, row.GetGuid(0), row.Bytes(1))), ct, P.Uuid(conversation));
}
