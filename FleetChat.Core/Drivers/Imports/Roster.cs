using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>A driver of the roster whom a row may mean, locked.</summary>
internal sealed record KnownDriver(RosterDriver Driver, string SamsaraId, string? Language, byte[]? SealedNumber)
{
    public LockedDriver Locked => new(Driver.Id, SealedNumber, Driver.PhoneFlag, Driver.Conversation, Driver.ConsentStatus);
}

/// <summary>A phone that has a chat.</summary>
/// <param name="Only">The driver whose it is, if it is one's alone.</param>
internal sealed record KnownPhone(Guid Conversation, bool IsStopped, bool IsForgotten, int Drivers, Guid? Only);

/// <summary>
/// What is known of the drivers and phones that a batch of rows names. All of it is locked until the batch is committed, drivers
/// before chats and each in the order of ids, as whoever locks several of them does.
/// </summary>
internal sealed class Roster
{
    private readonly Dictionary<string, KnownDriver> _bySamsaraId;
    private readonly ILookup<Guid?, KnownDriver> _byConversation;
    private readonly Dictionary<string, KnownPhone> _phones;
    private readonly HashSet<long> _subjects;
    private readonly HashSet<long> _phonesBefore;

    private Roster(List<KnownDriver> drivers, List<(byte[] Index, KnownPhone Phone)> phones, List<long> subjects, List<long> phonesBefore)
    {
        _bySamsaraId = drivers.ToDictionary(d => d.SamsaraId);
        _byConversation = drivers.ToLookup(d => d.Driver.Conversation);
        _phones = phones.ToDictionary(p => Convert.ToHexString(p.Index), p => p.Phone);
        (_subjects, _phonesBefore) = ([.. subjects], [.. phonesBefore]);
    }

    /// <summary>The company's evidence for these drivers that is here already.</summary>
    public required IReadOnlySet<string> Evidence { get; init; }

    public KnownDriver? Find(string samsaraId) => _bySamsaraId.GetValueOrDefault(samsaraId);

    /// <returns>The drivers of this phone, as far as rows without an id name it.</returns>
    public IReadOnlyList<KnownDriver> ListByPhone(byte[] index) => FindPhone(index) is { } phone ? [.. _byConversation[phone.Conversation]] : [];

    public KnownPhone? FindPhone(byte[] index) => _phones.GetValueOrDefault(Convert.ToHexString(index));

    /// <returns>Whether an earlier batch had a row about him.</returns>
    public bool HadBefore(long subject) => _subjects.Contains(subject);

    /// <returns>Whether an earlier batch of a dry run had this phone.</returns>
    public bool HadPhoneBefore(byte[] index) => _phonesBefore.Contains(ImportRow.HashOf(index));

    // A plan for all values is made while the roster is empty, and compares each of a thousand rows with each that is there by then.
    // These few statements are planned anew; not so what checks foreign keys, row by row.
    private const string PlanAnew = "select $1, set_config('plan_cache_mode', 'force_custom_plan', true)";

    private const string PlanAsUsual = "select $1, set_config('plan_cache_mode', 'auto', true)";

    private const string LockDrivers = """
        select d.id, d.samsara_driver_id, d.name, d.whatsapp_number, d.phone_flag, d.conversation_id, d.consent_status, d.language, d.status, d.roster, d.roster_at, d.time_zone
        from fleet.drivers d
        where d.tenant_id = $1
          and d.id in (
              select k.id
              from fleet.drivers k
              where k.tenant_id = $1
                and k.samsara_driver_id = any($2)
              union
              select k.id
              from unnest($3) as wanted (index)
              join fleet.identities i on i.tenant_id = $1 and i.identity_kind = 'phone' and i.identity_index = wanted.index
              join fleet.drivers k on k.tenant_id = $1 and k.conversation_id = i.conversation_id)
        order by d.id
        for no key update
        """;

    private const string LockPhones = """
        select i.identity_index, c.id, c.stopped_at is not null, c.forgotten_at is not null
        from fleet.identities i
        join fleet.conversations c on c.tenant_id = $1 and c.id = i.conversation_id
        where i.tenant_id = $1
          and i.identity_kind = 'phone'
          and i.identity_index = any($2)
        order by c.id
        for no key update of c
        """;

    private const string CountDrivers = """
        select d.conversation_id, count(*)::int, min(d.id::text)::uuid
        from fleet.drivers d
        where d.tenant_id = $1
          and d.conversation_id in (
              select i.conversation_id
              from fleet.identities i
              where i.tenant_id = $1
                and i.identity_kind = 'phone'
                and i.identity_index = any($2))
        group by d.conversation_id
        """;

