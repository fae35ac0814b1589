using System.Security.Cryptography;
using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Moq;

namespace FleetChat.Tests.Security;

public sealed class DataKeysTests(FleetFixture fixture) : IClassFixture<FleetFixture>
{
    private readonly TestFleet _fleet = fixture.Fleet;

    [Fact]
    public async Task Setting_up_a_company_whose_id_is_taken_leaves_the_company_its_key()
    {
        var company = await _fleet.AddCompanyAsync();
        var driver = await _fleet.AddDriverAsync(company, "11", "+15550001111", "Ana");

        var again = await SetUpTenant.Of(_fleet.Get<IServiceProvider>()).HandleAsync(
            new(company.Id, "another", "US", "America/Chicago", "en", "USD",
                new(new("https://api.samsara.com"), "1", "1", "c2VjcmV0", null), new("+15550109999", "another number", "another account", "token")),
            default);

        Assert.Equal("tenants.id_taken", again.Error?.Code);
        Assert.Equal("Ana", (await _fleet.Get<GetDriver>().HandleAsync(company.Id, driver, default)).Value.Name);
        var afterwards = await _fleet.AddDriverAsync(company, "12", "+15550001112", "Ben");
        var elsewhere = new GetDriver(_fleet.Get<TenantDbs>(), new(_fleet.Get<ISecretStore>(), _fleet.Get<TenantDbs>()));
        Assert.Equal("Ben", (await elsewhere.HandleAsync(company.Id, afterwards, default)).Value.Name);
    }

    [Fact]
    public async Task A_load_that_was_cancelled_is_made_anew()
    {
        var company = await _fleet.AddCompanyAsync();
        var secrets = new Mock<ISecretStore>();
        var cancelled = false;
        secrets.Setup(s => s.FindAsync(It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .Returns((string name, CancellationToken ct) =>
            {
                if (cancelled || !name.StartsWith("tenant-key-", StringComparison.Ordinal)) return _fleet.Get<ISecretStore>().FindAsync(name, ct);
                cancelled = true;
                return Task.FromCanceled<byte[]?>(new(canceled: true));
            });
        var keys = new DataKeys(secrets.Object, _fleet.Get<TenantDbs>());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keys.GetAsync(company.Id, default));

        Assert.NotNull(await keys.GetAsync(company.Id, default));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("disabled")]
    [InlineData("of another installation")]
    public async Task A_companys_key_that_is_not_to_be_had_is_said_to_be_missing_and_serves_again_once_it_is_back(string what)
    {
        var company = await _fleet.AddCompanyAsync();
        var secrets = new Mock<ISecretStore>();
        var isBack = false;
        secrets.Setup(s => s.FindAsync(It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .Returns((string name, CancellationToken ct) => (isBack || !name.StartsWith("tenant-key-", StringComparison.Ordinal), what) switch
            {
                (true, _) => _fleet.Get<ISecretStore>().FindAsync(name, ct),
                (_, "gone") => Task.FromResult<byte[]?>(null),
                (_, "disabled") => Task.FromException<byte[]?>(new InvalidOperationException("it is disabled")),
                _ => Task.FromResult<byte[]?>(RandomNumberGenerator.GetBytes(200)),
            });
        var keys = new DataKeys(secrets.Object, _fleet.Get<TenantDbs>());

        await Assert.ThrowsAsync<DataKeyMissingException>(() => keys.GetAsync(company.Id, default));
        isBack = true;

        Assert.NotNull(await keys.GetAsync(company.Id, default));
    }
}
