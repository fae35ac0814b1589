using System.Buffers;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Samsara.Scope;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Samsara.Polling;

/// <summary>The roster: who is new, who changed, who is not there any more.</summary>
public sealed class DriverFeed(ISamsaraClient samsara, ScopeLookUp scope, TimeProvider time, IOptions<PollingOptions> options) : ISamsaraFeed
{
    private const string Feed = "drivers";
    private const int MostSingly = 10;

    /// <summary>What we have a use for. Licences and the like are nobody's business here.</summary>
    private static readonly string[] Members =
        ["id", "name", "phone", "driverActivationStatus", "isDeactivated", "deactivatedAtTime", "timezone", "locale"];

    public string Name => Feed;

    public TimeSpan Interval => options.Value.Drivers;

    public async Task<Look> LookAsync(LookAt at, CancellationToken ct)
    {
        var seen = at.IsFirst ? [] : await SeenSql.ListAsync(at.Db, Feed, ct);
        var enrolled = await ListActiveAsync(at.Db, ct);
        var active = await samsara.ListDriversAsync(at.Access, isActive: true, at.Tenant.SamsaraGroupId, ct);
        var deactivated = await samsara.ListDriversAsync(at.Access, isActive: false, at.Tenant.SamsaraGroupId, ct);
        // Nobody has to hear of those who left before we knew them.
        var listed = active.Concat(deactivated.Where(d => d.Id("id") is { } id && (seen.ContainsKey(id) || enrolled.Contains(id))))
            .Where(d => d.Id("id") is not null).DistinctBy(d => d.Id("id")).ToDictionary(d => d.Id("id")!, Reduce);
        List<Seen> missing = [.. seen.Values.Where(s => !listed.ContainsKey(s.Id)).OrderBy(s => s.LookedAt).Take(MostSingly)];
        var gone = await FindGoneAsync(at, missing, ct);
        var insiders = await scope.ListInsidersAsync(at, active, ct);

        List<Seen> all = [.. listed.Select(d => new Seen(d.Key, SeenContent.Index(at.Key, d.Value), null, null, false, at.Time))];
        var changed = all.FindAll(d => !seen.TryGetValue(d.Id, out var known) || !known.Content.AsSpan().SequenceEqual(d.Content));
        var look = time.NewId();
        InboxItem[] facts =
        [
            .. changed.Select(d => PolledFact.Of(SamsaraEvents.DriverSeen, look, d.Id, d.Id, at.IsFirst, at.Time, writer => writer.WriteRaw("driver", listed[d.Id]))),
            .. gone.Select(id => PolledFact.Of(SamsaraEvents.DriverGone, look, id, id, at.IsFirst, at.Time, writer => writer.WriteString("driver_id", id))),
        ];
        return new($"drivers: {listed.Count}, changed {changed.Count}, gone {gone.Count}", async (processing, token) =>
        {
            Seen[] put = [.. changed, .. missing.Where(m => !gone.Contains(m.Id)).Select(m => m with { LookedAt = at.Time })];
            await SeenSql.WriteAsync(processing.Db, Feed, at.IsFirst, put, gone, token);
            await insiders.WriteAsync(processing, token);
            await processing.StoreAsync(facts, token);
        });
    }

    // In neither list: gone if Samsara knows him no more, or if he bears the company's tag no more.
    private async Task<List<string>> FindGoneAsync(LookAt at, List<Seen> missing, CancellationToken ct)
    {
        var gone = new List<string>();
        foreach (var driver in missing)
        {
            try
            {
                var found = await samsara.GetDriverAsync(at.Access, driver.Id, ct);
                if (HasLeft(at.Tenant.SamsaraGroupId, found)) gone.Add(driver.Id);
            }
            catch (SamsaraException exception) when (exception.Failure == SamsaraFailure.NotFound)
            {
                gone.Add(driver.Id);
            }
            catch (SamsaraException)
            {
                // Neither there nor gone. The lists were whole all the same.
            }
        }
        return gone;
    }

    private static bool HasLeft(string group, JsonElement driver)
        => group.Length > 0 && TagScope.OfTags(group, SamsaraTag.ListOf(driver) ?? [], _ => false) != ScopeVerdict.Inside;

    private const string ListActive = """
        select samsara_driver_id
        from fleet.drivers
        where tenant_id = $1
          and status <> 'deactivated'
        """;

    private static async Task<HashSet<string>> ListActiveAsync(TenantDb db, CancellationToken ct) => [.. await db.ListAsync(ListActive, row => row.GetString(0), ct)];

    private static JsonElement Reduce(JsonElement driver)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var name in Members)
            {
                if (driver.Member(name) is { } member) writer.WriteRaw(name, member);
            }
            writer.WriteEndObject();
        }
        using var reduced = JsonDocument.Parse(buffer.WrittenMemory);
        return reduced.RootElement.Clone();
    }
}
