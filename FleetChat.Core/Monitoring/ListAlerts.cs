using FleetChat.Core.Data;
using FleetChat.Core.Tenants;
using Npgsql;

namespace FleetChat.Core.Monitoring;

/// <param name="IncludeClosed">False: only those that are open.</param>
public sealed record ListAlertsInput(TenantId Tenant, bool IncludeClosed, PageRequest Page);

/// <summary>An alert as the API shows it.</summary>
/// <param name="Subject">The id of what it is about; empty when it is about the company as a whole.</param>
/// <param name="Count">How often it was raised while open.</param>
/// <param name="WhatToDo">A sentence for people.</param>
public sealed record AlertView(
    Guid Id, string Code, string Severity, string Subject, int Count, string WhatToDo,
    DateTimeOffset OpenedAt, DateTimeOffset LastAt, DateTimeOffset? ClosedAt)
{
    /// <summary>As <see cref="Read"/> wants them.</summary>
    internal const string Columns = "id, code, severity, subject, count, opened_at, last_at, closed_at";

    internal static AlertView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4), AlertCatalog.WhatToDo(row.GetString(1), row.GetString(3)),
        row.Time(5), row.Time(6), row.TimeOrNull(7));
}

/// <summary>The tenant's alerts, the newest first.</summary>
public sealed class ListAlerts(TenantDbs dbs, Pages pages)
{
    public async Task<Result<Page<AlertView>>> HandleAsync(ListAlertsInput input, CancellationToken ct)
    {
        var window = await pages.OpenAsync(input.Tenant, $"alerts:{input.IncludeClosed}", Position.BeforeNewest, input.Page, ct);
        if (!window.IsOk) return window.Error;
        var rows = await ListAsync(dbs.For(input.Tenant), window.Value, input.IncludeClosed, ct);
        return window.Value.Page(rows, alert => new(alert.OpenedAt, alert.Id));
    }

    private const string List = $"""
        select {AlertView.Columns}
        from fleet.alerts
        where tenant_id = $1
          and (opened_at, id) < ($2, $3)
          and ($4 or closed_at is null)
        order by opened_at desc, id desc
        limit $5
        """;

    private static Task<List<AlertView>> ListAsync(TenantDb db, PageWindow window, bool includeClosed, CancellationToken ct)
        => db.ListAsync(List, AlertView.Read, ct, P.Time(window.After.Time), P.Uuid(window.After.Id), P.Bool(includeClosed), window.Rows);
}
