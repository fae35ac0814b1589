using System.Security.Cryptography;
using System.Text;
using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Core.Consent;

/// <summary>How a state of consent came about. Kept in rows, and part of the API; what a company enters is one of <see cref="OptIn.Methods"/>.</summary>
public static class ConsentMethods
{
    /// <summary>A link or a QR code was made for the driver.</summary>
    public const string Invitation = "invitation";

    public const string Question = "question";

    /// <summary>The driver sent the code of his invitation.</summary>
    public const string Code = "code";

    public const string Word = "word";
    public const string Tap = "tap";
    public const string PhoneChanged = "phone_changed";
    public const string NoAnswer = "no_answer";
}

/// <summary>What a change of consent rests on.</summary>
/// <param name="Method">One of <see cref="ConsentMethods"/> or <see cref="OptIn.Methods"/>.</param>
/// <param name="At">When it was said; when it happened, where nobody said anything.</param>
/// <param name="By">Whose word it is: <c>driver</c>, a key's id, <c>system</c>.</param>
internal sealed record ConsentProof(string Method, DateTimeOffset At, string By)
{
    public const string Driver = "driver";
    public const string System = "system";

    /// <summary>What the driver had been told.</summary>
    public Wording? Wording { get; init; }

    /// <summary>Where the proof lies, or the proof itself: what WhatsApp brought.</summary>
    public string? Evidence { get; init; }

    /// <summary>What he wrote or tapped.</summary>
    public Guid? Message { get; init; }

    /// <summary>Our message that he answered.</summary>
    public Guid? Question { get; init; }

    public Guid? Request { get; init; }

    public static ConsentProof Of(OptIn optIn, string actor)
        => new(optIn.Method!, optIn.AgreedAt!.Value, actor) { Wording = new(optIn.Text!, optIn.TextVersion!, optIn.Language!), Evidence = optIn.Evidence };
}

/// <summary>A record as people read it.</summary>
/// <param name="State">What the driver's state became.</param>
/// <param name="At">When it was said.</param>
/// <param name="By">Whose word it is: <c>driver</c>, a key's id, <c>system</c>.</param>
/// <param name="TextHash">SHA-256 of the text, in hex; the same for the evidence.</param>
/// <param name="Method">paper, web_form, app, sms, whatsapp, spoken (the company's evidence); invitation, question, code, word, tap, phone_changed, no_answer.</param>
/// <param name="Text">What the driver had been told.</param>
/// <param name="Evidence">Where the proof lies, or what WhatsApp brought.</param>
/// <param name="EvidenceHash">SHA-256 in hex.</param>
/// <param name="MessageId">What the driver wrote or tapped.</param>
/// <param name="QuestionId">The message that he answered.</param>
public sealed record ConsentEntry(
    Guid Id,
    [OneOf(typeof(ConsentState))] string State,
    DateTimeOffset At,
    DateTimeOffset RecordedAt,
    string By,
    string Method,
    string? Text,
    string? TextVersion,
    string? Language,
    string? TextHash,
    string? Evidence,
    string? EvidenceHash,
    Guid? ConversationId,
    Guid? MessageId,
    Guid? QuestionId)
{
    /// <summary>The phone of that chat, as E.164; null where WhatsApp shows none.</summary>
    public string? WhatsappNumber { get; init; }

    /// <summary>Text, evidence or phone can't be opened, as when their key is lost: they are missing, and the hashes are there. The rest is as it was.</summary>
    public bool Unreadable { get; init; }
}

/// <summary>Who agreed to what, and who changed his mind: rows that are added and never changed.</summary>
internal static class ConsentRecords
{
    private const string Insert = """
        insert into fleet.consent_records (tenant_id, id, driver_id, conversation_id, state, text, text_hash, text_version, language, method, evidence, evidence_hash,
                                           message_id, question_id, request_id, agreed_at, recorded_at, recorded_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        """;