    private const string ListSubjects = """
        select subject_hash
        from fleet.import_rows
        where tenant_id = $1
          and import_id = $2
          and subject_hash = any($3)
        """;

    private const string ListPhones = """
        select phone_hash
        from fleet.import_rows
        where tenant_id = $1
          and import_id = $2
          and phone_hash = any($3)
        """;

    public static async Task<Roster> LockAsync(TenantTransaction db, DataKey key, Guid import, IReadOnlyList<ImportRow> rows, CancellationToken ct)
    {
        // What stands in a row that is refused may be anything.
        ImportRow[] sound = [.. rows.Where(r => r.Fault is null)];
        string[] samsaraIds = [.. sound.Select(r => r.SamsaraId).OfType<string>().Distinct()];
        byte[][] nameless = [.. sound.Where(r => r.SamsaraId is null).Select(r => r.PhoneIndex).OfType<byte[]>()];
        byte[][] phones = [.. sound.Select(r => r.PhoneIndex).OfType<byte[]>().DistinctBy(Convert.ToHexString)];
        await using var batch = db.Batch()
            .Add(PlanAnew)
            .Add(LockDrivers, P.Texts(samsaraIds), P.ByteArrays(nameless))
            .Add(LockPhones, P.ByteArrays(phones))
            .Add(CountDrivers, P.ByteArrays(phones))
            .Add(ListPhones, P.Uuid(import), P.OptionalBigs([.. phones.Select(p => (long?)ImportRow.HashOf(p))]));
        List<KnownDriver> drivers;
        List<(byte[], KnownPhone)> known;
        List<long> phonesBefore;
        await using (var reader = await batch.ReadAsync(ct))
        {
            await reader.ListAsync(row => row.GetString(0), ct);
            drivers = await reader.ListAsync(row => Read(row, key), ct);
            var chats = await reader.ListAsync(row => (Index: row.Bytes(0), Id: row.GetGuid(1), IsStopped: row.GetBoolean(2), IsForgotten: row.GetBoolean(3)), ct);
            var counts = (await reader.ListAsync(row => (Id: row.GetGuid(0), Count: row.GetInt32(1), First: row.GetGuid(2)), ct)).ToDictionary(c => c.Id);
            phonesBefore = await reader.ListAsync(row => row.GetInt64(0), ct);
            known = chats.ConvertAll(c => counts.TryGetValue(c.Id, out var count)
                ? (c.Index, new KnownPhone(c.Id, c.IsStopped, c.IsForgotten, count.Count, count.Count == 1 ? count.First : null))
                : (c.Index, new KnownPhone(c.Id, c.IsStopped, c.IsForgotten, 0, null)));
        }
        long?[] subjects = [.. rows.Select(r => r.SamsaraId).OfType<string>().Concat(drivers.Select(d => d.SamsaraId)).Distinct().Select(id => (long?)ImportRow.HashOf(key, id))];
        var subjectsBefore = await db.ListAsync(ListSubjects, row => row.GetInt64(0), ct, P.Uuid(import), P.OptionalBigs(subjects));
        var withEvidence = rows.Any(r => r.OptIn is not null) && drivers.Count > 0;
        var evidence = withEvidence ? await ConsentRecords.ListEvidenceAsync(db, [.. drivers.Select(d => d.Driver.Id)], ct) : [];
        await db.FindAsync(PlanAsUsual, row => row.GetString(0), ct);
        return new(drivers, known, subjectsBefore, phonesBefore) { Evidence = evidence };
    }

    private static KnownDriver Read(Npgsql.NpgsqlDataReader row, DataKey key)
    {
        var (id, number) = (row.GetGuid(0), row.BytesOrNull(3));
        var driver = new RosterDriver(id, key.Decrypt(EncryptedColumns.DriverName, id, row.Bytes(2)), number is null ? null : key.Decrypt(EncryptedColumns.DriverNumber, id, number),
            row.TextOrNull(4), row.GuidOrNull(5), row.GetString(6), row.GetString(8), row.BytesOrNull(9) is { } memory ? RosterMemory.Open(key, id, memory) : null, row.TimeOrNull(10)) { TimeZone = row.TextOrNull(11) };
        return new(driver, row.GetString(1), row.TextOrNull(7), number);
    }
}
