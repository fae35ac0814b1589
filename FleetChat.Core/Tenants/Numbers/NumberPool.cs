using FleetChat.Core.Data;
using FleetChat.Core.Security.Audit;
using Npgsql;

namespace FleetChat.Core.Tenants.Numbers;

/// <summary>
/// The numbers that FleetChat keeps for companies, in the system's role: which company has which is nobody else's. Each change is one
/// statement, so that two who want the same number can't both get it, and a repeated one changes nothing.
/// </summary>
public sealed class NumberPool(SystemDb system, TimeProvider time)
{
    /// <summary>Long enough for what drivers still write to the company that had it.</summary>
    public static readonly TimeSpan CoolingDown = TimeSpan.FromDays(90);

    private const string Insert = """
        insert into directory.pool_numbers (id, e164, display, verified_name, waba_id, data_region, token_secret, pin_secret, state, entered_at, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 'entered', $9, $9)
        on conflict do nothing
        """;

    internal Task InsertAsync(PoolEntry entry, string actor, CancellationToken ct)
    {
        var number = entry.Number;
        return system.ActAsync(Entry("number.entered", number.Id, actor), Insert, ct, P.Uuid(number.Id), P.Text(number.PhoneNumber), P.Text(number.Display), P.Text(number.VerifiedName), P.Text(number.BusinessAccountId),
            P.Text(number.DataRegion), P.Text(entry.TokenSecret), P.Text(entry.PinSecret), P.Time(number.EnteredAt));
    }

    private const string Columns = "id, e164, display, verified_name, waba_id, data_region, phone_number_id, state, held_by, entered_at, changed_at, cooling_until, token_secret, pin_secret";

    private const string FindByPhone = $"""
        select {Columns}
        from directory.pool_numbers
        where e164 = $1
        """;

    internal Task<PoolEntry?> FindByPhoneAsync(string e164, CancellationToken ct) => system.FindAsync(FindByPhone, Read, ct, P.Text(e164));

    private const string Find = $"""
        select {Columns}
        from directory.pool_numbers
        where id = $1
        """;

    internal Task<PoolEntry?> FindAsync(Guid id, CancellationToken ct) => system.FindAsync(Find, Read, ct, P.Uuid(id));

    private const string FindOfTenant = $"""
        select {Columns}
        from directory.pool_numbers
        where held_by = $1
        """;

    internal Task<PoolEntry?> FindOfAsync(TenantId tenant, CancellationToken ct) => system.FindAsync(FindOfTenant, Read, ct, P.Text(tenant.Value));

    private const string List = $"""
        select {Columns}
        from directory.pool_numbers
        order by entered_at, id
        """;

    /// <summary>All of it: a pool has as many numbers as there are companies.</summary>
    public async Task<IReadOnlyList<PoolNumber>> ListAsync(CancellationToken ct)
        => (await system.ListAsync(List, Read, ct)).ConvertAll(e => e.Number);

    private const string NoteToken = """
        update directory.pool_numbers
        set token_secret = $2, changed_at = $3
        where id = $1
        """;

    internal Task NoteTokenAsync(Guid id, string secret, string actor, CancellationToken ct)
        => system.ActAsync(Entry("number.token_changed", id, actor), NoteToken, ct, P.Uuid(id), P.Text(secret), P.Time(time.GetUtcNow()));

    private const string NoteCodeSent = """
        update directory.pool_numbers
        set phone_number_id = $2, state = 'code_sent', changed_at = $3
        where id = $1
          and state in ('entered', 'code_sent')
        """;

    internal Task NoteCodeSentAsync(Guid id, string phoneNumberId, string actor, CancellationToken ct)
        => system.ActAsync(Entry("number.code_requested", id, actor), NoteCodeSent, ct, P.Uuid(id), P.Text(phoneNumberId), P.Time(time.GetUtcNow()));

    private const string NoteVerified = """
        update directory.pool_numbers
        set state = 'free', changed_at = $2
        where id = $1
          and state = 'code_sent'
        """;

    internal Task NoteVerifiedAsync(Guid id, string actor, CancellationToken ct) => system.ActAsync(Entry("number.verified", id, actor), NoteVerified, ct, P.Uuid(id), P.Time(time.GetUtcNow()));

    private const string TakeFirst = """
        update directory.pool_numbers
        set state = 'reserved', held_by = $1, cooling_until = null, changed_at = $3
        where id = (
            select id
            from directory.pool_numbers
            where data_region = $2
              and (state = 'free' or state = 'cooling_down' and cooling_until <= $3)
            order by cooling_until nulls first, entered_at
            limit 1
            for update
        """;

    // Who else reserves at this moment has a row of his own: a locked one is passed over.
    private const string Take = $"{TakeFirst} skip locked)";

    // Unless all are: then it is waited for, because whoever has it may leave it, as one who reserves twice for a company.
    private const string TakeLast = $"{TakeFirst})";

    /// <summary>A number for a company: the same one however often it is asked for.</summary>
    public async Task<Result<PoolNumber>> ReserveAsync(TenantId tenant, string dataRegion, CancellationToken ct)
    {
        if (await FindOfAsync(tenant, ct) is { } held) return held.Number;
        try
        {
            if (await TakeAsync(Take, tenant, dataRegion, ct) == 0) await TakeAsync(TakeLast, tenant, dataRegion, ct);
        }
        catch (PostgresException exception) when (exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pool_numbers_holder" })
        {
            // Another process reserved for this company at the same moment.
        }
        return await FindOfAsync(tenant, ct) is { } taken ? taken.Number : NumberErrors.PoolEmpty;
    }

    private Task<int> TakeAsync(string sql, TenantId tenant, string dataRegion, CancellationToken ct)
        => system.ExecuteAsync(sql, ct, P.Text(tenant.Value), P.Text(dataRegion), P.Time(time.GetUtcNow()));

    private const string NoteAssigned = """
        update directory.pool_numbers
        set state = 'assigned', changed_at = $2
        where held_by = $1
          and state = 'reserved'
        """;

    internal Task NoteAssignedAsync(TenantId tenant, CancellationToken ct) => system.ExecuteAsync(NoteAssigned, ct, P.Text(tenant.Value), P.Time(time.GetUtcNow()));

    private const string Release = """
        update directory.pool_numbers
        set state = 'free', held_by = null, changed_at = $2
        where held_by = $1
          and state = 'reserved'
        """;

    /// <summary>Takes back a reservation of which nothing came: nobody wrote to the number meanwhile, so it need not cool down.</summary>
    internal Task ReleaseAsync(TenantId tenant, CancellationToken ct) => system.ExecuteAsync(Release, ct, P.Text(tenant.Value), P.Time(time.GetUtcNow()));

    private const string Cool = """
        update directory.pool_numbers
        set state = 'cooling_down', held_by = null, cooling_until = $3, changed_at = $2
        where held_by = $1
        """;

    internal Task CoolAsync(TenantId tenant, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return system.ExecuteAsync(Cool, ct, P.Text(tenant.Value), P.Time(now), P.Time(now + CoolingDown));
    }

    private AuditEntry Entry(string action, Guid number, string actor) => AuditEntry.Of(time, actor, action, number.ToString(), "", change: null);

    private static PoolEntry Read(NpgsqlDataReader row) => new(
        new(row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.TextOrNull(6), row.GetString(7),
            row.TextOrNull(8) is { } tenant ? TenantId.Parse(tenant) : null, row.Time(9), row.Time(10), row.TimeOrNull(11)),
        row.GetString(12), row.GetString(13));
}
