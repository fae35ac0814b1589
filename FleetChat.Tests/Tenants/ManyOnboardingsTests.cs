using FleetChat.Core.Data;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Core.Tenants.Onboarding;
using FleetChat.Core.Tenants.Registration;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.Tenants;

/// <summary>More companies at once, from two hosts, than the pool has numbers: 200 and 150 in the long size.</summary>
public sealed class ManyOnboardingsTests
{
    private const string PoolToken = "token-of-the-pool";
    private const long Org = 6_007_001;
    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("FLEETCHAT_TEST_SIZE") == "long";
    private static readonly (int Companies, int Numbers) s_size = s_isLong ? (200, 150) : (4, 3);

    [Fact]
    public async Task Each_number_goes_to_one_company_and_the_rest_are_told()
    {
        await using var samsara = await SamsaraSimulator.StartAsync();
        await using var meta = await WhatsAppSimulator.StartAsync();
        var settings = new Dictionary<string, string?> { ["FleetChat:Samsara:BaseUrl"] = samsara.Address.ToString(), ["FleetChat:WhatsApp:GraphBaseUrl"] = meta.Address.ToString() };
        await using var one = await ApiHost.StartAsync("many", settings);
        await using var other = await ApiHost.StartBesideAsync(one, settings);
        await samsara.Control.AddOrgAsync(new(Org, "Many", "samsara-token-of-many"));
        await meta.Control.AddTokenAsync(new(PoolToken));
        await FillPoolAsync(one, meta.Control);
        // Meta tells at once what it decides.
        await meta.Control.ChangeSettingsAsync((await meta.Control.SettingsAsync()) with { AppSecret = "app-secret-of-the-tests", TemplateReview = TimeSpan.FromMilliseconds(1) });
        Assert.True((await meta.Control.SubscribeAsync(new(one.Address, "api/whatsapp/webhook"), "verify-token-of-the-tests")).Verified);

        var ids = new TenantId[s_size.Companies];
        // As many requests at once as hosts take; what they begin all runs at once.
        await Parallel.ForAsync(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = 24 }, async (n, _) => ids[n] = await BeginAsync(n % 2 == 0 ? one : other, n));

        var deadline = TimeSpan.FromSeconds(s_isLong ? 900 : 300);
        await Until.TrueAsync(async () => await CountAsync(one, "select count(*) from fleet.onboarding_steps where step = 'activation' and state = 'done'") == s_size.Numbers, $"{s_size.Numbers} companies to begin", deadline);
        await Until.TrueAsync(async () => await CountAsync(one, "select count(*) from fleet.onboarding_steps where step = 'number' and code = 'numbers.pool_empty'") == s_size.Companies - s_size.Numbers, "the rest to be told", deadline);
        Assert.Equal(s_size.Numbers, await CountAsync(one, "select count(distinct held_by) from directory.pool_numbers where state = 'assigned'"));
        Assert.Equal(s_size.Numbers, await CountAsync(one, "select count(distinct phone_number_id) from fleet.number_assignments"));
        Assert.Equal(s_size.Companies, ids.Distinct().Count());
        Assert.Equal(s_size.Numbers, await CountAsync(one, "select count(*) from fleet.tenants where status = 'active'"));
        // One webhook each, and those that wait for a number have theirs.
        await Until.TrueAsync(async () => await CountAsync(one, "select count(distinct samsara_webhook_id) from fleet.tenant_configurations") == s_size.Companies, "every company's webhook", deadline);
        var made = (await samsara.Control.JournalAsync()).Count(e => e.Kind == "rest.request" && e.Data.GetProperty("method").GetString() == "POST" && e.Data.GetProperty("path").GetString() == "/webhooks");
        Assert.Equal(s_size.Companies, made);
        var held = (await one.Get<NumberPool>().ListAsync(default)).Select(number => number.TenantId).ToHashSet();
        var waiting = ids.First(id => !held.Contains(id));
        var view = (await one.Get<GetOnboarding>().HandleAsync(waiting, default)).Value;
        Assert.Contains("No number of this data region is free", Assert.Single(view.ForPeople), StringComparison.Ordinal);
    }

    private static async Task<TenantId> BeginAsync(ApiHost host, int n)
    {
        var by = new Caller(null, Roles.PlatformOperator, "user:test");
        var made = await host.Get<RegisterTenant>().HandleAsync(new(new(CompanyName: "Many Carriers", Country: "US", TimeZone: "America/Chicago", InviteAdmin: false), $"many-{n}", new byte[32], by), default);
        var id = made.Value.TenantId;
        var given = await host.Get<ChangeTenant>().HandleAsync(new(id, new(SamsaraConfig: new(ApiToken: "samsara-token-of-many", GroupId: $"tag-{n}")), "test"), default);
        Assert.True(given.IsOk, given.Error?.Code);
        Assert.True((await host.Get<BeginOnboarding>().HandleAsync(new(id, "test"), default)).IsOk);
        return id;
    }

    /// <summary>As they are once Meta's codes were entered; NumberPoolTests does that.</summary>
    private static async Task FillPoolAsync(ApiHost host, WhatsAppControl meta)
    {
        await host.Get<Core.Security.ISecretStore>().TryCreateAsync("many-token", System.Text.Encoding.UTF8.GetBytes(PoolToken), default);
        await host.Get<Core.Security.ISecretStore>().TryCreateAsync("many-pin", "123456"u8.ToArray(), default);
        for (var n = 1; n <= s_size.Numbers; n++)
        {
            await meta.AddWabaAsync(new($"5550{n}", "FleetChat"));
            await meta.AddNumberAsync(new($"6660{n}", $"5550{n}", $"1312556{n:0000}", "FleetChat"));
        }
        await host.Database.ExecuteAsAdminAsync("""
            insert into directory.pool_numbers (id, e164, display, verified_name, waba_id, data_region, phone_number_id, token_secret, pin_secret, state, entered_at, changed_at)
            select gen_random_uuid(), '+1312556' || lpad(n::text, 4, '0'), n::text, 'FleetChat', '5550' || n, 'us', '6660' || n, 'many-token', 'many-pin', 'free', now(), now()
            from generate_series(1, $1) n
            """, P.Number(s_size.Numbers));
    }

    private static Task<long> CountAsync(ApiHost host, string sql) => host.Database.ScalarAsAdminAsync<long>(sql);
}
