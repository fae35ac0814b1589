using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;

namespace FleetChat.Core.Drivers;

/// <summary>A driver, locked for a change of what is known about him.</summary>
internal sealed record LockedDriver(Guid Id, byte[]? Number, string? PhoneFlag, Guid? Conversation, string ConsentStatus);

/// <summary>Moves drivers from phone to phone.</summary>
internal static class DriverPhones
{
    private const string Lock = """
        select id, whatsapp_number, phone_flag, conversation_id, consent_status
        from fleet.drivers
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    public static Task<LockedDriver?> LockAsync(TenantTransaction db, Guid driver, CancellationToken ct)
        => db.FindAsync(Lock, row => new LockedDriver(row.GetGuid(0), row.BytesOrNull(1), row.TextOrNull(2), row.GuidOrNull(3), row.GetString(4)), ct, P.Uuid(driver));

    private const string FindStopped = """
        select stopped_at is not null
        from fleet.conversations
        where tenant_id = $1
          and id = $2
        for no key update
        """;

    /// <summary>Whether the phone is silent. Locked, so that no STOP comes between this and the commit.</summary>
    public static Task<bool> IsStoppedAsync(TenantTransaction db, Guid conversation, CancellationToken ct)
        => db.FindAsync(FindStopped, row => row.GetBoolean(0), ct, P.Uuid(conversation));

    /// <summary>Consent is the driver's for one phone, and goes with it; a STOP stays with the driver.</summary>
    public static string ConsentOnNewPhone(string before, bool isStopped) => isStopped || before == "withdrawn" ? "withdrawn" : "unknown";

    // What waits for the driver must not reach whoever has the old phone now.
    private const string MoveWaiting = """
        with moved as (
            update fleet.outbound
            set conversation_id = $3, lane = $4
            where tenant_id = $1
              and driver_id = $2
              and status in ('waiting', 'doubt', 'retrying')
              and conversation_id <> $3
            returning message_id
        )
        update fleet.message_logs m
        set conversation_id = $3
        from moved
        where m.tenant_id = $1
          and m.id = moved.message_id
        """;

    public static Task MoveWaitingAsync(TenantTransaction db, Guid driver, Guid conversation, CancellationToken ct)
        => db.ExecuteAsync(MoveWaiting, ct, P.Uuid(driver), P.Uuid(conversation), P.Small(Outbox.LaneOf(conversation)));
}
