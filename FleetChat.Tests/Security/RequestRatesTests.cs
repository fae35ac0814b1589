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

        var waits = Enumerable.Range(0, 4).Select(_ => rates.Take(A, "first")).ToList();

        Assert.Equal([null, null, null, TimeSpan.FromSeconds(0.5)], waits);
        Assert.Null(rates.Take(B, "first"));
    }

    [Fact]
    public void Tokens_come_back_with_time_up_to_the_burst()
    {
        var rates = Rates(perSecond: 2, burst: 3);
        for (var i = 0; i < 3; i++) rates.Take(A, "first");

        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Null(rates.Take(A, "first"));
        Assert.NotNull(rates.Take(A, "first"));

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => rates.Take(A, "first") is null));
    }

    [Fact]
    public void One_key_waits_and_the_companys_other_one_does_not()
    {
        var rates = Rates(perSecond: 50, burst: 100, keyPerSecond: 4, keyBurst: 2);

        var waits = Enumerable.Range(0, 4).Select(_ => rates.Take(A, "first")).ToList();

        Assert.Equal([null, null, TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(0.25)], waits);
        Assert.Null(rates.Take(A, "second"));
    }

    [Fact]
    public void What_a_key_was_refused_is_not_taken_from_its_tenant()
    {
        var rates = Rates(perSecond: 1, burst: 3, keyPerSecond: 1, keyBurst: 1);
        for (var i = 0; i < 10; i++) rates.Take(A, "first");

        Assert.Equal([null, null, TimeSpan.FromSeconds(1)], new[] { "second", "third", "fourth" }.Select(key => rates.Take(A, key)));
    }

    [Fact]
    public void Person_waits_whether_he_belongs_anywhere_or_not_and_another_does_not()
    {
        var rates = Rates(perSecond: 50, burst: 100, keyPerSecond: 4, keyBurst: 2);

        var waits = Enumerable.Range(0, 3).Select(_ => rates.TakePerson("ann")).ToList();

        Assert.Equal([null, null, TimeSpan.FromSeconds(0.25)], waits);
        Assert.Null(rates.TakePerson("ben"));
    }

    [Fact]
    public void However_many_people_come_those_who_are_quiet_are_forgotten_and_the_insistent_one_is_not()
    {
        var rates = Rates(perSecond: 50, burst: 100, keyPerSecond: 1, keyBurst: 1);
        var allowed = 0;
        for (var second = 0; second < 15; second++)
        {
            for (var i = 0; i < 2000; i++) rates.TakePerson($"stranger-{second}-{i}");
            for (var i = 0; i < 4; i++) allowed += rates.TakePerson("insistent") is null ? 1 : 0;
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(15, allowed);
        Assert.InRange(rates.People, 1, 12_001);
    }

    private RequestRates Rates(int perSecond, int burst, int keyPerSecond = 100, int keyBurst = 100) => new(new RequestRateOptions { PerSecond = perSecond, Burst = burst, KeyPerSecond = keyPerSecond, KeyBurst = keyBurst }, _time);
}
