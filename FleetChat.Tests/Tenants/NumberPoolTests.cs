using System.Text;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Tenants.Numbers;
using FleetChat.Core.WhatsApp;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Moq;

namespace FleetChat.Tests.Tenants;

/// <summary>The pool against Meta's simulator: a number's way from a contract to a company and back, each step repeated as after a crash.</summary>
public sealed class NumberPoolTests : IAsyncLifetime
{
    private const string Token = "waba-token";
    private const string NewToken = "new-waba-token";
    private TestDatabase _database = null!;
    private TestFleet _fleet = null!;
    private WhatsAppSimulator _meta = null!;
    private int _numbers;

    private NumberPool Pool => _fleet.Get<NumberPool>();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.BorrowAsync();
        _fleet = await TestFleet.StartAsync(_database, services => services.Replace(ServiceDescriptor.Singleton<IWhatsAppNumbers>(_ => new WhatsAppNumbers(
            new(), Options.Create(new FleetChat.Core.WhatsApp.WhatsAppOptions { GraphBaseUrl = _meta.Address })))));
        _meta = await WhatsAppSimulator.StartAsync(new() { Clock = _fleet.Clock });
        await _meta.Control.AddTokenAsync(new(Token));
    }

    public async Task DisposeAsync()
    {
        await _meta.DisposeAsync();
        await _fleet.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_number_is_entered_verified_by_Metas_code_and_free()
    {
        var entered = Value(await EnterAsync(await NewAsync()));
        Assert.Equal((PoolNumber.CodeSent, "+1-555-ABC-FLEET"), (entered.State, entered.Display));

        var free = Value(await VerifyAsync(entered.Id, await CodeAsync()));

        Assert.Equal(PoolNumber.Free, free.State);
        var atMeta = Assert.Single(await _fleet.Get<IWhatsAppNumbers>().ListAsync(new(entered.BusinessAccountId, Token), default));
        Assert.Equal((entered.PhoneNumberId, true, true), (atMeta.PhoneNumberId, atMeta.IsVerified, atMeta.IsRegistered));
        Assert.Equal([entered.Id], (await Pool.ListAsync(default)).Select(n => n.Id));
    }

    [Fact]
    public async Task No_more_numbers_are_entered_than_Meta_allows_accounts_and_people_are_told_before()
    {
        _fleet.Get<IOptions<FleetChat.Core.WhatsApp.WhatsAppOptions>>().Value.MostAccounts = 2;
        var first = await NewAsync();
        Value(await EnterAsync(first));
        await Quotas.JudgeAsync(default);
        Assert.Equal("", await OpenAlertsAsync());

        Value(await EnterAsync(await NewAsync()));
        Assert.Equal("numbers.accounts_used_up", (await EnterAsync(await NewAsync())).Error?.Code);
        // One that is in the pool goes on.
        Value(await EnterAsync(first));
        Assert.Equal((2, 2), (await Quotas.ListAsync(default)).Where(q => q.Name == MetaQuota.Accounts).Select(q => (q.Used, q.Most)).Single());
        await Quotas.JudgeAsync(default);
        await Quotas.JudgeAsync(default);
        Assert.Equal(MetaQuota.Accounts, await OpenAlertsAsync());

        _fleet.Get<IOptions<FleetChat.Core.WhatsApp.WhatsAppOptions>>().Value.MostAccounts = 10;
        await Quotas.JudgeAsync(default);
        Assert.Equal("", await OpenAlertsAsync());
    }

    [Fact]
    public async Task People_whom_a_portfolio_has_written_to_in_a_day_are_counted_against_its_limit()
    {
        var company = await _fleet.AddCompanyAsync();
        await _database.ExecuteAsAdminAsync("update directory.portfolios set daily_limit = 250 where portfolio_id = 'platform'");
        await ReachAsync(company, people: 199, _fleet.Clock.GetUtcNow());
        await ReachAsync(company, people: 90, _fleet.Clock.GetUtcNow().AddHours(-25));
        await Quotas.JudgeAsync(default);
        Assert.Equal("", await OpenAlertsAsync());

        await ReachAsync(company, people: 1, _fleet.Clock.GetUtcNow().AddHours(-1));
        await Quotas.JudgeAsync(default);

        Assert.Equal((200, 250), (await Quotas.ListAsync(default)).Where(q => q.Name == MetaQuota.PeopleADay).Select(q => (q.Used, q.Most)).Single());
        Assert.Equal("platform", await OpenAlertsAsync());
    }

    private MetaQuotas Quotas => _fleet.Get<MetaQuotas>();

    private Task ReachAsync(TestCompany company, int people, DateTimeOffset slot) => _database.ExecuteAsAdminAsync(
        "insert into directory.portfolio_reach (tenant_id, portfolio_id, slot, people) values ($1, 'platform', $2, $3)", P.Text(company.Id.Value), P.Time(slot), P.Number(people));

    private Task<string> OpenAlertsAsync() => _database.ScalarAsAdminAsync<string>("select coalesce(string_agg(subject, ' '), '') from fleet.platform_alerts where code = 'meta.near_quota' and closed_at is null");

    [Fact]
    public async Task Every_step_may_be_repeated_and_Meta_sees_one_number_and_one_registration()
    {
        var input = await NewAsync();
        var first = Value(await EnterAsync(input));
        var again = Value(await EnterAsync(input));
        Assert.Equal((first.Id, first.PhoneNumberId), (again.Id, again.PhoneNumberId));

        var code = await CodeAsync();
        Value(await VerifyAsync(first.Id, code));
        Assert.Equal(PoolNumber.Free, Value(await VerifyAsync(first.Id, code)).State);
        Assert.Equal(PoolNumber.Free, Value(await EnterAsync(input)).State);

        // Died after Meta had registered it and before we knew: the code is not valid any more, and is not needed.
        await _database.ExecuteAsAdminAsync("update directory.pool_numbers set state = 'code_sent'");
        Assert.Equal(PoolNumber.Free, Value(await VerifyAsync(first.Id, code)).State);
        Assert.Single(await _fleet.Get<IWhatsAppNumbers>().ListAsync(new(input.BusinessAccountId!, Token), default));
    }

    [Fact]
    public async Task What_Meta_refuses_is_told_by_its_code_and_the_number_waits()
    {
        var entered = Value(await EnterAsync(await NewAsync()));

        var refused = await VerifyAsync(entered.Id, "000000");

        Assert.Equal("numbers.refused_by_meta", refused.Error?.Code);
        Assert.Contains("136025", refused.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(PoolNumber.Free, Value(await VerifyAsync(entered.Id, await CodeAsync())).State);
    }

    [Fact]
    public async Task A_token_is_replaced_by_the_next_request_and_that_of_a_verified_number_only_by_one_that_reads_the_number()
    {
        var input = await NewAsync();
        Assert.Equal("numbers.refused_by_meta", (await EnterAsync(input with { AccessToken = "mistyped" })).Error?.Code);
        var entered = Value(await EnterAsync(input));
        Value(await VerifyAsync(entered.Id, await CodeAsync()));
        Assert.Equal((Token, 1), (await TokenAsync(), await ChangesAsync()));

        Assert.Equal("numbers.refused_by_meta", (await EnterAsync(input with { AccessToken = "mistyped" })).Error?.Code);
        Assert.Equal((Token, 1), (await TokenAsync(), await ChangesAsync()));

        await _meta.Control.AddTokenAsync(new(NewToken));
        Assert.Equal(PoolNumber.Free, Value(await EnterAsync(input with { AccessToken = NewToken })).State);
        Assert.Equal(PoolNumber.Free, Value(await EnterAsync(input with { AccessToken = NewToken })).State);
        Assert.Equal((NewToken, 2), (await TokenAsync(), await ChangesAsync()));

        // It is worth as little as one that is lost.
        await _fleet.Get<ISecretStore>().DeleteAsync(await _database.ScalarAsAdminAsync<string>("select token_secret from directory.pool_numbers"), default);
        Value(await EnterAsync(input));
        Assert.Equal((Token, 3), (await TokenAsync(), await ChangesAsync()));
    }

    [Fact]
    public async Task A_token_of_an_account_that_does_not_show_the_number_is_not_taken_nor_one_of_which_Meta_says_nothing()
    {
        var (input, _) = await FreeWithInputAsync();
        var numbers = new Mock<IWhatsAppNumbers>(MockBehavior.Strict);
        var account = new WhatsAppAccount(input.BusinessAccountId!, NewToken);
        IReadOnlyList<AccountNumber> others = [new("another number", "13125550100", IsVerified: true, IsRegistered: true, NameReview.Approved)];
        numbers.SetupSequence(n => n.ListAsync(account, It.IsAny<CancellationToken>()))
            .ReturnsAsync(others)
            .ThrowsAsync(new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null));
        var enter = new EnterNumber(Pool, Quotas, _fleet.Get<AssignNumber>(), _fleet.Get<ISecretStore>(), numbers.Object, _fleet.Clock);

        Assert.Equal("numbers.not_in_account", (await enter.HandleAsync(input with { AccessToken = NewToken }, "operator", default)).Error?.Code);
        Assert.Equal("numbers.meta_unreachable", (await enter.HandleAsync(input with { AccessToken = NewToken }, "operator", default)).Error?.Code);

        Assert.Equal((Token, 0), (await TokenAsync(), await ChangesAsync()));
    }

    [Fact]
    public async Task A_company_sends_with_the_new_token_of_its_number_in_every_process_within_seconds_and_what_the_old_one_stopped_goes_on()
    {
        var (input, number) = await FreeWithInputAsync();
        var company = await LeaveAsync();
        Value(await Pool.ReserveAsync(company.Id, "us", default));
        Value(await AssignAsync(company));
        await _database.ExecuteAsAdminAsync($"update fleet.message_templates set account_id = '{number.BusinessAccountId}' where tenant_id = '{company.Id}'");
        var elsewhere = new TenantSettingsCache(_fleet.Get<TenantDbs>(), _fleet.Get<DataKeys>());
        var old = (await elsewhere.FindAsync(company.Id, default))!;
        await _fleet.QueueNoteAsync(company, await _fleet.AddDriverAsync(company, "11", "+15550001111"));
        await BlockAsync(company, old);
        var taken = _fleet.AcceptAll();
        await _fleet.SweepAsync();
        Assert.Empty(taken);

        await _meta.Control.AddTokenAsync(new(NewToken));
        Assert.Equal(PoolNumber.Assigned, Value(await EnterAsync(input with { AccessToken = NewToken })).State);
        await _fleet.SweepAsync();

        Assert.Equal((number.PhoneNumberId, NewToken), (Assert.Single(taken).PhoneNumberId, taken[0].AccessToken));
        Assert.Equal(0, await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.sending_holds"));
        await Until.TrueAsync(async () => (await elsewhere.FindAsync(company.Id, default))!.WhatsAppAccessToken == NewToken, "the other process to look again");
        Assert.Equal(1, await _database.ScalarAsAdminAsync<long>(
            $"select count(*) from fleet.audit_entries where tenant_id = '{company.Id}' and action = 'number.token_changed' and actor = 'operator' and subject = '{number.Id}'"));
        Assert.Equal(old.Version + 1, (await elsewhere.ReadAsync(company.Id, default))!.Version);
    }

    [Fact]
    public async Task A_process_that_dies_before_the_company_has_its_new_token_is_made_up_for_by_the_same_request_or_by_the_hand_over()
    {
        var (input, number) = await FreeWithInputAsync();
        var company = await LeaveAsync();
        Value(await Pool.ReserveAsync(company.Id, "us", default));
        Value(await AssignAsync(company));
        await _meta.Control.AddTokenAsync(new(NewToken));

        await PutIntoThePoolAsync();
        Value(await EnterAsync(input with { AccessToken = NewToken }));
        Assert.Equal(NewToken, await TokenOfAsync(company));

        Value(await EnterAsync(input));
        await PutIntoThePoolAsync();
        await _database.ExecuteAsAdminAsync("update directory.pool_numbers set state = 'reserved'");
        Value(await AssignAsync(company));
        Assert.Equal(NewToken, await TokenOfAsync(company));

        // No other company, and none that has left, gets it.
        await _fleet.Get<AssignNumber>().TakeBackAsync(company.Id, default);
        Assert.Equal(PoolNumber.CoolingDown, Value(await EnterAsync(input)).State);
        Assert.Null(await TokenOfAsync(company));

        async Task PutIntoThePoolAsync()
        {
            var secret = $"waba-token-{_fleet.Clock.NewId():N}";
            await _fleet.Get<ISecretStore>().TryCreateAsync(secret, Encoding.UTF8.GetBytes(NewToken), default);
            await Pool.NoteTokenAsync(number.Id, secret, "operator", default);
        }
    }

    /// <summary>As after WhatsApp refused the token.</summary>
    private async Task BlockAsync(TestCompany company, TenantSettings settings)
    {
        var (now, key) = (_fleet.Clock.GetUtcNow(), await _fleet.Get<DataKeys>().GetAsync(company.Id, default));
        await SendingHoldSql.HoldAsync(_fleet.Db(company), new(HoldScope.Tenant, "", now.AddHours(1), Probes: true, SendingHolds.IndexOf(key, settings)), code: 190, now, default);
    }

    /// <summary>Of the one number in the pool.</summary>
    private async Task<string> TokenAsync()
        => Encoding.UTF8.GetString((await _fleet.Get<ISecretStore>().FindAsync(await _database.ScalarAsAdminAsync<string>("select token_secret from directory.pool_numbers"), default))!);

    private async Task<string?> TokenOfAsync(TestCompany company) => (await _fleet.Get<TenantSettingsCache>().ReadAsync(company.Id, default))!.WhatsAppAccessToken;

    private Task<long> ChangesAsync() => _database.ScalarAsAdminAsync<long>("select count(*) from fleet.platform_audit_entries where action = 'number.token_changed' and actor = 'operator'");

    [Fact]
    public async Task Meta_that_does_not_answer_is_asked_again()
    {
        var numbers = new Mock<IWhatsAppNumbers>();
        numbers.Setup(n => n.ListAsync(It.IsAny<WhatsAppAccount>(), It.IsAny<CancellationToken>())).ThrowsAsync(new WhatsAppException(WhatsAppFailure.Unknown, 0, null, null));
        var enter = new EnterNumber(Pool, Quotas, _fleet.Get<AssignNumber>(), _fleet.Get<ISecretStore>(), numbers.Object, _fleet.Clock);
        var input = await NewAsync();

        Assert.Equal("numbers.meta_unreachable", (await enter.HandleAsync(input, "operator", default)).Error?.Code);
        Assert.Equal(PoolNumber.Entered, Assert.Single(await Pool.ListAsync(default)).State);
        Assert.Equal(PoolNumber.CodeSent, Value(await EnterAsync(input)).State);
    }

    [Theory]
    [InlineData("12", "numbers.phone_invalid", "$.phone_number")]
    [InlineData("not a number", "numbers.phone_invalid", "$.phone_number")]
    [InlineData(null, "numbers.phone_invalid", "$.phone_number")]
    [InlineData("312 555 0188", "numbers.phone_invalid", "$.phone_number")]
    [InlineData("+1 312 555 0188 ext. 5", "numbers.phone_invalid", "$.phone_number")]
    public async Task A_number_that_is_none_is_refused(string? phone, string code, string field)
    {
        var error = (await EnterAsync((await NewAsync()) with { PhoneNumber = phone })).Error;
        Assert.Equal((code, field), (error?.Code, error?.Field));
    }

    [Fact]
    public async Task Every_other_field_is_checked_and_named()
    {
        var input = await NewAsync();
        (EnterNumberInput Input, string Field)[] wrong =
        [
            (input with { Display = "call me" }, "$.display"), (input with { VerifiedName = "" }, "$.verified_name"), (input with { BusinessAccountId = "waba" }, "$.business_account_id"),
            (input with { AccessToken = "a\nb" }, "$.access_token"), (input with { DataRegion = "mars" }, "$.data_region"), (input with { CodeMethod = "PIGEON" }, "$.code_method"),
        ];
        foreach (var (given, field) in wrong) Assert.Equal(field, (await EnterAsync(given)).Error?.Field);
        Assert.Equal("numbers.code_invalid", (await VerifyAsync(Guid.Empty, "12 34")).Error?.Code);
        Assert.Equal("numbers.not_found", (await VerifyAsync(Guid.Empty, "123456")).Error?.Code);
        Assert.Empty(await Pool.ListAsync(default));
    }

    [Fact]
    public async Task A_second_number_of_one_account_is_refused()
    {
        var input = await NewAsync();
        Value(await EnterAsync(input));
        Assert.Equal("numbers.entered_otherwise", (await EnterAsync((await NewAsync()) with { BusinessAccountId = input.BusinessAccountId })).Error?.Code);
    }

    [Fact]
    public async Task A_company_gets_number_account_and_token_together_and_gives_them_back()
    {
        var number = await FreeAsync();
        var company = await LeaveAsync();
        Assert.Equal("numbers.unreserved", (await _fleet.Get<AssignNumber>().HandleAsync(company.Id, default)).Error?.Code);

        Assert.Equal(number.Id, Value(await Pool.ReserveAsync(company.Id, "us", default)).Id);
        Assert.Equal(number.Id, Value(await Pool.ReserveAsync(company.Id, "us", default)).Id);
        var assigned = Value(await AssignAsync(company));

        Assert.Equal((PoolNumber.Assigned, company.Id), (assigned.State, assigned.TenantId));
        var settings = await _fleet.Get<TenantSettingsCache>().ReadAsync(company.Id, default);
        Assert.Equal((number.PhoneNumberId, number.BusinessAccountId, Token), (settings!.PhoneNumberId, settings.WhatsAppAccountId, settings.WhatsAppAccessToken));
        Assert.Equal(company.Id, await _fleet.Get<NumberDirectory>().ReadByNumberAsync(number.PhoneNumberId!, default));

        await _fleet.Get<AssignNumber>().TakeBackAsync(company.Id, default);
        await _fleet.Get<AssignNumber>().TakeBackAsync(company.Id, default);
        var cooling = Assert.Single(await Pool.ListAsync(default));
        Assert.Equal((PoolNumber.CoolingDown, null, _fleet.Clock.GetUtcNow() + NumberPool.CoolingDown), (cooling.State, cooling.TenantId, cooling.CoolingUntil));
        Assert.Null((await _fleet.Get<TenantSettingsCache>().ReadAsync(company.Id, default))!.PhoneNumberId);
    }

    [Fact]
    public async Task A_process_that_dies_between_the_company_and_the_pool_leaves_nothing_that_a_repeat_does_not_mend()
    {
        await FreeAsync();
        var company = await LeaveAsync();
        Value(await Pool.ReserveAsync(company.Id, "us", default));
        Value(await AssignAsync(company));
        await _database.ExecuteAsAdminAsync("update directory.pool_numbers set state = 'reserved'");
        Assert.Equal(PoolNumber.Assigned, Value(await AssignAsync(company)).State);
        Assert.Equal(1, await _database.ScalarAsAdminAsync<long>($"select count(*) from fleet.number_assignments where tenant_id = '{company.Id}' and valid_to is null"));

        await _fleet.Get<AssignNumber>().TakeBackAsync(company.Id, default);
        await _database.ExecuteAsAdminAsync($"update directory.pool_numbers set state = 'assigned', held_by = '{company.Id}', cooling_until = null");
        await _fleet.Get<AssignNumber>().TakeBackAsync(company.Id, default);
        Assert.Equal(PoolNumber.CoolingDown, Assert.Single(await Pool.ListAsync(default)).State);
    }

    [Fact]
    public async Task Two_processes_that_hand_over_at_once_hand_over_once()
    {
        var number = await FreeAsync();
        var company = await LeaveAsync();
        Value(await Pool.ReserveAsync(company.Id, "us", default));

        var assigned = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => AssignAsync(company))));

        Assert.All(assigned, result => Assert.Equal((number.Id, PoolNumber.Assigned), (Value(result).Id, Value(result).State)));
        Assert.Equal(1, await _database.ScalarAsAdminAsync<long>($"select count(*) from fleet.number_assignments where tenant_id = '{company.Id}' and valid_to is null"));
    }

    [Fact]
    public async Task A_number_cools_down_before_the_next_company_gets_it_and_the_next_reads_nothing_of_the_first()
    {
        var number = await FreeAsync();
        var (first, next) = (await LeaveAsync(), await LeaveAsync());
        Value(await Pool.ReserveAsync(first.Id, "us", default));
        Value(await AssignAsync(first));
        await _fleet.Get<AssignNumber>().TakeBackAsync(first.Id, default);

        Assert.Equal("numbers.pool_empty", (await Pool.ReserveAsync(next.Id, "us", default)).Error?.Code);
        _fleet.Clock.Advance(NumberPool.CoolingDown);
        Assert.Equal(number.Id, Value(await Pool.ReserveAsync(next.Id, "us", default)).Id);
        Value(await AssignAsync(next));

        Assert.True(await _database.ScalarAsAdminAsync<bool>($"select valid_from > '-infinity' from fleet.number_assignments where tenant_id = '{next.Id}' and valid_to is null"));
    }

    [Fact]
    public async Task A_number_of_another_data_region_is_not_given()
    {
        await FreeAsync();
        var company = await LeaveAsync();
        Assert.Equal("numbers.pool_empty", (await Pool.ReserveAsync(company.Id, "eu", default)).Error?.Code);
    }

    [Fact]
    public async Task Two_hundred_companies_at_once_from_two_processes_share_a_hundred_and_fifty_numbers_and_no_number_twice()
    {
        await _database.ExecuteAsAdminAsync("""
            insert into directory.pool_numbers (id, e164, display, verified_name, waba_id, data_region, phone_number_id, token_secret, pin_secret, state, entered_at, changed_at)
            select gen_random_uuid(), '+1555' || lpad(n::text, 7, '0'), n::text, 'Fleet', n::text, 'us', n::text, 't', 'p', 'free', now(), now()
            from generate_series(1, 150) n
            """);
        await _database.ExecuteAsAdminAsync("""
            insert into directory.tenants (tenant_id, status, data_region, created_at)
            select 'many_' || lpad(n::text, 3, '0'), 'onboarding', 'us', now()
            from generate_series(1, 200) n
            """);
        await using var one = Npgsql.NpgsqlDataSource.Create($"{_database.Logins.System};Maximum Pool Size=10");
        await using var other = Npgsql.NpgsqlDataSource.Create($"{_database.Logins.System};Maximum Pool Size=10");
        NumberPool[] processes = [new(new(one), _fleet.Clock), new(new(other), _fleet.Clock)];

        // Each company is asked for by both.
        var results = await Task.WhenAll(Enumerable.Range(0, 400).Select(n => Task.Run(() => processes[n % 2].ReserveAsync(TenantId.Parse($"many_{(n / 2) + 1:000}"), "us", default))));

        var got = results.Select((result, n) => (Company: (n / 2) + 1, result)).GroupBy(r => r.Company).ToList();
        Assert.All(got, of => Assert.Single(of.Select(r => r.result.IsOk ? r.result.Value.Id : Guid.Empty).Where(id => id != Guid.Empty).DefaultIfEmpty().Distinct()));
        Assert.Equal(150, results.Where(r => r.IsOk).Select(r => r.Value.Id).Distinct().Count());
        Assert.Equal(150, results.Where(r => r.IsOk).Select(r => r.Value.TenantId).Distinct().Count());
        Assert.All(results.Where(r => !r.IsOk), r => Assert.Equal("numbers.pool_empty", r.Error!.Code));
    }

    [Fact]
    public async Task A_last_number_that_somebody_has_in_his_hands_and_leaves_is_waited_for()
    {
        var number = await FreeAsync();
        var company = await LeaveAsync();
        await using var admin = Npgsql.NpgsqlDataSource.Create(_database.Admin);
        await using var connection = await admin.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var take = new Npgsql.NpgsqlCommand("select id from directory.pool_numbers for update", connection, transaction)) await take.ExecuteNonQueryAsync();

        var asked = Pool.ReserveAsync(company.Id, "us", default);
        await Until.TrueAsync(async () => await _database.ScalarAsAdminAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 1, "the company to wait");
        await transaction.RollbackAsync();

        Assert.Equal(number.Id, Value(await asked).Id);
    }

    [Fact]
    public async Task No_company_sees_the_pool()
    {
        var error = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _database.AppSource.CreateCommand("select * from directory.pool_numbers").ExecuteNonQueryAsync());
        Assert.Equal(Npgsql.PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
    }

    private async Task<PoolNumber> FreeAsync() => (await FreeWithInputAsync()).Number;

    private async Task<(EnterNumberInput Input, PoolNumber Number)> FreeWithInputAsync()
    {
        var input = await NewAsync();
        var entered = Value(await EnterAsync(input));
        return (input, Value(await VerifyAsync(entered.Id, await CodeAsync())));
    }

    /// <summary>A company without a number.</summary>
    private async Task<TestCompany> LeaveAsync()
    {
        var company = await _fleet.AddCompanyAsync();
        await _fleet.Get<AssignNumber>().TakeBackAsync(company.Id, default);
        return company;
    }

    private async Task<EnterNumberInput> NewAsync()
    {
        var number = ++_numbers;
        var account = $"77000{number}";
        await _meta.Control.AddWabaAsync(new(account, "FleetChat", Subscribed: false));
        return new($"+1 312 555 01{number:00}", "+1-555-ABC-FLEET", "FleetChat", account, Token);
    }

    private Task<Result<PoolNumber>> EnterAsync(EnterNumberInput input) => _fleet.Get<EnterNumber>().HandleAsync(input, "operator", default);

    private Task<Result<PoolNumber>> VerifyAsync(Guid id, string code) => _fleet.Get<VerifyNumber>().HandleAsync(id, code, "operator", default);

    private Task<Result<PoolNumber>> AssignAsync(TestCompany company) => _fleet.Get<AssignNumber>().HandleAsync(company.Id, default);

    /// <summary>What Meta sent last.</summary>
    private async Task<string> CodeAsync()
        => (await _meta.Control.JournalAsync()).Last(e => e.Kind == "code.sent").Data.GetProperty("code").GetString()!;

    private static PoolNumber Value(Result<PoolNumber> result)
    {
        Assert.True(result.IsOk, result.Error?.Code);
        return result.Value;
    }
}