    public static Task AddAsync(TenantDb db, DataKey key, TimeProvider time, Guid driver, Guid? conversation, string state, ConsentProof proof, CancellationToken ct)
    {
        var (id, now, wording) = (time.NewId(), time.GetUtcNow(), proof.Wording);
        return db.ExecuteAsync(Insert, ct,
            P.Uuid(id), P.Uuid(driver), P.Uuid(conversation), P.Text(state),
            P.Bytes(wording is null ? null : key.Encrypt(EncryptedColumns.ConsentText, id, wording.Text)), P.Bytes(Hash(wording?.Text)), P.Text(wording?.Version), P.Text(wording?.Language),
            P.Text(proof.Method), P.Bytes(proof.Evidence is { } evidence ? key.Encrypt(EncryptedColumns.ConsentEvidence, id, evidence) : null), P.Bytes(Hash(proof.Evidence)),
            P.Uuid(proof.Message), P.Uuid(proof.Question), P.Uuid(proof.Request), P.Time(proof.At < now ? proof.At : now), P.Time(now), P.Text(proof.By));
    }

    private const string InsertMany = """
        insert into fleet.consent_records (tenant_id, id, driver_id, conversation_id, state, text, text_hash, text_version, language, method, evidence, evidence_hash,
                                           agreed_at, recorded_at, recorded_by)
        select $1, r.id, r.driver_id, r.conversation_id, $2, r.text, r.text_hash, r.text_version, r.language, r.method, r.evidence, r.evidence_hash, r.agreed_at, $13, $14
        from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $15) as r (id, driver_id, conversation_id, text, text_hash, text_version, language, method, evidence, evidence_hash, agreed_at)
        """;

    /// <summary>Evidence of many drivers, all of whom are in this state with it. For a batch.</summary>
    public static void AddMany(TenantBatch batch, DataKey key, TimeProvider time, string state, IReadOnlyList<(Guid Driver, Guid Conversation, ConsentProof Proof)> many, string by)
    {
        var now = time.GetUtcNow();
        var (ids, texts, evidences) = (new Guid[many.Count], new byte[many.Count][], new byte[many.Count][]);
        for (var at = 0; at < many.Count; at++) ids[at] = time.NewId();
        Parallel.For(0, many.Count, at =>
        {
            texts[at] = key.Encrypt(EncryptedColumns.ConsentText, ids[at], many[at].Proof.Wording!.Text);
            evidences[at] = key.Encrypt(EncryptedColumns.ConsentEvidence, ids[at], many[at].Proof.Evidence!);
        });
        batch.Add(InsertMany,
            P.Text(state), P.Uuids(ids), P.Uuids([.. many.Select(m => m.Driver)]), P.Uuids([.. many.Select(m => m.Conversation)]), P.ByteArrays(texts), P.ByteArrays([.. many.Select(m => Hash(m.Proof.Wording!.Text))]),
            P.Texts([.. many.Select(m => m.Proof.Wording!.Version)]), P.Texts([.. many.Select(m => m.Proof.Wording!.Language)]), P.Texts([.. many.Select(m => m.Proof.Method)]),
            P.ByteArrays(evidences), P.ByteArrays([.. many.Select(m => Hash(m.Proof.Evidence))]), P.Time(now), P.Text(by), P.Times([.. many.Select(m => (DateTimeOffset?)m.Proof.At)]));
    }

    private const string ListEvidence = """
        select driver_id, conversation_id, method, agreed_at, text_hash, text_version, language, evidence_hash
        from fleet.consent_records
        where tenant_id = $1
          and driver_id = any($2)
          and method in ('paper', 'web_form', 'app', 'sms', 'whatsapp', 'spoken')
        """;

    /// <returns>The evidence that these drivers' companies have entered, to be compared by <see cref="Same(Guid, Guid?, OptIn)"/>.</returns>
    public static async Task<HashSet<string>> ListEvidenceAsync(TenantDb db, Guid[] drivers, CancellationToken ct)
        => [.. await db.ListAsync(ListEvidence, row => Same(row.GetGuid(0), row.GuidOrNull(1), row.GetString(2), row.Time(3), row.BytesOrNull(4), row.TextOrNull(5), row.TextOrNull(6), row.BytesOrNull(7)), ct, P.Uuids(drivers))];

    /// <summary>The same for the same evidence of the same driver on the same phone.</summary>
    public static string Same(Guid driver, Guid? conversation, OptIn optIn) => Same(driver, conversation, optIn.Method!, optIn.AgreedAt!.Value, Hash(optIn.Text), optIn.TextVersion, optIn.Language, Hash(optIn.Evidence));

