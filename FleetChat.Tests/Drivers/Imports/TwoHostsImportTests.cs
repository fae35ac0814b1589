using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Drivers.Imports;

/// <summary>An import that two hosts of an installation run at once, beside the orchestration that either of them has.</summary>
public sealed class TwoHostsImportTests
{
    private static readonly TenantId s_tenant = TenantId.Parse("twohosts_001");

    [Fact]
    public async Task Import_ends_as_one_host_would_end_it()
    {
        await using var one = await ApiHost.StartAsync("twohosts");
        await using var other = await ApiHost.StartBesideAsync(one);
        await SetUpAsync(one);
        var roster = BadRoster.Make(4_000, 200, withSilent: false);
        var import = await ImportBench.HandInAsync(one.Get<OpenImport>(), other.Get<PutImportPart>(), one.Get<CompleteImport>(), s_tenant, roster.File);

        await Task.WhenAll(Task.Run(() => RunAsync(one, import)), Task.Run(() => RunAsync(other, import)));

        var view = ImportBench.Value(await other.Get<GetImport>().HandleAsync(s_tenant, import, default));
        Assert.Equal((ImportState.Done, new ImportRowCounts(4_000, 4_000, roster.Good, 0, 0, 200)), (view.State, view.Rows));
        Assert.Equal(roster.Said, (await ImportBench.RowsAsync(one.Get<ListImportRows>(), s_tenant, import, null)).Select(ImportBench.Say));
        Assert.Equal(roster.Good, await one.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.drivers"));
        Assert.Equal(roster.Said.Count(said => said.EndsWith("granted", StringComparison.Ordinal)), await one.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.consent_records"));
        Assert.Equal(0, await one.Database.ScalarAsAdminAsync<long>("select count(*) from fleet.conversations c where not exists (select from fleet.drivers d where d.conversation_id = c.id)"));
    }

    private static async Task RunAsync(ApiHost host, Guid import)
    {
        while (await host.Get<RunImport>().HandleAsync(new(s_tenant.Value, import), default) is { IsOver: false }) { }
    }

    private static async Task SetUpAsync(ApiHost host)
    {
        var samsara = new SamsaraSetup(new("http://127.0.0.1:1"), "9701", "149701", Convert.ToBase64String(new byte[24]), "samsara-token");
        var made = await SetUpTenant.Of(host.Get<IServiceProvider>()).HandleAsync(
            new(s_tenant, "Two hosts", "US", "America/Chicago", "en", "USD", samsara, new("+15550109701", "106549701", "102299701", "whatsapp-token")) { ServiceTier = "enterprise" }, default);
        Assert.True(made.IsOk, made.Error?.Code);
    }
}
