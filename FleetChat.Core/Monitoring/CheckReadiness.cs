using System.Reflection;
using System.Text.Json.Serialization;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FleetChat.Core.Monitoring;

/// <param name="Database">The app's role reaches it, and reads the tenants' tables.</param>
/// <param name="SystemRole">The system's role reaches it too, and reads what routing and sweeps begin with.</param>
/// <param name="Migrations">All that this build brings are applied.</param>
/// <param name="Keys">The master key can be read, and that of the audit trails is not lost.</param>
/// <param name="CompanyKeys">No company's data key was found to be lost. One that is makes nothing unavailable: the others are served.</param>
public sealed record Readiness(bool Database, bool SystemRole, bool Migrations, bool Keys, bool CompanyKeys)
{
    [OneOf("ready", "degraded", "unavailable")]
    public string Status => this switch
    {
        { IsReady: false } => "unavailable",
        { CompanyKeys: false } => "degraded",
        _ => "ready",
    };

    /// <summary>For the one who is woken up; null when all is well.</summary>
    public string? WhatToDo => this switch
    {
        { Database: false } => "The database does not answer, or refuses the host's logins. Check that Postgres runs and that FleetChat:Postgres:App and :System lead to it.",
        { SystemRole: false } => "The database refuses the system's role. Check that FleetChat:Postgres:System leads to it and that its login may log in and is a member of fleetchat_system; then run this build's installer, which grants again what is missing.",
        { Migrations: false } => "The database is older than this build. Run this build's installer on it, or go back to the build before.",
        { Keys: false } => "The master key or the audit trails' can't be read. Restore it to the secret store; never make a new one while there is data.",
        { CompanyKeys: false } => "The data key of a company is lost: the alerts about the platform name it. Restore it to the secret store, and don't restart before.",
        _ => null,
    };

    /// <summary>Of the build that answers: a deployment waits for its own.</summary>
    public string Version { get; } = typeof(Readiness).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    [JsonIgnore]
    public bool IsReady => Database && SystemRole && Migrations && Keys;
}

/// <summary>Whether this instance can serve: asked by load balancers, so it tells nothing of any tenant.</summary>
public sealed partial class CheckReadiness(
    TenantDbs dbs, [FromKeyedServices(ServiceRegistration.System)] NpgsqlDataSource system, DataKeys keys, AuditKey audit, ILogger<CheckReadiness> logger)
{
    // A well-formed id that no company gets, because theirs end in a number: it reads through row-level security and finds nothing.
    private static readonly TenantId Nobody = TenantId.Parse("readiness_check");

    /// <summary>Shorter than who asks waits, who would learn nothing else.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public async Task<Readiness> HandleAsync(CancellationToken ct)
    {
        var isKeyLost = false;
        var works = await Task.WhenAll(
            WorksAsync("database", () => CountAsync(dbs.For(Nobody), ct), ct),
            WorksAsync("system_role", async () => isKeyLost = await LookAsync(new(system), ct), ct),
            WorksAsync("migrations", () => CheckMigrationsAsync(ct), ct),
            WorksAsync("keys", () => CheckKeysAsync(ct), ct));
        return new(works[0], works[1], works[2], works[3], !isKeyLost);
    }

    // A newer database is no finding: while a release rolls out, it is there before the last old instance ends.
    private async Task CheckMigrationsAsync(CancellationToken ct)
    {
        var state = await MigrationState.ReadAsync(system, ct);
        if (state.Missing.Count > 0) throw new InvalidOperationException($"the database lacks {string.Join(", ", state.Missing)}");
    }

    private async Task CheckKeysAsync(CancellationToken ct)
    {
        await keys.CheckAsync(ct);
        if (await audit.IsLostAsync(ct)) throw new AuditKeyLostException();
    }

    private async Task<bool> WorksAsync(string what, Func<Task> check, CancellationToken ct)
    {
        try
        {
            await check().WaitAsync(Patience, ct);
            return true;
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            Log.Unavailable(logger, what, exception);
            return false;
        }
    }

    private const string Count = """
        select count(*)
        from fleet.tenants
        where tenant_id = $1
        """;

    private static Task<long> CountAsync(TenantDb db, CancellationToken ct) => db.FindAsync(Count, row => row.GetInt64(0), ct);

    // Postgres looks at the rights to all of it before it reads any: what is refused throws. Whose key is lost WatchKeys sees.
    private const string Look = $"""
        select exists (select from directory.tenants), exists (select from fleet.lanes), exists (
            select
            from fleet.platform_alerts
            where code = '{AlertCodes.KeyLost}'
              and closed_at is null)
        """;

    /// <returns>Whether a company's key is lost.</returns>
    private static Task<bool> LookAsync(SystemDb db, CancellationToken ct) => db.FindAsync(Look, row => row.GetBoolean(2), ct);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Not ready: {What}")]
        public static partial void Unavailable(ILogger logger, string what, Exception exception);
    }
}
