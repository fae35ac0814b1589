using System.Diagnostics;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Core.Tenants.Onboarding;
using FleetChat.Core.Tenants.Registration;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace FleetChat.Tests.Demo;

/// <summary>
/// SIGKILL at every step of onboarding, when its call to the outside was made and its end is not committed; then while it is taken back. OnboardingTests
/// lets processes die before and after each call.
/// </summary>
public sealed class KilledOnboardingTests(ITestOutputHelper output)
{
    private const long Org = 6_006_100;
    private const string SamsaraToken = "samsara-token-of-the-company";
    private const string PoolToken = "token-of-the-pool";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly Gate[] s_steps = [Gate.NumberStep, Gate.DisplayNameStep, Gate.TemplatesStep, Gate.SamsaraStep, Gate.ActivationStep];

    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(250);
    private readonly Stopwatch _sincePassed = Stopwatch.StartNew();
    private DateTimeOffset _now;

    [Fact]
    public async Task Killed_host_brings_in_one_company_once_and_takes_the_other_back_whole()
    {
        await using var fleet = await MortalFleet.StartAsync("killed_onboarding", [], KilledDay.NextMorning(TimeProvider.System.GetUtcNow()));
        _now = fleet.Stage.Now;
        await using var core = SetUpServices.Create(fleet.Stage.Settings, new TestClock(this));
        await using var gates = await Gates.BuildAsync(fleet.Database);
        await fleet.Stage.Samsara.AddOrgAsync(new(Org, "Killed", SamsaraToken));
        await fleet.Stage.WhatsApp.AddTokenAsync(new(PoolToken));
        var number = await FreeNumberAsync(fleet, core, 1);

        await gates.CloseAsync(s_steps);
        var id = await BeginAsync(core, "north");
        await KillAtEachAsync(fleet, gates, s_steps);
        await PassUntilAsync(fleet, async () => await StatusAsync(fleet, id) == "active");
        await fleet.Stage.WhatsApp.DecideNameAsync(new(number));
        await PassUntilAsync(fleet, async () => await StateAsync(fleet, id) == "done");
        await AssertOnceAsync(fleet, id, number);
        output.WriteLine("brought in");

        await FreeNumberAsync(fleet, core, 2);
        // It lacks the agreement, so it does not begin.
        var other = await BeginAsync(core, "south", isGdpr: true);
        await PassUntilAsync(fleet, async () => await CountAsync(fleet, $"select count(*) from fleet.onboarding_steps where tenant_id = '{other}' and step = 'activation' and code = 'tenants.agreement_missing'") == 1);
        Gate[] back = [.. Enumerable.Reverse(s_steps)];
        await gates.CloseAsync(back);
        Assert.True((await core.GetRequiredService<CancelOnboarding>().HandleAsync(new(other, "test"), default)).IsOk);
        await KillAtEachAsync(fleet, gates, back);
        await PassUntilAsync(fleet, async () => await StateAsync(fleet, other) == "undone");
        await AssertNothingLeftAsync(fleet, other);
    }

    /// <summary>Each step's work is done, and not written down, when the host dies; the next one is shut before another host is there.</summary>
    private async Task KillAtEachAsync(MortalFleet fleet, Gates gates, Gate[] steps)
    {
        for (var at = 0; at < steps.Length; at++)
        {
            var later = steps[(at + 1)..];
            await Until.TrueAsync(async () =>
            {
                await PassAsync(fleet);
                return await gates.CountWaitingAsync(steps[at]) > 0;
            }, because: $"the host to stand at {steps[at]}", TimeSpan.FromSeconds(60));
            await fleet.KillAsync(async () =>
            {
                await gates.TurnAwayAsync();
                await gates.CloseAsync(later);
            });
        }
    }

    /// <summary>A minute of business time, a few times in a real second: a host that starts again must not find days gone.</summary>
    private async Task PassAsync(MortalFleet fleet)
    {
        if (_sincePassed.Elapsed < s_pace) return;
        _sincePassed.Restart();
        await fleet.SetClockAsync(_now += Minute);
    }

    private async Task PassUntilAsync(MortalFleet fleet, Func<Task<bool>> isSo)
        => await Until.TrueAsync(async () =>
        {
            await PassAsync(fleet);
            return await isSo();
        }, because: "onboarding to go on", TimeSpan.FromSeconds(90));

    private static async Task<TenantId> BeginAsync(ServiceProvider core, string tag, bool isGdpr = false)
    {
        var by = new Caller(null, Roles.PlatformOperator, "user:test");
        var made = await core.GetRequiredService<RegisterTenant>().HandleAsync(new(new(CompanyName: "Killed Carriers", Country: "US", TimeZone: "America/Chicago", InviteAdmin: false), tag, new byte[32], by), default);
        var id = made.Value.TenantId;
        var given = await core.GetRequiredService<ChangeTenant>().HandleAsync(new(id, new(SamsaraConfig: new(ApiToken: SamsaraToken, GroupId: tag),
            ComplianceSettings: new(GdprEnabled: isGdpr, DataRetentionDays: 365), DataProcessing: new(LegalBasis: "contract")), "test"), default);
        Assert.True(given.IsOk, given.Error?.Code);
        Assert.True((await core.GetRequiredService<BeginOnboarding>().HandleAsync(new(id, "test"), default)).IsOk);
        return id;
    }

