using FleetChat.Core.Data;

namespace FleetChat.Core.Restores;

/// <summary>Whether a restore is open, for those who only look: <see cref="GetRestore"/> goes through all companies, and writes down when all was looked through.</summary>
public sealed class FindOpenRestore(SystemDb system)
{
    /// <returns>The moment that the database was put back to; null: none is open.</returns>
    public async Task<DateTimeOffset?> HandleAsync(CancellationToken ct)
        => await RestoreSql.FindNewestAsync(system, ct) is { EndedAt: null } restore ? restore.RestoredTo : null;
}
