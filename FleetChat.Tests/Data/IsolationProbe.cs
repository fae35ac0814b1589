using FleetChat.Core.Data;
using Npgsql;

namespace FleetChat.Tests.Data;

/// <summary>
/// Tries, as one tenant and with statements that name none, to see, write, change and delete the other tenant's rows. Answers
/// with what it got hold of. Everything is rolled back.
/// </summary>
internal sealed class IsolationProbe(NpgsqlDataSource source, IReadOnlyList<ProbeTable> tables, string own, string other)
{
    public async Task<IReadOnlyList<string>> FindingsAsync()
    {
        var findings = new List<string>();
        findings.AddRange(await SelectAsync());
        findings.AddRange(await InsertAsync());
        findings.AddRange(await UpdateAsync());
        findings.AddRange(await MoveAsync());
        findings.AddRange(await DeleteAsync());
        return findings;
    }

    /// <summary>Of those tables that show anything to somebody who names no tenant at all.</summary>
    public async Task<IReadOnlyList<string>> SeenWithoutTenantAsync()
    {
        var findings = new List<string>();
        await using var connection = await source.OpenConnectionAsync();
        foreach (var table in tables)
        {
            await using var command = new NpgsqlCommand($"select count(*) from {table.Name}", connection);
            if ((long)(await command.ExecuteScalarAsync())! > 0)
            {
                findings.Add($"{table.Name}: select without a tenant sees rows");
            }
        }

        return findings;
    }

    private Task<List<string>> SelectAsync() => EachAsync(async (table, transaction) =>
    {
        var (owns, others) = await CountAsync(transaction, $"select tenant_id from {table.Name}");
        return others > 0 ? $"{table.Name}: select sees the other tenant's rows"
            : owns == 0 && !table.IsPartition ? $"{table.Name}: select does not see the tenant's own rows"
            : null;
    });

    private Task<List<string>> InsertAsync() => EachAsync(async (table, transaction) =>
        await IsRefusedByRowSecurityAsync(transaction, table.Insert(other)) ? null : $"{table.Name}: insert of a row of the other tenant");

    private Task<List<string>> UpdateAsync() => EachAsync(async (table, transaction) =>
    {
        try
        {
            var (owns, others) = await CountAsync(transaction, $"update {table.Name} set tenant_id = tenant_id returning tenant_id");
            return others > 0 ? $"{table.Name}: update changes the other tenant's rows"
                : owns == 0 && !table.IsPartition ? $"{table.Name}: update does not change the tenant's own rows"
                : null;
        }
        catch (PostgresException reached)
        {
            return $"{table.Name}: update reaches the other tenant's rows ({reached.SqlState})";
        }
    });

    /// <summary>Own rows, given away: what WITH CHECK alone prevents.</summary>
    private Task<List<string>> MoveAsync() => EachAsync(async (table, transaction) =>
    {
        // A partition refuses what belongs into another one before anybody asks its policies.
        return table.IsPartition || await IsRefusedByRowSecurityAsync(transaction, $"update {table.Name} set tenant_id = '{other}'")
            ? null
            : $"{table.Name}: update gives a row to the other tenant";
    });

    /// <summary>In one transaction, those that refer first: else a row that is referred to would stay, and hide what row security let pass.</summary>
    private async Task<List<string>> DeleteAsync()
    {
        var findings = new List<string>();
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await BeginAsync(connection);
        foreach (var table in tables.Reverse())
        {
            await transaction.SaveAsync("table_done");
            try
            {
                var (owns, others) = await CountAsync(transaction, $"delete from {table.Name} returning tenant_id");
                if (others > 0)
                {
                    findings.Add($"{table.Name}: delete removes the other tenant's rows");
                }
            }
            catch (PostgresException reached)
            {
                findings.Add($"{table.Name}: delete reaches the other tenant's rows ({reached.SqlState})");
                await transaction.RollbackAsync("table_done");
            }
        }

        return findings;
    }

    private async Task<List<string>> EachAsync(Func<ProbeTable, NpgsqlTransaction, Task<string?>> probeAsync)
    {
        var findings = new List<string>();
        foreach (var table in tables)
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var transaction = await BeginAsync(connection);
            if (await probeAsync(table, transaction) is { } finding)
            {
                findings.Add(finding);
            }
        }

        return findings;
    }

    private async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection)
    {
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("select set_config('app.tenant_id', $1, true)", connection, transaction) { Parameters = { P.Text(own) } };
        await command.ExecuteNonQueryAsync();
        return transaction;
    }

    private async Task<(int Owns, int Others)> CountAsync(NpgsqlTransaction transaction, string sql)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync();
        var (owns, others) = (0, 0);
        while (await reader.ReadAsync())
        {
            _ = reader.GetString(0) == own ? owns++ : others++;
        }

        return (owns, others);
    }

    /// <summary>By row security and nothing else: a unique key or a missing grant that happens to be in the way proves nothing.</summary>
    private static async Task<bool> IsRefusedByRowSecurityAsync(NpgsqlTransaction transaction, string sql)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
            await command.ExecuteNonQueryAsync();
            return false;
        }
        catch (PostgresException refused)
        {
            return refused.SqlState == PostgresErrorCodes.InsufficientPrivilege
                   && refused.MessageText.Contains("row-level security", StringComparison.Ordinal);
        }
    }
}
