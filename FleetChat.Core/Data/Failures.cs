using Npgsql;

namespace FleetChat.Core.Data;

/// <summary>Whose failure it is, and what may be said of it.</summary>
internal static class Failures
{
    /// <summary>
    /// What the database says about itself (no connection, no space, no memory) says nothing about the work. Data (22), constraints
    /// (23), conflicts (40), our own mistakes (42), limits (54) and raised errors (P0) are the work's.
    /// </summary>
    public static bool IsOfTheWork(Exception exception)
        => exception is not NpgsqlException || (exception is PostgresException { SqlState: [var first, var second, ..] } && $"{first}{second}" is "22" or "23" or "40" or "42" or "54" or "P0");

    /// <summary>Two transactions in each other's way: nobody's fault, and not counted.</summary>
    public static bool IsConflict(Exception exception) => exception is PostgresException { SqlState: ['4', '0', ..] };

    /// <summary>The type and the database's code only: a message may quote what somebody wrote.</summary>
    public static string ReasonOf(Exception exception)
        => exception is PostgresException postgres ? $"{exception.GetType().Name} {postgres.SqlState} {postgres.ConstraintName}" : exception.GetType().Name;
}
