using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Data;
using FleetChat.Core.Tenants;

namespace FleetChat.Tests.Tenants;

/// <summary>Numbers that go from one company to the next.</summary>
public sealed class SetUpTenantTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task Messages_of_a_number_that_nobody_held_before_are_taken_however_old_they_are()
    {
        var company = await _fleet.AddCompanyAsync();

        await ReceiveAsync(company, _fleet.Clock.GetUtcNow().AddDays(-6));

        Assert.Equal(1, await StoredAsync(company));
    }

    [Fact]
    public async Task Messages_written_to_the_company_that_held_the_number_before_are_not_the_next_ones()
    {
        var before = await _fleet.AddCompanyAsync();
        await LeaveAsync(before);
        _fleet.Clock.Advance(TimeSpan.FromDays(40));
        var next = await TakeOverAsync(before);

        await ReceiveAsync(next, _fleet.Clock.GetUtcNow().AddHours(-1));
        Assert.Equal(0, await StoredAsync(next));
        await ReceiveAsync(next, _fleet.Clock.GetUtcNow().AddMinutes(1));

        Assert.Equal(1, await StoredAsync(next));
        Assert.Equal(0, await StoredAsync(before));
    }

    [Fact]
    public async Task A_number_that_is_held_is_not_given_to_a_second_company()
    {
        var holder = await _fleet.AddCompanyAsync();

        var result = await SetUpAsync(TenantId.Parse("second_001"), holder.PhoneNumberId, "an account of its own");

        Assert.Equal("tenants.number_taken", result.Error?.Code);
        Assert.Equal(1, await _fleet.Database.ScalarAsAdminAsync<long>("select count(*) from directory.number_history where phone_number_id = $1", P.Text(holder.PhoneNumberId)));
    }

    private async Task LeaveAsync(TestCompany company)
    {
        await _fleet.Database.ExecuteAsAdminAsync("delete from directory.phone_numbers where tenant_id = $1", P.Text(company.Id.Value));
        await _fleet.Database.ExecuteAsAdminAsync("delete from directory.whatsapp_accounts where tenant_id = $1", P.Text(company.Id.Value));
        await _fleet.Database.ExecuteAsAdminAsync("update fleet.number_assignments set valid_to = $2 where tenant_id = $1", P.Text(company.Id.Value), P.Time(_fleet.Clock.GetUtcNow()));
    }

    private async Task<TestCompany> TakeOverAsync(TestCompany before)
    {
        var next = before with { Id = TenantId.Parse($"next_{before.Id.Value}") };
        var result = await SetUpAsync(next.Id, before.PhoneNumberId, before.AccountId);
        Assert.True(result.IsOk, result.Error?.Code);
        return next;
    }

    private Task<Core.Result<TenantId>> SetUpAsync(TenantId tenant, string phoneNumberId, string accountId) => SetUpTenant.Of(_fleet.Get<IServiceProvider>()).HandleAsync(
        new(tenant, "Next trucking", "US", "America/Chicago", "en", "USD", new(new("https://api.samsara.com"), $"org of {tenant}", "78", "c2VjcmV0", "samsara-token"),
            new("+15550107777", phoneNumberId, accountId, "whatsapp-token")),
        default);

    private async Task ReceiveAsync(TestCompany company, DateTimeOffset sentAt)
    {
        var wamid = $"wamid.{sentAt.ToUnixTimeSeconds()}";
        var receipt = await _fleet.FromWhatsAppAsync(Payloads.WhatsApp(company, messages: [Payloads.Text("15550001111", "hello", wamid, sentAt.ToUnixTimeSeconds())]));
        Assert.True(receipt.IsAccepted);
    }

    private Task<long> StoredAsync(TestCompany company)
        => _fleet.Db(company).FindAsync("select count(*) from fleet.inbox where tenant_id = $1", r => r.GetInt64(0), default);
}