    /// <returns>Meta's id of it.</returns>
    private static async Task<string> FreeNumberAsync(MortalFleet fleet, ServiceProvider core, int n)
    {
        var account = $"66600{n}";
        await fleet.Stage.WhatsApp.AddWabaAsync(new(account, "FleetChat", Subscribed: false));
        var entered = await core.GetRequiredService<EnterNumber>().HandleAsync(new($"+1 312 555 01{n:00}", null, "FleetChat", account, PoolToken), "operator", default);
        Assert.True(entered.IsOk, entered.Error?.Code);
        var code = (await fleet.Stage.WhatsApp.JournalAsync()).Last(e => e.Kind == "code.sent").Data.GetProperty("code").GetString()!;
        return (await core.GetRequiredService<VerifyNumber>().HandleAsync(entered.Value.Id, code, "operator", default)).Value.PhoneNumberId!;
    }

    private static async Task AssertOnceAsync(MortalFleet fleet, TenantId id, string number)
    {
        Assert.Single(await WebhooksAsync(fleet, id));
        Assert.Equal(1, await CountAsync(fleet, $"select count(*) from fleet.number_assignments where tenant_id = '{id}'"));
        Assert.Equal(1, await CountAsync(fleet, $"select count(*) from directory.pool_numbers where held_by = '{id}' and state = 'assigned'"));
        Assert.Equal(1, await CountAsync(fleet, $"select count(*) from fleet.tenant_configurations c where tenant_id = '{id}' and samsara_webhook_id is not null and whatsapp_phone_number_id = '{number}'"));
        var calls = (await fleet.Stage.WhatsApp.JournalAsync()).Where(e => e.Kind == "rest.request" && e.Data.GetProperty("status").GetInt32() == 200).Select(e => e.Data).ToList();
        Assert.Single(calls, call => call.GetProperty("path").GetString()!.EndsWith($"/{number}", StringComparison.Ordinal) && call.GetProperty("query").GetString()!.Contains("new_display_name", StringComparison.Ordinal));
        // Once as it joined the pool, once for its name.
        Assert.Equal(2, calls.Count(call => call.GetProperty("path").GetString()!.EndsWith($"/{number}/register", StringComparison.Ordinal)));
        var templates = calls.Where(call => call.GetProperty("method").GetString() == "POST" && call.GetProperty("path").GetString()!.EndsWith("/message_templates", StringComparison.Ordinal)).Select(call => call.GetProperty("body"))
            .Select(body => $"{body.GetProperty("name")} {body.GetProperty("language")}").ToList();
        Assert.Equal(templates.Distinct().Count(), templates.Count);
    }

    private static async Task AssertNothingLeftAsync(MortalFleet fleet, TenantId id)
    {
        Assert.Empty(await WebhooksAsync(fleet, id));
        Assert.Equal("terminated", await StatusAsync(fleet, id));
        Assert.Equal(0, await CountAsync(fleet, $"select count(*) from directory.pool_numbers where held_by = '{id}'"));
        Assert.Equal(1, await CountAsync(fleet, "select count(*) from directory.pool_numbers where state = 'cooling_down'"));
        Assert.Equal(0, await CountAsync(fleet, $"select count(*) from directory.samsara_scopes where held_by = '{id}'"));
        var key = await fleet.Database.ScalarAsAdminAsync<string>($"select key_secret_name from fleet.tenants where tenant_id = '{id}'");
        Assert.False(File.Exists(Path.Combine(fleet.Stage.Settings.SecretsFolder, key)));
    }

    private static async Task<List<string>> WebhooksAsync(MortalFleet fleet, TenantId id)
    {
        await using var core = SetUpServices.Create(fleet.Stage.Settings, TimeProvider.System);
        var hooks = await core.GetRequiredService<Core.Samsara.ISamsaraClient>().ListWebhooksAsync(new(fleet.Stage.Samsara.Address, SamsaraToken), default);
        return [.. hooks.Where(hook => hook.Url.EndsWith($"/{id}", StringComparison.Ordinal)).Select(hook => hook.Id)];
    }

    private static Task<string> StatusAsync(MortalFleet fleet, TenantId id) => fleet.Database.ScalarAsAdminAsync<string>($"select status from fleet.tenants where tenant_id = '{id}'");

    private static Task<string> StateAsync(MortalFleet fleet, TenantId id) => fleet.Database.ScalarAsAdminAsync<string>($"select state from fleet.onboardings where tenant_id = '{id}'");

    private static Task<long> CountAsync(MortalFleet fleet, string sql) => fleet.Database.ScalarAsAdminAsync<long>(sql);

    /// <summary>The business clock that the test sets.</summary>
    private sealed class TestClock(KilledOnboardingTests test) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => test._now;
    }
}
