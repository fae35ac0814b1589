using System.Text.Json;
using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Core.Security.Audit;

/// <param name="Actor">Such as <c>api_key:{key id}</c>.</param>
/// <param name="Subject">An id of what it was done to; like the detail and the change never a name, a number, a secret or a text that somebody wrote.</param>
public sealed record AuditEntry(Guid Id, DateTimeOffset At, string Actor, string Action, string Subject, string Detail)
{
    /// <summary>What was and what is, as JSON; null where nothing that may be shown changed.</summary>
    public string? Change { get; init; }

    /// <summary>Where the request came from; null: FleetChat itself did it.</summary>
    public string? Address { get; init; }

    public string? Correlation { get; init; }

    internal static AuditEntry Of(TimeProvider time, string actor, string action, string subject, string detail, AuditChange? change)
    {
        var (now, origin) = (time.GetUtcNow(), RequestOrigin.Current);
        // As the database keeps it, else its code would not be found again.
        return new(time.NewId(), now.Kept(), actor, action, subject, detail) { Change = change?.ToJson(), Address = origin?.Address, Correlation = origin?.Correlation };
    }
}

/// <param name="Before">What may be shown of it as it was.</param>
public sealed record AuditChange(object? Before, object? After)
{
    internal string ToJson() => JsonSerializer.Serialize(this, PublicJson.Options);
}

/// <param name="Seq">From 1 on, without gaps; null: it was written before there was a chain.</param>
internal sealed record ChainedEntry(AuditEntry Entry, long? Seq, byte[]? Mac)
{
    public const string Columns = "seq, id, at, actor, action, subject, detail, change, address, correlation, mac";

    public static ChainedEntry Read(NpgsqlDataReader row) => new(
        new(row.GetGuid(1), row.Time(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6))
        {
            Change = row.TextOrNull(7),
            Address = row.TextOrNull(8),
            Correlation = row.TextOrNull(9),
        },
        row.LongOrNull(0), row.BytesOrNull(10));

    public NpgsqlParameter[] Parameters =>
    [
        P.Big(Seq), P.Uuid(Entry.Id), P.Time(Entry.At), P.Text(Entry.Actor), P.Text(Entry.Action), P.Text(Entry.Subject), P.Text(Entry.Detail),
        P.Text(Entry.Change), P.Text(Entry.Address), P.Text(Entry.Correlation), P.Bytes(Mac),
    ];
}
