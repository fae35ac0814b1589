using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Security;

/// <summary>Who did what. Entries are written in the transaction of what they tell of.</summary>
public static class AuditTrail
{
    /// <summary>For a batch; parameters by <see cref="Parameters"/>.</summary>
    public const string Insert = """
        insert into fleet.audit_entries (tenant_id, id, at, actor, action, subject, detail)
        values ($1, $2, $3, $4, $5, $6, $7)
        """;

    /// <param name="actor">Such as <c>api_key:{key id}</c>.</param>
    /// <param name="subject">An id of what it was done to; like the detail never a name, a number or a text that somebody wrote.</param>
    public static NpgsqlParameter[] Parameters(TimeProvider time, string actor, string action, string subject, string detail = "")
        => [P.Uuid(time.NewId()), P.Time(time.GetUtcNow()), P.Text(actor), P.Text(action), P.Text(subject), P.Text(detail)];
}
