using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Transports;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>Enrols many drivers by few statements, as <see cref="AddDriver"/> does one.</summary>
internal static class NewDrivers
{
    private const string InsertConversations = """
        insert into fleet.conversations (tenant_id, id, identity_kind, identity, created_at)
        select $1, wanted.id, 'phone', wanted.identity, $4
        from unnest($2, $3) as wanted (id, identity)
        """;

    // In the order of the keys, so that two who begin the same chats wait for each other and not in a circle.
    private const string InsertIdentities = """
        insert into fleet.identities (tenant_id, identity_kind, identity_index, conversation_id, created_at)
        select $1, 'phone', wanted.index, wanted.conversation_id, $4
        from unnest($2, $3) as wanted (index, conversation_id)
        order by wanted.index
        on conflict (tenant_id, identity_kind, identity_index) do nothing
        returning 1
        """;

    private const string InsertDrivers = """
        insert into fleet.drivers (tenant_id, id, samsara_driver_id, name, whatsapp_number, phone_flag, conversation_id, consent_status, language, roster, roster_at, time_zone, created_at, updated_at)
        select $1, d.id, d.samsara_driver_id, d.name, d.number, d.phone_flag, d.conversation_id, d.consent_status, d.language, d.roster, case when d.roster is not null then $12 end, d.time_zone, $12, $12
        from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as d (id, samsara_driver_id, name, number, phone_flag, conversation_id, consent_status, language, roster, time_zone)
        order by d.samsara_driver_id
        on conflict (tenant_id, samsara_driver_id) do nothing
        returning 1
        """;

    /// <returns>False if somebody else began one of their chats, or enrolled one of them, meanwhile: then all of it is to be rolled back.</returns>
    public static async Task<bool> TryAddAsync(BatchWork work, CancellationToken ct)
    {
        var (processing, drivers, chats, actor) = (work.Processing, work.New, work.NewPhones, work.Import.OpenedBy);
        if (drivers.Count == 0 && chats.Length == 0) return true;
        var (db, key, time, now) = (processing.Db, processing.Key, processing.Time, processing.Time.GetUtcNow());
        var willing = drivers.Where(d => d.Row.OptIn is not null).ToArray();
        var stateOfWilling = OptIns.StateWith(processing.Settings, ConsentState.Unknown);
        var sealedDrivers = Seal(key, drivers, work.IsOfRoster);
        var identities = new byte[chats.Length][];
        Parallel.For(0, chats.Length, at => identities[at] = key.Encrypt(EncryptedColumns.ConversationIdentity, chats[at].Conversation, chats[at].Number));

        Guid[] chatIds = [.. chats.Select(c => c.Conversation)];
        await using var batch = db.Batch()
            .Add(InsertConversations, P.Uuids(chatIds), P.ByteArrays(identities), P.Time(now))
            .Add(InsertIdentities, P.ByteArrays([.. chats.Select(c => c.Index)]), P.Uuids(chatIds), P.Time(now))
            .Add(InsertDrivers, P.Uuids([.. drivers.Select(d => d.Id)]), P.Texts([.. drivers.Select(d => d.Row.SamsaraId)]),
                P.ByteArrays([.. sealedDrivers.Select(s => s.Name)]), P.ByteArrays([.. sealedDrivers.Select(s => s.Number)]), P.Texts([.. drivers.Select(d => d.Row.Phone.Flag)]),
                P.OptionalUuids([.. drivers.Select(d => d.Phone?.Conversation)]), P.Texts([.. drivers.Select(d => d.Row.OptIn is null ? ConsentState.Unknown : stateOfWilling)]),
                P.Texts([.. drivers.Select(d => d.Row.Language)]), P.ByteArrays([.. sealedDrivers.Select(s => s.Roster)]), P.Texts([.. drivers.Select(d => d.Row.TimeZone)]), P.Time(now));
        await using (var reader = await batch.ReadAsync(ct))
        {
            if ((await reader.ListAsync(row => row.GetInt32(0), ct)).Count < chats.Length) return false;
            if ((await reader.ListAsync(row => row.GetInt32(0), ct)).Count < drivers.Count) return false;
        }
        foreach (var back in drivers.Where(d => d.Phone is { IsForgotten: true }).DistinctBy(d => d.Phone!.Conversation))
            await Conversations.RememberAsync(db, key, back.Phone!.Conversation, new(ChatIdentity.Phone, back.Phone.Number), ct);
        await NoteConsentAsync(processing, willing, stateOfWilling, actor, ct);
        foreach (var silent in drivers.Where(d => d.Phone is { IsStopped: true }))
            await DriverConsent.NotePhoneAsync(db, key, time, silent.Id, silent.Phone!.Conversation, ConsentState.Unknown, ConsentState.Withdrawn, actor, ct);
        await RoutePlans.AdoptManyAsync(db, time, processing.Settings.Rules, [.. drivers.Select(d => d.Id)], ct);
        return true;
    }

    private static async Task NoteConsentAsync(Processing processing, NewDriver[] willing, string state, string actor, CancellationToken ct)
    {
        if (willing.Length == 0) return;
        await using var batch = processing.Db.Batch();
        ConsentRecords.AddMany(batch, processing.Key, processing.Time, state, [.. willing.Select(d => (d.Id, d.Phone!.Conversation, ConsentProof.Of(d.Row.OptIn!, actor)))], actor);
        await batch.ExecuteAsync(ct);
    }

    private static (byte[] Name, byte[]? Number, byte[]? Roster)[] Seal(DataKey key, IReadOnlyList<NewDriver> drivers, bool areOfRoster)
    {
        var sealedDrivers = new (byte[], byte[]?, byte[]?)[drivers.Count];
        Parallel.For(0, drivers.Count, at =>
        {
            var driver = drivers[at];
            sealedDrivers[at] = (key.Encrypt(EncryptedColumns.DriverName, driver.Id, driver.Row.Name!),
                NumberOf(driver) is { } number ? key.Encrypt(EncryptedColumns.DriverNumber, driver.Id, number) : null,
                areOfRoster ? new RosterMemory(driver.Row.Name, driver.Row.PhoneText).Seal(key, driver.Id) : null);
        });
        return sealedDrivers;
    }

    private static string? NumberOf(NewDriver driver) => driver.Row.Phone.Number?.E164;
}
