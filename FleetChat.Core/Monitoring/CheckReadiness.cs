using System.Text.Json.Serialization;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace FleetChat.Core.Monitoring;

/// <param name="Database">The app's role reads the tenants' tables.</param>
/// <param name="Keys">The master key can be read.</param>
public sealed record Readiness(bool Database, bool Keys)
{
    public string Status => IsReady ? "ready" : "unavailable";

    [JsonIgnore]
    public bool IsReady => Database && Keys;
}

/// <summary>Whether this instance can serve: asked by load balancers, so it tells nothing of any tenant.</summary>
public sealed partial class CheckReadiness(TenantDbs dbs, DataKeys keys, ILogger<CheckReadiness> logger)
{
    // A well-formed id that no company gets, because theirs end in a number: it reads through row-level security and finds nothing.
    private static readonly TenantId Nobody = TenantId.Parse("readiness_check");

    public async Task<Readiness> HandleAsync(CancellationToken ct) => new(
        await WorksAsync("database", () => CountAsync(dbs.For(Nobody), ct), ct),
        await WorksAsync("keys", () => keys.CheckAsync(ct), ct));

    private async Task<bool> WorksAsync(string what, Func<Task> check, CancellationToken ct)
    {
        try
        {
            await check();
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
