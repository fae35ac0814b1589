using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Tenants.Numbers;

/// <summary>Whose a number is, and since when: the pointers from Meta's ids to the tenant, and the assignment that messages are judged by.</summary>
internal static class NumberAssignments
{
    private static readonly Error NumberTaken = Error.Conflict("tenants.number_taken", "This WhatsApp number belongs to a company already. Choose another number.");
    private static readonly Error AccountTaken = Error.Conflict("tenants.account_taken", "This WhatsApp account belongs to a company already. Choose another account.");

    private const string InsertNumber = """
        insert into directory.phone_numbers (phone_number_id, tenant_id, created_at)
        values ($2, $1, $3)
        """;

    private const string InsertAccount = """
        insert into directory.whatsapp_accounts (waba_id, tenant_id, created_at)
        values ($2, $1, $3)
        """;

    /// <summary>Number and account together.</summary>
    /// <exception cref="PostgresException">Somebody has one of them: see <see cref="FindConflict"/>.</exception>
    public static async Task BeginAsync(TenantDb db, SystemDb system, string phoneNumberId, string accountId, DateTimeOffset now, CancellationToken ct)
    {
        await using (var pointers = db.Batch().Add(InsertNumber, P.Text(phoneNumberId), P.Time(now)).Add(InsertAccount, P.Text(accountId), P.Time(now)))
            await pointers.ExecuteAsync(ct);

        // By now the number's pointer is ours, so nobody else can take or leave it, and the history of those who did is committed.
        var wasHeld = await WasHeldAsync(system, phoneNumberId, ct);
        await using var batch = db.Batch()
            .Add(InsertHistory, P.Text(phoneNumberId), P.Time(now))
            .Add(InsertAssignment, P.Text(phoneNumberId), P.Text(accountId), P.Bool(wasHeld), P.Time(now));
        await batch.ExecuteAsync(ct);
    }

    /// <returns>Null: it is about something else.</returns>
    public static Error? FindConflict(PostgresException exception) => exception.ConstraintName switch
    {
        "phone_numbers_pkey" => NumberTaken,
        "whatsapp_accounts_pkey" => AccountTaken,
        _ => null,
    };

    private const string FindHolder = """
        select true
        from directory.number_history
        where phone_number_id = $1
        limit 1
        """;

    private static Task<bool> WasHeldAsync(SystemDb db, string phoneNumberId, CancellationToken ct)
        => db.FindAsync(FindHolder, row => row.GetBoolean(0), ct, P.Text(phoneNumberId));

    private const string InsertHistory = """
        insert into directory.number_history (tenant_id, phone_number_id, valid_from)
        values ($1, $2, $3)
        """;

    // From the beginning of time if nobody held the number before: then a late message can only be this tenant's. Else from
    // now on: what somebody wrote earlier was meant for another company.
    private const string InsertAssignment = """
        insert into fleet.number_assignments (tenant_id, phone_number_id, waba_id, valid_from)
        values ($1, $2, $3, case when $4 then $5 else '-infinity' end)
        """;

    private const string EndAssignments = """
        update fleet.number_assignments
        set valid_to = greatest($2, valid_from + interval '1 microsecond')
        where tenant_id = $1
          and valid_to is null
        """;

    private const string EndHistory = """
        update directory.number_history
        set valid_to = greatest($2, valid_from + interval '1 microsecond')
        where tenant_id = $1
          and valid_to is null
        """;

    private const string DeleteNumbers = """
        delete from directory.phone_numbers
        where tenant_id = $1
        """;

    private const string DeleteAccounts = """
        delete from directory.whatsapp_accounts
        where tenant_id = $1
        """;

    /// <summary>From now on nothing of the company's numbers is its own. What was written to it before is.</summary>
    public static async Task EndAsync(TenantDb db, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = db.Batch().Add(EndAssignments, P.Time(now)).Add(EndHistory, P.Time(now)).Add(DeleteNumbers).Add(DeleteAccounts);
        await batch.ExecuteAsync(ct);
    }
}
