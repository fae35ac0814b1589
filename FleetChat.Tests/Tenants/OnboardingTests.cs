using FleetChat.Core.Corporate;
using FleetChat.Core.Data;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Configuration;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Core.Tenants.Onboarding;
using FleetChat.Core.Tenants.Registration;
using FleetChat.Core.WhatsApp;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Drivers.Imports;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.Tests.Tenants;

/// <summary>
/// Onboarding's steps against both simulators, as the orchestration takes them: with a process that dies before and after each call to the outside, with
/// steps that fail for good, and taken back at each point.
/// </summary>
public sealed class OnboardingTests : IAsyncLifetime
{
    private const string WabaToken = "waba-token";
    private const long Org = 6_006_001;
    private static readonly Caller s_operator = new(null, Roles.PlatformOperator, "user:operator");
    private readonly Interruption _interruption = new();
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private SamsaraSimulator _samsara = null!;
    private WhatsAppSimulator _meta = null!;
    private int _numbers;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        var clock = new MovedClock();
        (_samsara, _meta) = (await SamsaraSimulator.StartAsync(new() { Clock = clock }), await WhatsAppSimulator.StartAsync(new() { Clock = clock }));
        _fleet = await TestFleet.StartAsync(_database, services =>
        {
            services.Configure<Core.Samsara.SamsaraOptions>(options => options.BaseUrl = _samsara.Address).Configure<Core.WhatsApp.WhatsAppOptions>(options => options.GraphBaseUrl = _meta.Address);
            _interruption.Around<ISamsaraClient>(services);
            _interruption.Around<IWhatsAppNumbers>(services);
        });
        clock.Of = _fleet.Clock;
        await _meta.Control.AddTokenAsync(new(WabaToken));
        await _samsara.Control.AddOrgAsync(new(Org, "Onboarded", "samsara-token-of-the-company"));
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _samsara.DisposeAsync();
        await _meta.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Steps_are_shown_with_what_somebody_has_to_do_until_the_company_begins()
    {
        var id = await RegisterAsync();
        var waiting = await DriveAsync(id);
        Assert.Equal(("waiting", "people", "numbers.pool_empty"), Of(waiting, OnboardingSteps.Number));
        Assert.Equal(("waiting", "people", "onboarding.samsara_token_missing"), Of(waiting, OnboardingSteps.Samsara));
        Assert.Equal(("waiting", "other_steps", "onboarding.steps_first"), Of(waiting, OnboardingSteps.Activation));
        Assert.Equal(2, waiting.ForPeople.Count);

        await FreeNumberAsync();
        await GiveTokenAsync(id);
        await ApproveTemplatesAsync(id);
        var begun = await DriveAsync(id);
        Assert.Equal(("running", "done"), (begun.State, Of(begun, OnboardingSteps.Activation).State));
        Assert.Equal(("waiting", "meta", "onboarding.name_pending"), Of(begun, OnboardingSteps.DisplayName));
        Assert.Equal("optional", begun.Steps.Single(step => step.Step == "roster").State);
        Assert.Equal("active", (await CompanyAsync(id)).Status);

        await _meta.Control.DecideNameAsync(new((await NumberAsync(id))!.PhoneNumberId!));
        var done = await DriveAsync(id);
        Assert.Equal("done", done.State);
        Assert.Equal("Onboarded Carriers", (await AtMetaAsync((await NumberAsync(id))!)).VerifiedName);
        await AssertOnceAsync(id);
        Assert.Equal("onboarding.over", (await _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default)).Error?.Code);
    }

    [Fact]
    public async Task Roster_shows_how_far_its_import_is()
    {
        var id = await RegisterAsync();
        var bench = new ImportBench(_fleet, new(id, "", "", "", "", ""));
        Assert.Equal(("optional", null), await RosterAsync(id));
        await bench.ImportAsync("samsara_id,name\na,Ana\n", ImportBench.Csv with { DryRun = true });
        Assert.Equal(("optional", null), await RosterAsync(id));

        var import = await bench.HandInAsync("samsara_id,name\na,Ana\nb,\n"u8.ToArray());
        Assert.Equal(("open", "Counts the rows."), await RosterAsync(id));
        await bench.RunAsync(import);
        Assert.Equal(("done", "2 of 2 rows: 1 added, 0 changed, 0 unchanged, 1 refused."), await RosterAsync(id));

        Assert.True((await _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default)).IsOk);
        await DriveAsync(id);
        Assert.Equal("2 of 2 rows: 1 added, 0 changed, 0 unchanged, 1 refused.", (await RosterAsync(id)).Message);
    }

    [Fact]
    public async Task A_name_that_Meta_declines_waits_for_another_and_the_company_works_meanwhile()
    {
        var id = await ReadyAsync();
        await DriveAsync(id);
        await _meta.Control.DecideNameAsync(new((await NumberAsync(id))!.PhoneNumberId!, Approved: false));
        Assert.Equal(("waiting", "people", "onboarding.name_declined"), Of(await DriveAsync(id), OnboardingSteps.DisplayName));

        await _fleet.Get<ChangeTenant>().HandleAsync(new(id, new(CompanyName: "Better Name"), "test"), default);
        Assert.Equal(("waiting", "meta", "onboarding.name_pending"), Of(await DriveAsync(id), OnboardingSteps.DisplayName));
        await _meta.Control.DecideNameAsync(new((await NumberAsync(id))!.PhoneNumberId!));
        Assert.Equal("done", (await DriveAsync(id)).State);
    }

    public static TheoryData<string, bool> OutsideCalls
    {
        get
        {
            var calls = new TheoryData<string, bool>();
            foreach (var call in new[] { nameof(IWhatsAppNumbers.ListAsync), nameof(IWhatsAppNumbers.SubmitNameAsync), nameof(ISamsaraClient.GetOrgAsync), nameof(ISamsaraClient.ListWebhooksAsync), nameof(ISamsaraClient.CreateWebhookAsync) })
            {
                calls.Add(call, false);
                calls.Add(call, true);
            }
            return calls;
        }
    }

    [Theory]
    [MemberData(nameof(OutsideCalls))]
    public async Task A_process_that_dies_at_a_call_to_the_outside_is_followed_by_one_that_ends_the_same(string call, bool isAfter)
    {
        var id = await ReadyAsync();

        await _interruption.DieAsync(call, isAfter, () => DriveAsync(id));
        await DriveAsync(id);
        await _meta.Control.DecideNameAsync(new((await NumberAsync(id))!.PhoneNumberId!));
        await DriveAsync(id);

        Assert.Equal("done", (await ViewAsync(id)).State);
        await AssertOnceAsync(id);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_dies_as_it_registers_the_approved_name_is_followed_by_one_that_ends_the_same(bool isAfter)
    {
        var id = await ReadyAsync();
        await DriveAsync(id);
        await _meta.Control.DecideNameAsync(new((await NumberAsync(id))!.PhoneNumberId!));

        await _interruption.DieAsync(nameof(IWhatsAppNumbers.RegisterAsync), isAfter, () => DriveAsync(id));
        await DriveAsync(id);

        Assert.Equal("done", (await ViewAsync(id)).State);
        await AssertOnceAsync(id);
    }

    [Fact]
    public async Task A_webhook_that_Samsara_refuses_waits_for_people_and_is_made_when_it_is_mended()
    {
        var id = await ReadyAsync();
        var platform = _fleet.Get<IOptions<PlatformOptions>>().Value;
        var address = platform.PublicBaseUrl;
        // Samsara takes no address that is not https.
        platform.PublicBaseUrl = new("http://fleetchat.example");

        Assert.Equal(("waiting", "people", "samsara.refused"), Of(await DriveAsync(id), OnboardingSteps.Samsara));
        Assert.Equal(1, await AlertsAsync("onboarding.refused", id));

        platform.PublicBaseUrl = address;
        await DriveAsync(id);
        Assert.Equal("active", (await CompanyAsync(id)).Status);
        await AssertOnceAsync(id);
    }

    [Theory]
    [InlineData(400, "/me", "samsara.refused")]
    [InlineData(401, "/", "samsara.token_refused")]
    [InlineData(403, "/fleet/vehicles", "samsara.scope_missing")]
    public async Task A_token_that_Samsara_does_not_take_any_more_waits_for_people_however_long(int status, string path, string code)
    {
        var id = await ReadyAsync();
        await _samsara.Control.FailCallsAsync(new(status, 1000, path));

        for (var hours = 0; hours <= 30; hours += 6)
        {
            Assert.Equal(("waiting", "people", code), Of(await RoundAsync(id), OnboardingSteps.Samsara));
            _fleet.Clock.Advance(TimeSpan.FromHours(6));
        }

        Assert.Equal(("running", 1), ((await ViewAsync(id)).State, await AlertsAsync("onboarding.refused", id)));
    }

    [Fact]
    public async Task A_number_that_cannot_be_handed_over_undoes_all()
    {
        var (id, number, holder) = (await RegisterAsync(), await FreeNumberAsync(), await _fleet.AddCompanyAsync());
        await _database.ExecuteAsAdminAsync($"insert into directory.phone_numbers (phone_number_id, tenant_id, created_at) values ('{number.PhoneNumberId}', '{holder.Id}', now())");

        var undone = await DriveAsync(id);

        Assert.Equal(("undone", "tenants.number_taken"), (undone.State, undone.Reason));
        await AssertNothingLeftAsync(id);
        Assert.Equal(1, await AlertsAsync("onboarding.failed", id));
    }

    [Fact]
    public async Task Trouble_that_lasts_a_day_undoes_all_and_trouble_that_passes_does_not()
    {
        var id = await ReadyAsync();
        await _samsara.Control.FailCallsAsync(new(500, 1, "/me"));
        Assert.Equal(("retrying", null, "samsara.unreachable"), Of(await RoundAsync(id), OnboardingSteps.Samsara));
        Assert.Equal("done", Of(await DriveAsync(id), OnboardingSteps.Samsara).State);

        var other = await ReadyAsync();
        await _samsara.Control.FailCallsAsync(new(500, 100_000, "/me"));
        await LookForAsync(other, TimeSpan.FromHours(23));
        Assert.Equal("retrying", Of(await ViewAsync(other), OnboardingSteps.Samsara).State);
        await LookForAsync(other, TimeSpan.FromHours(2));
        await DriveAsync(other);
        Assert.Equal("samsara.unreachable", (await ViewAsync(other)).Reason);
        await AssertNothingLeftAsync(other);
    }

    [Fact]
    public async Task A_host_that_was_down_for_days_has_seen_no_trouble_meanwhile()
    {
        var id = await ReadyAsync();
        await _samsara.Control.FailCallsAsync(new(500, 100_000, "/me"));
        await RoundAsync(id);
        for (var starts = 0; starts < 3; starts++)
        {
            _fleet.Clock.Advance(TimeSpan.FromHours(25));
            Assert.Equal("retrying", Of(await RoundAsync(id), OnboardingSteps.Samsara).State);
        }

        // Of the day that it has to last, nothing has passed yet.
        await LookForAsync(id, TimeSpan.FromHours(23));
        Assert.Equal("running", (await ViewAsync(id)).State);
        await LookForAsync(id, TimeSpan.FromHours(2));
        Assert.Equal("samsara.unreachable", (await ViewAsync(id)).Reason);
    }

    [Fact]
    public async Task A_token_that_Meta_does_not_take_any_more_waits_for_people_and_goes_on_when_it_is_good_again()
    {
        var id = await RegisterAsync();
        var number = await FreeNumberAsync();
        await DriveAsync(id, OnboardingSteps.Number);
        await _meta.Control.ExpireTokenAsync(WabaToken, _fleet.Clock.GetUtcNow());

        var waiting = await DriveAsync(id);
        Assert.Equal(("running", ("waiting", "people", "onboarding.account_refused")), (waiting.State, Of(waiting, OnboardingSteps.DisplayName)));
        Assert.Contains("(error 190)", waiting.Steps.Single(step => step.Step == OnboardingSteps.DisplayName).Message, StringComparison.Ordinal);
        Assert.Equal((number.Id, 1), ((await NumberAsync(id))!.Id, await AlertsAsync("onboarding.refused", id)));

        await _meta.Control.ExpireTokenAsync(WabaToken, _fleet.Clock.GetUtcNow().AddYears(1));
        Assert.Equal(("waiting", "meta", "onboarding.name_pending"), Of(await DriveAsync(id), OnboardingSteps.DisplayName));
    }

    [Fact]
    public async Task A_company_that_is_taken_back_is_not_changed_any_more()
    {
        var (id, own) = (await RegisterAsync(), await OwnNumberAsync());
        await _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default);

        foreach (var change in new TenantChange[] { new(CompanyName: "Better Name"), new(WhatsappConfig: own) })
            Assert.Equal("tenants.taken_back", (await _fleet.Get<ChangeTenant>().HandleAsync(new(id, change, "test"), default)).Error?.Code);

        await DriveAsync(id);
        await AssertNothingLeftAsync(id);
    }

    [Fact]
    public async Task A_number_of_the_companys_own_is_free_again_when_the_company_is_closed()
    {
        var (id, own) = (await RegisterAsync(), await OwnNumberAsync());
        await GiveOwnAsync(id, own);
        await _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default);

        await _fleet.Get<TakeOnboardingStep>().CloseAsync(new(id.Value, await SubjectAsync(id)), default);

        await AssertNothingLeftAsync(id);
        var other = await RegisterAsync();
        await GiveOwnAsync(other, own);
        Assert.Equal(own.PhoneNumberId, (await CompanyAsync(other)).Configuration.WhatsappConfig.PhoneNumberId);
    }

    [Fact]
    public async Task A_company_that_gives_its_own_number_after_the_step_has_looked_keeps_it_and_the_pool_its_own()
    {
        var (id, own, pooled) = (await RegisterAsync(), await OwnNumberAsync(), await FreeNumberAsync());
        var seen = await CompanyAsync(id);
        await _fleet.Get<NumberPool>().ReserveAsync(id, "us", default);
        await GiveOwnAsync(id, own);

        Assert.IsType<StepResult.Done>(await NumberStep.TakeAsync(new(id, seen, "test"), default));

        Assert.Equal((WhatsappConfig.Company, own.PhoneNumberId), ((await CompanyAsync(id)).Configuration.WhatsappConfig.Ownership, (await CompanyAsync(id)).Configuration.WhatsappConfig.PhoneNumberId));
        Assert.Equal(PoolNumber.Free, (await _fleet.Get<NumberPool>().ListAsync(default)).Single(n => n.Id == pooled.Id).State);
    }

    [Fact]
    public async Task Of_a_number_of_its_own_and_one_of_the_pool_at_once_a_company_has_one()
    {
        for (var round = 0; round < 6; round++)
        {
            var (id, own) = (await RegisterAsync(), await OwnNumberAsync());
            await FreeNumberAsync();
            var (subject, change) = (await SubjectAsync(id), _fleet.Get<ChangeTenant>());

            var given = Task.Run(() => change.HandleAsync(new(id, new(WhatsappConfig: own), "test"), default));
            await Task.WhenAll(given, Task.Run(() => _fleet.Get<TakeOnboardingStep>().HandleAsync(new(id.Value, subject, OnboardingSteps.Number), default)));
            await DriveAsync(id, OnboardingSteps.Number);

            var (hasOwn, has) = ((await given).IsOk, (await CompanyAsync(id)).Configuration.WhatsappConfig);
            Assert.Equal((hasOwn ? WhatsappConfig.Company : WhatsappConfig.Pool, hasOwn), (has.Ownership, has.PhoneNumberId == own.PhoneNumberId));
            Assert.Equal(hasOwn ? null : PoolNumber.Assigned, (await NumberAsync(id))?.State);
            Assert.Equal(1, await _database.ScalarAsAdminAsync<long>($"select count(*) from directory.phone_numbers where tenant_id = '{id}'"));
        }
    }

    [Fact]
    public async Task No_number_is_reserved_while_nobody_else_may_be_written_to_that_day()
    {
        var id = await RegisterAsync();
        await FreeNumberAsync();
        await _database.ExecuteAsAdminAsync("update directory.portfolios set daily_limit = 250 where portfolio_id = 'platform'");
        await _database.ExecuteAsAdminAsync($"insert into directory.portfolio_reach (tenant_id, portfolio_id, slot, people) values ('{id}', 'platform', now() + interval '1 day', 250)");

        var waits = await DriveAsync(id, OnboardingSteps.Number);
        Assert.Equal(("waiting", "numbers.people_used_up"), (Of(waits, OnboardingSteps.Number).State, Of(waits, OnboardingSteps.Number).Code));
        Assert.Equal(1, await _database.ScalarAsAdminAsync<long>("select count(*) from directory.pool_numbers where state = 'free'"));

        await _database.ExecuteAsAdminAsync("update directory.portfolios set daily_limit = 2000 where portfolio_id = 'platform'");
        Assert.Equal("done", Of(await DriveAsync(id, OnboardingSteps.Number), OnboardingSteps.Number).State);
    }

    [Fact]
    public async Task A_suspended_company_is_neither_brought_on_nor_taken_back_and_goes_on_when_it_returns()
    {
        var id = await ReadyAsync();
        await _fleet.Get<SuspendTenant>().SuspendAsync(id, "asked", "test", default);

        var rests = await DriveAsync(id);
        Assert.Equal(("running", "open"), (rests.State, Of(rests, OnboardingSteps.Samsara).State));
        Assert.Equal("tenants.suspended", (await _fleet.Get<ActivateTenant>().HandleAsync(id, "test", default)).Error?.Code);
        Assert.Equal("suspended", (await CompanyAsync(id)).Status);
        Assert.Empty(await WebhooksAsync(id));

        await _database.ExecuteAsAdminAsync($"delete from fleet.orchestration_commands where tenant_id = '{id}'");
        await _fleet.Get<SuspendTenant>().LiftAsync(id, "test", default);
        Assert.Equal(1, await _database.ScalarAsAdminAsync<long>($"select count(*) from fleet.orchestration_commands where tenant_id = '{id}'"));
        await DriveAsync(id);
        Assert.Equal("active", (await CompanyAsync(id)).Status);
        await AssertOnceAsync(id);
    }

    [Fact]
    public async Task A_company_that_works_and_is_suspended_is_not_taken_back_though_its_name_is_pending()
    {
        var id = await ReadyAsync();
        Assert.Equal("running", (await DriveAsync(id)).State);
        await _fleet.Get<SuspendTenant>().SuspendAsync(id, "unpaid", "test", default);

        Assert.Equal("onboarding.over", (await _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default)).Error?.Code);

        Assert.Equal(("running", "suspended"), ((await ViewAsync(id)).State, (await CompanyAsync(id)).Status));
        await AssertOnceAsync(id);
    }

    [Fact]
    public async Task A_company_that_pays_for_another_is_not_taken_back_before_its_books_are_settled()
    {
        var (id, child) = (await RegisterAsync(), await RegisterAsync());
        Assert.True((await _fleet.Get<SetParent>().HandleAsync(new(child.Value, id.Value, "test"), default)).IsOk);
        var cancel = _fleet.Get<CancelOnboarding>();

        Assert.Equal("corporate.has_children", (await cancel.HandleAsync(new(id, "test"), default)).Error?.Code);
        Assert.Equal("running", (await ViewAsync(id)).State);
        // One that failed by itself is taken back, and closed as soon as that can be.
        await _database.ExecuteAsAdminAsync($"update fleet.onboardings set state = 'undoing', reason = 'number' where tenant_id = '{id}'");
        await Assert.ThrowsAsync<InvalidOperationException>(() => _fleet.Get<CloseOnboarding>().HandleAsync(id, "test", default));
        Assert.Equal("onboarding", (await CompanyAsync(id)).Status);
        Assert.True((await _fleet.Get<ClearParent>().HandleAsync(new(child.Value, "test"), default)).IsOk);
        await _fleet.Get<CloseOnboarding>().HandleAsync(id, "test", default);

        Assert.Equal("undone", (await ViewAsync(id)).State);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Taken_back_at_any_point_nothing_is_left(int steps)
    {
        var id = await RegisterAsync();
        await FreeNumberAsync();
        await GiveTokenAsync(id);
        foreach (var step in OnboardingSteps.All.Where(step => step != OnboardingSteps.Activation).Take(steps)) await DriveAsync(id, step);

        var cancelled = await _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default);
        Assert.Equal(("undoing", "cancelled"), (cancelled.Value.State, cancelled.Value.Reason));
        await DriveAsync(id);
        // Twice, as after a crash.
        await _fleet.Get<TakeOnboardingStep>().CloseAsync(new(id.Value, await SubjectAsync(id)), default);

        Assert.Equal("undone", (await ViewAsync(id)).State);
        await AssertNothingLeftAsync(id);
    }

    [Theory]
    [InlineData(nameof(ISamsaraClient.ListWebhooksAsync), false)]
    [InlineData(nameof(ISamsaraClient.ListWebhooksAsync), true)]
    [InlineData(nameof(ISamsaraClient.DeleteWebhookAsync), false)]
    [InlineData(nameof(ISamsaraClient.DeleteWebhookAsync), true)]
    public async Task A_process_that_dies_as_it_takes_back_is_followed_by_one_that_leaves_nothing(string call, bool isAfter)
    {
        var id = await RegisterAsync();
        await FreeNumberAsync();
        await GiveTokenAsync(id);
        await DriveAsync(id, OnboardingSteps.Number, OnboardingSteps.Samsara);
        await _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default);

        await _interruption.DieAsync(call, isAfter, () => DriveAsync(id));
        await DriveAsync(id);

        await AssertNothingLeftAsync(id);
    }

    [Fact]
    public async Task Samsara_that_is_away_while_it_is_taken_back_is_waited_for()
    {
        var id = await RegisterAsync();
        await GiveTokenAsync(id);
        await DriveAsync(id, OnboardingSteps.Samsara);
        await _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default);
        await _samsara.Control.FailCallsAsync(new(503, 2, "/webhooks"));

        await DriveAsync(id);

        await AssertNothingLeftAsync(id);
    }

    [Fact]
    public async Task Two_processes_that_take_the_same_step_at_once_leave_one_of_each()
    {
        var id = await ReadyAsync();
        var subject = await SubjectAsync(id);

        // The name apart: submitted twice it is the same name under the same review.
        foreach (var step in OnboardingSteps.All.Where(step => step != OnboardingSteps.DisplayName))
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => _fleet.Get<TakeOnboardingStep>().HandleAsync(new(id.Value, subject, step), default))));
        await DriveAsync(id);

        Assert.Equal("active", (await CompanyAsync(id)).Status);
        await AssertOnceAsync(id);
    }

    [Fact]
    public async Task Of_taking_back_and_beginning_at_once_one_comes_first()
    {
        for (var round = 0; round < 4; round++)
        {
            var id = await ReadyAsync();
            await DriveAsync(id, [.. OnboardingSteps.Needed]);
            var subject = await SubjectAsync(id);

            await Task.WhenAll(
                Task.Run(() => _fleet.Get<TakeOnboardingStep>().HandleAsync(new(id.Value, subject, OnboardingSteps.Activation), default)),
                Task.Run(() => _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default)));
            await DriveAsync(id);

            if ((await CompanyAsync(id)).Status == "terminated") await AssertNothingLeftAsync(id);
            else await AssertOnceAsync(id);
        }
    }

    [Fact]
    public async Task A_closed_company_is_to_everybody_as_if_it_had_never_been_and_its_id_stays_taken()
    {
        var id = await RegisterAsync();
        await _fleet.Get<CancelOnboarding>().HandleAsync(new(id, "test"), default);
        await DriveAsync(id);

        Assert.Null(await _fleet.Get<TenantSettingsCache>().FindAtDoorAsync(id, default));
        var shown = await CompanyAsync(id);
        Assert.Equal(("terminated", null, null), (shown.Status, shown.PrimaryContact, shown.Address));
        Assert.Equal("tenants.leaving", (await _fleet.Get<ChangeTenant>().HandleAsync(new(id, new(CompanyName: "X"), "test"), default)).Error?.Code);
        Assert.NotEqual(id, await RegisterOnlyAsync("again"));
    }

    private IOnboardingStep NumberStep => _fleet.Get<IEnumerable<IOnboardingStep>>().Single(step => step.Name == OnboardingSteps.Number);

    private Task<long> AlertsAsync(string code, TenantId id) => _database.ScalarAsAdminAsync<long>($"select count(*) from fleet.platform_alerts where code = '{code}' and subject = '{id}'");

    /// <summary>At Meta, in an account of its own.</summary>
    private async Task<WhatsappConfigChange> OwnNumberAsync()
    {
        var own = ++_numbers;
        await _meta.Control.AddWabaAsync(new($"8800{own}", "Own", Subscribed: false));
        await _meta.Control.AddTokenAsync(new($"token-of-own-{own}", [$"8800{own}"]));
        await _meta.Control.AddNumberAsync(new($"9900{own}", $"8800{own}", $"13125556{own:000}", "Own"));
        return new(Ownership: WhatsappConfig.Company, PhoneNumberId: $"9900{own}", BusinessAccountId: $"8800{own}", AccessToken: $"token-of-own-{own}");
    }

    private async Task GiveOwnAsync(TenantId id, WhatsappConfigChange own)
    {
        var given = await _fleet.Get<ChangeTenant>().HandleAsync(new(id, new(WhatsappConfig: own), "test"), default);
        Assert.True(given.IsOk, given.Error?.Code);
    }

    /// <summary>At Samsara, as often as the orchestration does.</summary>
    private async Task LookForAsync(TenantId id, TimeSpan span)
    {
        var (subject, until) = (await SubjectAsync(id), _fleet.Clock.GetUtcNow() + span);
        while (_fleet.Clock.GetUtcNow() < until)
        {
            if (await _fleet.Get<TakeOnboardingStep>().HandleAsync(new(id.Value, subject, OnboardingSteps.Samsara), default) is not { NextAt: { } next }) return;
            _fleet.Clock.Advance(next - _fleet.Clock.GetUtcNow());
        }
    }

    private async Task<TenantId> RegisterAsync()
    {
        var id = await RegisterOnlyAsync(_fleet.Clock.NewId().ToString());
        Assert.Equal("running", (await _fleet.Get<BeginOnboarding>().HandleAsync(new(id, "test"), default)).Value.State);
        Assert.Equal("running", (await _fleet.Get<BeginOnboarding>().HandleAsync(new(id, "test"), default)).Value.State);
        return id;
    }

    private async Task<TenantId> RegisterOnlyAsync(string key)
        => (await _fleet.Get<RegisterTenant>().HandleAsync(
            new(new(CompanyName: "Onboarded Carriers", Country: "US", TimeZone: "America/Chicago", PrimaryContact: new("Ida", "ida@example.com"), Address: "1 Road"), key, new byte[32], s_operator), default)).Value.TenantId;

    /// <summary>Everything is there that people and Meta have to give.</summary>
    private async Task<TenantId> ReadyAsync()
    {
        var id = await RegisterAsync();
        await FreeNumberAsync();
        await GiveTokenAsync(id);
        await DriveAsync(id, OnboardingSteps.Number);
        await ApproveTemplatesAsync(id);
        return id;
    }

    private async Task<(string State, string? Message)> RosterAsync(TenantId id)
    {
        var roster = (await ViewAsync(id)).Steps.Single(step => step.Step == "roster");
        return (roster.State, roster.Message);
    }

    private async Task GiveTokenAsync(TenantId id)
    {
        var given = await _fleet.Get<ChangeTenant>().HandleAsync(new(id, new(SamsaraConfig: new(ApiToken: "samsara-token-of-the-company", GroupId: $"tag-{id}")), "test"), default);
        Assert.True(given.IsOk, given.Error?.Code);
    }

    private async Task<PoolNumber> FreeNumberAsync()
    {
        var (n, account) = (++_numbers, $"7700{_numbers}");
        await _meta.Control.AddWabaAsync(new(account, "FleetChat", Subscribed: false));
        var entered = (await _fleet.Get<EnterNumber>().HandleAsync(new($"+1 312 555 01{n:00}", null, "FleetChat", account, WabaToken), "operator", default)).Value;
        var code = (await _meta.Control.JournalAsync()).Last(e => e.Kind == "code.sent").Data.GetProperty("code").GetString()!;
        return (await _fleet.Get<VerifyNumber>().HandleAsync(entered.Id, code, "operator", default)).Value;
    }

    /// <summary>Meta decides on the company's templates, once they are submitted.</summary>
    private async Task ApproveTemplatesAsync(TenantId id)
    {
        await DriveAsync(id, OnboardingSteps.Number, OnboardingSteps.Templates);
        _fleet.Clock.Advance(TimeSpan.FromHours(1));
        await Until.TrueAsync(async () => Of(await DriveAsync(id, OnboardingSteps.Templates), OnboardingSteps.Templates).State == "done", because: "Meta's reviews to end");
    }

    private async Task<OnboardingView> RoundAsync(TenantId id)
    {
        var subject = await SubjectAsync(id);
        foreach (var step in OnboardingSteps.All)
            if ((await _fleet.Get<TakeOnboardingStep>().HandleAsync(new(id.Value, subject, step), default)).IsUndone) break;
        return await ViewAsync(id);
    }

    /// <summary>As the orchestration does, until nothing goes on by itself.</summary>
    /// <param name="only">These steps; none: all.</param>
    private async Task<OnboardingView> DriveAsync(TenantId id, params string[] only)
    {
        var (subject, take) = (await SubjectAsync(id), _fleet.Get<TakeOnboardingStep>());
        for (var round = 0; round < 6; round++)
        {
            var isUndone = false;
            foreach (var step in OnboardingSteps.All.Where(step => only.Length == 0 || only.Contains(step)))
            {
                isUndone = (await take.HandleAsync(new(id.Value, subject, step), default)).IsUndone;
                if (isUndone) break;
            }
            if (isUndone)
            {
                await UndoAsync(id, subject);
                break;
            }
            await _fleet.SweepAsync();
            _fleet.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        return await ViewAsync(id);
    }

    private async Task UndoAsync(TenantId id, Guid subject)
    {
        foreach (var step in OnboardingSteps.All.Reverse())
        {
            for (var attempt = 0; !(await _fleet.Get<TakeOnboardingStep>().UndoAsync(new(id.Value, subject, step), default)).IsDone; attempt++)
            {
                Assert.True(attempt < 20, step);
                _fleet.Clock.Advance(TimeSpan.FromMinutes(15));
            }
        }
        await _fleet.Get<TakeOnboardingStep>().CloseAsync(new(id.Value, subject), default);
    }

    /// <summary>At the outside there is one of each, and ours are those.</summary>
    private async Task AssertOnceAsync(TenantId id)
    {
        var company = await CompanyAsync(id);
        var webhook = Assert.Single(await WebhooksAsync(id));
        Assert.Equal(webhook.Id, company.Configuration.SamsaraConnection.WebhookId);
        Assert.True(company.Configuration.SamsaraConfig.WebhookSecret.Set);
        var number = Assert.Single(await _fleet.Get<NumberPool>().ListAsync(default), n => n.TenantId == id);
        Assert.Equal((PoolNumber.Assigned, number.PhoneNumberId), (number.State, company.Configuration.WhatsappConfig.PhoneNumberId));
        Assert.Equal(1, await _database.ScalarAsAdminAsync<long>($"select count(*) from fleet.number_assignments where tenant_id = '{id}'"));
        Assert.Equal(1, await _database.ScalarAsAdminAsync<long>($"select count(*) from directory.phone_numbers where tenant_id = '{id}'"));
        var asked = (await _meta.Control.JournalAsync()).Where(e => e.Kind == "rest.request" && e.Data.GetProperty("path").GetString()!.EndsWith($"/{number.PhoneNumberId}", StringComparison.Ordinal)).ToList();
        Assert.Single(asked, e => e.Data.GetProperty("query").GetString()!.Contains("new_display_name", StringComparison.Ordinal));
    }

    private async Task AssertNothingLeftAsync(TenantId id)
    {
        Assert.Equal("undone", (await ViewAsync(id)).State);
        Assert.Equal("terminated", (await CompanyAsync(id)).Status);
        Assert.Empty(await WebhooksAsync(id));
        Assert.DoesNotContain(await _fleet.Get<NumberPool>().ListAsync(default), n => n.TenantId == id);
        Assert.Equal(0, await _database.ScalarAsAdminAsync<long>($"select count(*) from directory.phone_numbers where tenant_id = '{id}'"));
        Assert.Equal(0, await _database.ScalarAsAdminAsync<long>($"select count(*) from directory.samsara_scopes where held_by = '{id}'"));
        var key = await _database.ScalarAsAdminAsync<string>($"select key_secret_name from fleet.tenants where tenant_id = '{id}'");
        Assert.Null(await _fleet.Get<ISecretStore>().FindAsync(key, default));
        Assert.True(await _database.ScalarAsAdminAsync<bool>(
            $"select samsara_api_token is null and samsara_webhook_secret is null and whatsapp_access_token is null and primary_contact is null from fleet.tenant_configurations join fleet.tenants using (tenant_id) where tenant_id = '{id}'"));
    }

    private async Task<List<Core.Samsara.Webhooks.SamsaraWebhook>> WebhooksAsync(TenantId id)
        => [.. (await _fleet.Get<ISamsaraClient>().ListWebhooksAsync(new(_samsara.Address, "samsara-token-of-the-company"), default)).Where(w => w.Url.EndsWith($"/{id}", StringComparison.Ordinal))];

    private async Task<AccountNumber> AtMetaAsync(PoolNumber number)
        => (await _fleet.Get<IWhatsAppNumbers>().ListAsync(new(number.BusinessAccountId, WabaToken), default)).Single(n => n.PhoneNumberId == number.PhoneNumberId);

    private async Task<PoolNumber?> NumberAsync(TenantId id) => (await _fleet.Get<NumberPool>().ListAsync(default)).SingleOrDefault(n => n.TenantId == id);

    private async Task<TenantView> CompanyAsync(TenantId id) => (await _fleet.Get<GetTenant>().HandleAsync(id, default)).Value;

    private async Task<OnboardingView> ViewAsync(TenantId id) => (await _fleet.Get<GetOnboarding>().HandleAsync(id, default)).Value;

    private Task<Guid> SubjectAsync(TenantId id) => _database.ScalarAsAdminAsync<Guid>($"select id from fleet.onboardings where tenant_id = '{id}'");

    private static (string State, string? WaitsFor, string? Code) Of(OnboardingView view, string step)
    {
        var found = view.Steps.Single(s => s.Step == step);
        return (found.State, found.WaitsFor, found.Code);
    }

    /// <summary>The simulators' clock is the fleet's, which comes after them.</summary>
    private sealed class MovedClock : TimeProvider
    {
        public TimeProvider Of { get; set; } = System;

        public override DateTimeOffset GetUtcNow() => Of.GetUtcNow();
    }
}
