using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Time.Testing;

namespace FleetChat.Tests.Security;

public sealed class RequestRatesTests
{
    private static readonly TenantId A = TenantId.Parse("alfa_haulage_001");
    private static readonly TenantId B = TenantId.Parse("bravo_freight_001");
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void After_a_burst_a_tenant_waits_and_the_other_does_not()
    {
        var rates = Rates(perSecond: 2, burst: 3);

        var waits = Enumerable.Range(0, 4).Select(_ => rates.Take(A)).ToList();

        Assert.Equal([null, null, null, TimeSpan.FromSeconds(0.5)], waits);
        Assert.Null(rates.Take(B));
    }

    [Fact]
    public void Tokens_come_back_with_time_up_to_the_burst()
    {
        var rates = Rates(perSecond: 2, burst: 3);
        for (var i = 0; i < 3; i++) rates.Take(A);

        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Null(rates.Take(A));
        Assert.NotNull(rates.Take(A));

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => rates.Take(A) is null));
    }

    private RequestRates Rates(int perSecond, int burst) => new(new RequestRateOptions { PerSecond = perSecond, Burst = burst }, _time);
}
