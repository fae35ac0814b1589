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

/// <param name="Database">Both roles reach it, and the app's reads the tenants' tables.</param>
/// <param name="Migrations">All that this build brings are applied.</param>
/// <param name="Keys">The master key can be read, and that of the audit trails is not lost.</param>
public sealed record Readiness(bool Database, bool Migrations, bool Keys)
{
    [OneOf("ready", "unavailable")]
    public string Status => IsReady ? "ready" : "unavailable";

    /// <summary>For the one who is woken up; null when it is ready.</summary>
    public string? WhatToDo => this switch
    {
        { Database: false } => "The database does not answer, or refuses the host's logins. Check that Postgres runs and that FleetChat:Postgres:App and :System lead to it.",
        { Migrations: false } => "The database is older than this build. Run this build's installer on it, or go back to the build before.",
        { Keys: false } => "The master key or the audit trails' can't be read. Restore it to the secret store; never make a new one while there is data.",
        _ => null,
    };

    /// <summary>Of the build that answers: a deployment waits for its own.</summary>
    public string Version { get; } = typeof(Readiness).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    [JsonIgnore]
    public bool IsReady => Database && Migrations && Keys;
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
        var works = await Task.WhenAll(
            WorksAsync("database", () => CountAsync(dbs.For(Nobody), ct), ct),
            WorksAsync("migrations", () => CheckMigrationsAsync(ct), ct),
            WorksAsync("keys", () => CheckKeysAsync(ct), ct));
        return new(works[0], works[1], works[2]);
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

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Not ready: {What}")]
        public static partial void Unavailable(ILogger logger, string what, Exception exception);
    }
}
