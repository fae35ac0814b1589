using Npgsql;

namespace FleetChat.LocalHost.Hosting;

/// <summary>Turns what Postgres says to somebody who only looks into a sentence.</summary>
internal static class Looking
{
    /// <exception cref="StartRefusedException">The database can't be reached, or FleetChat never ran on it.</exception>
    public static async Task<T> AtAsync<T>(Func<Task<T>> look)
    {
        try
        {
            return await look();
        }
        catch (PostgresException absent) when (absent.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.InvalidCatalogName)
        {
            throw new StartRefusedException("FleetChat has never run on this database, or an older version of it did: start it once with 'up'.", absent);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StartRefusedException($"Postgres refuses it to this administrator ({refused.MessageText}): connect as a superuser, or as one who may act in FleetChat's roles.", refused);
        }
        catch (NpgsqlException unreachable)
        {
            throw new StartRefusedException($"The database does not answer ({unreachable.Message}): 'doctor' looks why.", unreachable);
        }
    }
}
