using System.Text.Json;
using FleetChat.Core.Billing;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Drivers.Imports;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace FleetChat.Tests.Demo;

/// <summary>SIGKILL at random moments of an import: after them it has ended as one that nobody disturbed.</summary>
public sealed class KilledImportTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Import_that_is_killed_at_random_ends_the_same()
    {
        var isLong = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";
        var (rows, kills) = isLong ? (50_000, 12) : (4_000, 2);
        var seed = MortalFleet.Seed();
        output.WriteLine($"FLEETCHAT_TEST_SEED={seed}");
        var random = new Random(seed);
        var company = KilledDay.NewCompany(6);
        company = company with { Drivers = [] };
        await using var fleet = await MortalFleet.StartAsync("killed_import", [company]);
        await using var core = SetUpServices.Create(fleet.Stage.Settings, TimeProvider.System);
        var tenant = TenantId.Parse(company.Tenant);
        Assert.True((await core.GetRequiredService<OverrideLimits>().HandleAsync(new(tenant, new(100_000, null, null, new(2099, 1, 1)), "operator"), default)).IsOk);
        var roster = BadRoster.Make(rows, rows / 20, withSilent: false);
        var api = fleet.Stage.ApiOf(company);

        var import = await ImportBench.HandInAsync(core.GetRequiredService<OpenImport>(), core.GetRequiredService<PutImportPart>(), core.GetRequiredService<CompleteImport>(), tenant, roster.File);
        for (var kill = 0; kill < kills; kill++)
        {
            // Somewhere in the batch after so many rows.
            var after = random.Next(rows * (kill + 1) / kills);
            await Until.TrueAsync(async () => await fleet.Database.ScalarAsAdminAsync<bool>($"select rows_done >= {after} or state not in ('open', 'running') from fleet.imports"), $"{after} rows");
            await fleet.KillAsync();
            output.WriteLine($"after {after}: {(await api.GetAsync<JsonElement>($"api/imports/{import}", default)).GetProperty("progress").GetString()}");
        }
        await Until.TrueAsync(async () => (await api.GetAsync<JsonElement>($"api/imports/{import}", default)).GetProperty("state").GetString() == ImportState.Done, "the import to be done", TimeSpan.FromMinutes(2));

        var view = await api.GetAsync<JsonElement>($"api/imports/{import}", default);
        Assert.Equal((rows, roster.Good, rows - roster.Good), (view.GetProperty("rows").GetProperty("done").GetInt32(), view.GetProperty("rows").GetProperty("added").GetInt32(), view.GetProperty("rows").GetProperty("refused").GetInt32()));
        Assert.Equal(roster.Said, await ListAsync(core, tenant, import));
        Assert.Equal(roster.Good, await fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.drivers"));
        Assert.Equal(roster.Said.Count(s => s.EndsWith("granted", StringComparison.Ordinal)), await fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.consent_records"));
        Assert.Equal(0, await fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.import_parts"));
        Assert.Equal(0, await fleet.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.conversations c where not exists (select from fleet.drivers d where d.conversation_id = c.id)"));
        await Until.TrueAsync(async () => await fleet.Database.ScalarAsAdminAsync<long>("select count(*) from localhost.instances where id like 'ImportFlow-v1:%' and ended_at is null") == 0, "the orchestration to end");
    }

    private static async Task<string[]> ListAsync(ServiceProvider core, TenantId tenant, Guid import)
        => [.. (await ImportBench.RowsAsync(core.GetRequiredService<ListImportRows>(), tenant, import, null)).Select(ImportBench.Say)];
}
