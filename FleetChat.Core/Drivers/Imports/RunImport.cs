using System.Diagnostics;
using FleetChat.Core.Data;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Drivers.Imports;

/// <param name="NextAt">When to go on; null: at once.</param>
public sealed record ImportStep(bool IsOver, DateTimeOffset? NextAt = null);

/// <summary>
/// Does a part of an import's run: reads Samsara's roster, counts the rows, looks at them batch after batch, has drivers asked. Where
/// to go on, the import's row says; so whoever died, or did the same beside us, left nothing half done.
/// </summary>
public sealed partial class RunImport(
    TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, ISamsaraClient samsara, ChangeDriver change, AskImported ask, TimeProvider time, ILogger<RunImport> logger)
{
    private const int BatchSize = 1000;

    /// <summary>In a batch: rows may be long, and two batches are in memory.</summary>
    private const int MostCharacters = 1_000_000;

    /// <summary>Then somebody else may have the place, and the engine keeps what was done.</summary>
    private static readonly TimeSpan WorkingTime = TimeSpan.FromSeconds(20);

    private readonly ImportBatch _batch = new(change, time);

    public async Task<ImportStep> HandleAsync(FlowInput input, CancellationToken ct)
    {
        var id = TenantId.Parse(input.TenantId);
        if (await settings.FindAsync(id, ct) is not { } tenant) return new(IsOver: true);
        var key = await keys.GetAsync(id, ct);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < WorkingTime)
        {
            if (await ImportSql.FindAsync(dbs.For(id), key, input.SubjectId, ct) is not { State: ImportState.Running or ImportState.Asking } import) return new(IsOver: true);
            if (import.State == ImportState.Asking)
            {
                if (await ask.HandleAsync(id, import, ct) is { } nextAt) return new(IsOver: false, nextAt);
                await EndAsync(tenant, key, import, ImportState.Done, ct);
            }
            else await GoOnAsync(tenant, key, import, watch, ct);
        }
        return new(IsOver: false);
    }

    private async Task GoOnAsync(TenantSettings tenant, DataKey key, Import import, Stopwatch watch, CancellationToken ct)
    {
        try
        {
            if (import.RowsTotal is null) await CountAsync(tenant, key, import, ct);
            else if (import.RowsDone < import.RowsTotal) await RunBatchesAsync(tenant, key, import, watch, ct);
            else await EndAsync(tenant, key, import, import.Settings.DryRun ? ImportState.Done : ImportState.Asking, ct);
        }
        catch (FileMalformedException malformed)
        {
            await EndAsync(tenant, key, import, ImportState.Failed, ct, malformed.Problem, malformed.Line);
        }
        catch (SamsaraException refused) when (refused.Failure is SamsaraFailure.Refused or SamsaraFailure.NotFound or SamsaraFailure.Invalid)
        {
            await EndAsync(tenant, key, import, ImportState.Failed, ct, ImportErrors.SamsaraRefused);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or SamsaraException) && Failures.IsOfTheWork(exception) && !Failures.IsConflict(exception))
        {
            Log.Failed(logger, tenant.Tenant, import.Id, Failures.ReasonOf(exception), exception.StackTrace);
            await EndAsync(tenant, key, import, ImportState.Failed, ct, ImportErrors.Unexpected);
        }
    }

    private async Task CountAsync(TenantSettings tenant, DataKey key, Import import, CancellationToken ct)
    {
        // How it is read is known once all of it is here.
        if (import.Settings.Source == ImportSettings.Samsara && import.Reading is null)
        {
            await SamsaraRoster.CollectAsync(dbs, key, tenant, import, samsara, ct);
            return;
        }
        await ImportSql.SetTotalAsync(dbs.For(tenant.Tenant), import.Id, await ImportFile.CountAsync(dbs.For(tenant.Tenant), key, import, ct), ct);
    }

    /// <summary>The next batch is read and understood while the one before it is written.</summary>
    private async Task RunBatchesAsync(TenantSettings tenant, DataKey key, Import import, Stopwatch watch, CancellationToken ct)
    {
        await using var file = ImportFile.ReadAsync(dbs.For(tenant.Tenant), key, import, ct).GetAsyncEnumerator(ct);
        for (var skipped = 0; skipped < import.RowsDone; skipped++) await file.MoveNextAsync();
        var next = ReadAsync();
        try
        {
            while (await next is [_, ..] rows)
            {
                next = watch.Elapsed < WorkingTime ? ReadAsync() : Task.FromResult<ImportRow[]>([]);
                if (!await WriteAsync(tenant, key, import, rows, ct)) return;
            }
        }
        finally
        {
            // Nobody else may touch the file while it is being read.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task<ImportRow[]> ReadAsync() => Task.Run(() => ReadBatchAsync(file, import.Settings, tenant, key), ct);
    }

    /// <returns>False if the import's row has to be looked at anew.</returns>
    private async Task<bool> WriteAsync(TenantSettings tenant, DataKey key, Import import, ImportRow[] rows, CancellationToken ct)
    {
        while (true)
        {
            var end = await _batch.RunAsync(dbs, key, tenant, import, rows, ct);
            if (end != BatchEnd.Again) return end == BatchEnd.Done;
        }
    }

    private async Task<ImportRow[]> ReadBatchAsync(IAsyncEnumerator<FileRow> file, ImportSettings wanted, TenantSettings tenant, DataKey key)
    {
        var (raw, characters) = (new List<FileRow>(BatchSize), 0);
        while (raw.Count < BatchSize && characters < MostCharacters && await file.MoveNextAsync())
        {
            raw.Add(file.Current);
            characters += file.Current.Cells.Sum(cell => cell?.Length ?? 0);
        }
        var (rows, now) = (new ImportRow[raw.Count], time.GetUtcNow());
        Parallel.For(0, raw.Count, at => rows[at] = ImportRow.Read(raw[at], wanted, tenant, key, now));
        return rows;
    }

    private async Task EndAsync(TenantSettings tenant, DataKey key, Import import, string state, CancellationToken ct, Error? problem = null, int? line = null)
    {
        await using var db = await dbs.BeginAsync(tenant.Tenant, ct);
        if (await ImportSql.LockAsync(db, key, import.Id, ct) is not { } locked || locked.State != import.State || locked.RowsDone != import.RowsDone) return;
        await ImportSql.SetStateAsync(db, import.Id, state, state == ImportState.Asking ? null : time.GetUtcNow(), ct, problem?.Code, line);
        await ImportParts.DeleteAsync(db, import.Id, ct);
        if (state != ImportState.Asking) db.Audit(time, import.OpenedBy, $"import.{state}", import.Id.ToString(), problem?.Code ?? $"{locked.RowsDone} rows");
        await db.CommitAsync(ct);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Import {ImportId} of {TenantId} failed: {Reason}\n{Stack}")]
        public static partial void Failed(ILogger logger, TenantId tenantId, Guid importId, string reason, string? stack);
    }
}
