using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers;

public sealed record TieConversationInput(TenantId Tenant, Guid ConversationId, Guid DriverId, string Actor);

/// <param name="ConversationId">The driver's from now on: another one than was given where WhatsApp shows a user id and the driver's phone is known.</param>
public sealed record ConversationTied(Guid ConversationId, Guid DriverId);

/// <summary>
/// Somebody unknown turned out to be a driver: what he wrote is the driver's, and he is written to there. That a dispatcher knows
/// him is no consent of his.
/// </summary>
public sealed class TieConversation(TenantDbs dbs, DataKeys keys, TimeProvider time)
{
    public static readonly Error DriverNotFound = Error.Invalid(
        "conversations.driver_not_found", "Give the id of one of your drivers. GET /api/drivers lists them.", "$.driver_id");

    public static readonly Error HasDriver = Error.Conflict(
        "conversations.has_driver", "This phone is another driver's. If they share it, give it to this driver as well: PATCH /api/drivers/{id}.");

    public async Task<Result<ConversationTied>> HandleAsync(TieConversationInput input, CancellationToken ct)
    {
        var key = await keys.GetAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        var driver = await DriverPhones.LockAsync(db, input.DriverId, ct);
        if (await LockAsync(db, input.ConversationId, ct) is not { } chat) return MarkConversationHandled.NotFound;
        if (driver is null) return DriverNotFound;
        if (driver.Conversation == chat.Id) return new ConversationTied(chat.Id, driver.Id);
        if (chat.HasDriver) return HasDriver;

        var conversation = await TieAsync(db, key, time, driver, chat, input.Actor, ct);
        if (conversation != driver.Conversation) await ConsentRequests.ReplaceAsync(db, time, driver.Id, ct);
        db.Audit(time, input.Actor, "conversation.tied", chat.Id.ToString(), driver.Id.ToString());
        await db.CommitAsync(ct);
        return new ConversationTied(conversation, driver.Id);
    }

    /// <param name="driver">Locked, as the chat is, which no other driver has.</param>
    /// <param name="by">Who says that it is his.</param>
    /// <returns>The driver's conversation from now on.</returns>
    internal static async Task<Guid> TieAsync(TenantTransaction db, DataKey key, TimeProvider time, LockedDriver driver, Chat chat, string by, CancellationToken ct)
    {
        var conversation = await JoinAsync(db, key, time, driver, chat, by, ct);
        await using var batch = db.Batch()
            .Add(AttributeMessages, P.Uuid(chat.Id), P.Uuid(driver.Id))
            .Add(AttributeEntries, P.Uuid(chat.Id), P.Uuid(driver.Id));
        await batch.ExecuteAsync(ct);
        return conversation;
    }

    // A user id says nothing of a phone: whoever has both is one WhatsApp user in two guises. A number is another phone.
    private static async Task<Guid> JoinAsync(TenantTransaction db, DataKey key, TimeProvider time, LockedDriver driver, Chat chat, string by, CancellationToken ct)
    {
        var identity = key.Decrypt(EncryptedColumns.ConversationIdentity, chat.Id, chat.Identity);
        if (chat.IdentityKind == ChatIdentity.UserId && driver.Conversation is { } known)
        {
            await Conversations.AddIdentityAsync(db, key, known, ChatIdentity.OfUser(identity), time, ct);
            return known;
        }
        var number = chat.IdentityKind == ChatIdentity.Phone ? key.Encrypt(EncryptedColumns.DriverNumber, driver.Id, identity) : null;
        await db.ExecuteAsync(Move, ct, P.Uuid(driver.Id), P.Uuid(chat.Id), P.Bytes(number), P.Time(time.GetUtcNow()));
        await DriverConsent.MoveAsync(db, key, time, driver.Id, chat.Id, driver.ConsentStatus, DriverPhones.ConsentOnNewPhone(driver.ConsentStatus, chat.IsStopped), by, ct);
        await DriverPhones.MoveWaitingAsync(db, driver.Id, chat.Id, ct);
        return chat.Id;
    }

    private const string Lock = """
        select c.id, c.identity_kind, c.identity, c.stopped_at is not null,
               exists (select from fleet.drivers d where d.tenant_id = $1 and d.conversation_id = c.id and d.status = 'active')
        from fleet.conversations c
        where c.tenant_id = $1
          and c.id = $2
          and c.forgotten_at is null
        for no key update of c
        """;

    internal static Task<Chat?> LockAsync(TenantTransaction db, Guid conversation, CancellationToken ct)
        => db.FindAsync(Lock, row => new Chat(row.GetGuid(0), row.GetString(1), row.Bytes(2), row.GetBoolean(3), row.GetBoolean(4)), ct, P.Uuid(conversation));

    private const string Move = """
        update fleet.drivers
        set conversation_id = $3, whatsapp_number = $4, phone_flag = null, updated_at = $5
        where tenant_id = $1
          and id = $2
        """;

    private const string AttributeMessages = """
        update fleet.message_logs
        set driver_id = $3
        where tenant_id = $1
          and conversation_id = $2
          and driver_id is null
        """;

    private const string AttributeEntries = """
        update fleet.dispatcher_entries
        set driver_id = $3
        where tenant_id = $1
          and conversation_id = $2
          and driver_id is null
        """;

    internal sealed record Chat(Guid Id, string IdentityKind, byte[] Identity, bool IsStopped, bool HasDriver);
}
