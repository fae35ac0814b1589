using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Drivers.Imports;

/// <summary>
/// Has drivers of an import asked for their own yes, a few at a time: each of them is a person more who is written to outside
/// WhatsApp's window, and their portfolio lets so many pass in 24 hours. Half of what it leaves to the company in that time stays for its
/// other messages.
/// </summary>
public sealed class AskImported(TenantDbs dbs, TenantSettingsCache settings, AskConsent ask, Portfolios portfolios, TimeProvider time)
{
    /// <summary>Questions that wait for the sender: what is sent meanwhile for other reasons must not stand behind thousands of them.</summary>
    private const int MostWaiting = 200;

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Later = TimeSpan.FromHours(1);

    /// <returns>When to go on; null: nobody is left.</returns>
    internal async Task<DateTimeOffset?> HandleAsync(TenantId tenant, Import import, CancellationToken ct)
    {
        var db = dbs.For(tenant);
        if ((await ListToAskAsync(db, import.Id, 1, ct)).Count == 0) return null;
        if (await settings.FindAsync(tenant, ct) is not { IsActive: true, PhoneNumberId: not null } company) return time.GetUtcNow() + Later;
        var (free, askAgainAt) = await FindRoomAsync(db, company, ct);
        var room = Math.Min(MostWaiting, free) - await CountWaitingAsync(db, ct);
        if (room > 0)
        {
            foreach (var (row, driver) in await ListToAskAsync(db, import.Id, room, ct))
            {
                ct.ThrowIfCancellationRequested();
                if (!await IsAskingAsync(db, import.Id, ct)) return null;
                var asked = await ask.HandleAsync(new(tenant, driver, import.OpenedBy) { IsActivity = true }, ct);
                // Killed in between, he is found to be asked already.
                await SetConsentAsync(db, import.Id, row, asked.IsOk || asked.Error == ConsentErrors.AskedAlready ? ImportConsent.Asked : ImportConsent.NotAsked, ct);
            }
        }
        if ((await ListToAskAsync(db, import.Id, 1, ct)).Count == 0) return null;
        return room > 0 || free > MostWaiting ? time.GetUtcNow() + Soon : askAgainAt;
    }

    private async Task<(int Free, DateTimeOffset AskAgainAt)> FindRoomAsync(TenantDb db, TenantSettings company, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (await portfolios.FindLimitedAsync(company.Tenant, ct) is not { } portfolio) return (int.MaxValue, now + Later);
        var (free, askAgainAt) = await LookAsync(portfolio, company, now, ct);
        if (free == int.MaxValue) return (free, now + Later);
        // Whom questions reached was free before: else half of what is left would shrink with each look, until nothing is.
        var reached = await CountReachedAsync(db, now, ct);
        return ((free + reached) / 2 - reached, askAgainAt > now ? askAgainAt : now + Later);
    }

    /// <summary>Writes nothing: the sender counts whom he reaches.</summary>
    private async Task<(int Free, DateTimeOffset AskAgainAt)> LookAsync(Portfolio portfolio, TenantSettings company, DateTimeOffset now, CancellationToken ct)
    {
        await using var transaction = await dbs.BeginAsync(company.Tenant, ct);
        return await portfolios.LockAsync(transaction, portfolio, now, ct);
    }

    private const string CountReached = """
        select count(distinct r.conversation_id)::int
        from fleet.consent_requests r
        join fleet.conversations c on c.tenant_id = $1 and c.id = r.conversation_id
        where r.tenant_id = $1
          and r.kind = 'question'
          and r.opened_at > $2
          and c.reached_at >= r.opened_at
        """;

    private static Task<int> CountReachedAsync(TenantDb db, DateTimeOffset now, CancellationToken ct) => db.FindAsync(CountReached, row => row.GetInt32(0), ct, P.Time(now - Portfolios.Window));

    private const string CountWaiting = """
        select count(distinct conversation_id)::int
        from fleet.outbound
        where tenant_id = $1
          and status in ('waiting', 'retrying')
          and purpose = 'question'
        """;

    private static Task<int> CountWaitingAsync(TenantDb db, CancellationToken ct) => db.FindAsync(CountWaiting, row => row.GetInt32(0), ct);

    private const string ListToAsk = """
        select number, driver_id
        from fleet.import_rows
        where tenant_id = $1
          and import_id = $2
          and consent = 'to_ask'
        order by number
        limit $3
        """;

    private static Task<List<(int Row, Guid Driver)>> ListToAskAsync(TenantDb db, Guid import, int most, CancellationToken ct)
        => db.ListAsync(ListToAsk, row => (row.GetInt32(0), row.GetGuid(1)), ct, P.Uuid(import), P.Number(most));

    private const string FindAsking = """
        select state = 'asking'
        from fleet.imports
        where tenant_id = $1
          and id = $2
        """;

    private static Task<bool> IsAskingAsync(TenantDb db, Guid import, CancellationToken ct) => db.FindAsync(FindAsking, row => row.GetBoolean(0), ct, P.Uuid(import));

    private const string SetConsent = """
        update fleet.import_rows
        set consent = $4
        where tenant_id = $1
          and import_id = $2
          and number = $3
        """;

    private static Task SetConsentAsync(TenantDb db, Guid import, int row, string consent, CancellationToken ct) => db.ExecuteAsync(SetConsent, ct, P.Uuid(import), P.Number(row), P.Text(consent));
}