    // Postgres keeps microseconds.
    private static string Same(Guid driver, Guid? conversation, string method, DateTimeOffset at, byte[]? text, string? version, string? language, byte[]? evidence)
        => $"{driver:N} {conversation:N} {method} {at.UtcTicks / TimeSpan.TicksPerMicrosecond} {Hex(text)} {version} {language} {Hex(evidence)}";

    private const string FindLater = $"""
        select exists (
            select
            from fleet.consent_records
            where tenant_id = $1
              and driver_id = $2
              and method in ('{ConsentMethods.Code}', '{ConsentMethods.Word}', '{ConsentMethods.Tap}')
              and agreed_at > $3)
        """;

    /// <returns>Whether the driver has said something else about it since then: words come late, and in any order.</returns>
    public static Task<bool> HasLaterWordAsync(TenantDb db, Guid driver, DateTimeOffset saidAt, CancellationToken ct)
        => db.FindAsync(FindLater, row => row.GetBoolean(0), ct, P.Uuid(driver), P.Time(saidAt));

    private const string List = """
        select r.id, r.state, r.agreed_at, r.recorded_at, r.recorded_by, r.method, r.text, r.text_version, r.language, r.text_hash, r.evidence, r.evidence_hash,
               r.conversation_id, r.message_id, r.question_id, c.identity
        from fleet.consent_records r
        left join fleet.conversations c on c.tenant_id = $1 and c.id = r.conversation_id and c.identity_kind = 'phone' and c.forgotten_at is null
        where r.tenant_id = $1
          and r.driver_id = $2
        order by r.ordinal
        """;

    public static Task<List<ConsentEntry>> ListAsync(TenantDb db, RowOpener opener, Guid driver, CancellationToken ct)
        => db.ListAsync(List, row =>
        {
            var (id, before) = (row.GetGuid(0), opener.LeftOut);
            var phone = row.BytesOrNull(15) is { } sealedPhone ? opener.Text(EncryptedColumns.ConversationIdentity, row.GetGuid(12), sealedPhone) : null;
            return new ConsentEntry(id, row.GetString(1), row.Time(2), row.Time(3), row.GetString(4), row.GetString(5),
                row.BytesOrNull(6) is { } text ? opener.Text(EncryptedColumns.ConsentText, id, text) : null, row.TextOrNull(7), row.TextOrNull(8), Hex(row.BytesOrNull(9)),
                row.BytesOrNull(10) is { } evidence ? opener.Text(EncryptedColumns.ConsentEvidence, id, evidence) : null, Hex(row.BytesOrNull(11)),
                row.GuidOrNull(12), row.GuidOrNull(13), row.GuidOrNull(14))
            {
                WhatsappNumber = phone,
                Unreadable = opener.LeftOut > before,
            };
        }, ct, P.Uuid(driver));

    private const string FindWording = """
        select id, text, text_version, language
        from fleet.consent_records
        where tenant_id = $1
          and driver_id = $2
          and text is not null
        order by ordinal desc
        limit 1
        """;

    /// <returns>What the driver was told last; null: nothing yet.</returns>
    public static Task<Wording?> FindWordingAsync(TenantDb db, DataKey key, Guid driver, CancellationToken ct)
        => db.FindAsync(FindWording, row => new Wording(key.Decrypt(EncryptedColumns.ConsentText, row.GetGuid(0), row.Bytes(1)), row.GetString(2), row.GetString(3)), ct, P.Uuid(driver));

    private const string HasEvidence = """
        select true
        from fleet.consent_records
        where tenant_id = $1
          and driver_id = $2
          and conversation_id = $3
          and method in ('paper', 'web_form', 'app', 'sms', 'whatsapp', 'spoken')
        limit 1
        """;

    /// <returns>Whether the company has entered evidence that he agreed to be written to on this phone.</returns>
    public static Task<bool> HasEvidenceAsync(TenantDb db, Guid driver, Guid conversation, CancellationToken ct)
        => db.FindAsync(HasEvidence, row => row.GetBoolean(0), ct, P.Uuid(driver), P.Uuid(conversation));

    private static byte[]? Hash(string? text) => text is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static string? Hex(byte[]? hash) => hash is null ? null : Convert.ToHexStringLower(hash);
}
