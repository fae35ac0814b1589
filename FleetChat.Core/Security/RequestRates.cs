using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Security;

/// <summary>How many API requests a tenant may send to one instance, and how many of them with one key or by one person. Bound from <c>FleetChat:RequestRate</c>.</summary>
public sealed class RequestRateOptions
{
    public const string Section = "FleetChat:RequestRate";

    [Range(1, 100_000)]
    public int PerSecond { get; set; } = 50;

    /// <summary>How many may come at once after a quiet time.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 100;

    /// <summary>Less than the tenant's: one key's loop leaves something to the company's other keys.</summary>
    [Range(1, 100_000)]
    public int KeyPerSecond { get; set; } = 40;

    [Range(1, 1_000_000)]
    public int KeyBurst { get; set; } = 80;
}

/// <summary>
/// A token bucket per key or person and one per tenant, in memory: they protect this instance, so that one tenant's loop does not slow the others, and one key's not those beside it.
/// It measures real time, not business time: the load is real however the business clock is set.
/// </summary>
public sealed class RequestRates
{
    private const int MostPeople = 10_000;
    private static readonly TimeSpan BetweenForgetting = TimeSpan.FromSeconds(1);

    private readonly RequestRateOptions _options;
    private readonly TimeProvider _realTime;
    private readonly ConcurrentDictionary<TenantId, Bucket> _tenants = new();
    private readonly ConcurrentDictionary<(TenantId, string), Bucket> _callers = new();
    private readonly ConcurrentDictionary<string, Bucket> _people = new();
    private long _forgotAt;

    public RequestRates(IOptions<RequestRateOptions> options)
        : this(options.Value, TimeProvider.System)
    {
    }

    internal RequestRates(RequestRateOptions options, TimeProvider realTime) => (_options, _realTime) = (options, realTime);

    /// <summary>How many people are remembered.</summary>
    internal int People => _people.Count;

    /// <returns>Null if the request may go on, else how long to wait before the next.</returns>
    public TimeSpan? Take(TenantId tenant, string actor)
    {
        var now = _realTime.GetTimestamp();
        // What one has too many of is not taken from the others of the tenant.
        return Take(_callers.GetOrAdd((tenant, actor), _ => new(_options.KeyPerSecond, _options.KeyBurst, now)), now)
            ?? Take(_tenants.GetOrAdd(tenant, _ => new(_options.PerSecond, _options.Burst, now)), now);
    }

    /// <summary>As <see cref="Take(TenantId, string)"/>, of one person wherever he goes, and before anybody knows whether he belongs anywhere.</summary>
    public TimeSpan? TakePerson(string person)
    {
        var now = _realTime.GetTimestamp();
        ForgetQuiet(now);
        return Take(_people.GetOrAdd(person, _ => new(_options.KeyPerSecond, _options.KeyBurst, now)), now);
    }

    // An issuer may know the whole world: who has been quiet long enough to have all his tokens needs no bucket.
    private void ForgetQuiet(long now)
    {
        if (_people.Count < MostPeople || _realTime.GetElapsedTime(Interlocked.Read(ref _forgotAt), now) < BetweenForgetting) return;
        Interlocked.Exchange(ref _forgotAt, now);
        foreach (var (person, bucket) in _people)
        {
            if (IsFull(bucket, now)) _people.TryRemove(person, out _);
        }
    }

    private bool IsFull(Bucket bucket, long now)
    {
        lock (bucket)
        {
            Refill(bucket, now);
            return bucket.Tokens >= bucket.Burst;
        }
    }

    private void Refill(Bucket bucket, long now)
    {
        var refill = _realTime.GetElapsedTime(bucket.At, now).TotalSeconds * bucket.PerSecond;
        bucket.Tokens = Math.Min(bucket.Burst, bucket.Tokens + Math.Max(0, refill));
        bucket.At = Math.Max(bucket.At, now);
    }

    private TimeSpan? Take(Bucket bucket, long now)
    {
        lock (bucket)
        {
            Refill(bucket, now);
            if (bucket.Tokens < 1) return TimeSpan.FromSeconds((1 - bucket.Tokens) / bucket.PerSecond);
            bucket.Tokens -= 1;
            return null;
        }
    }

    private sealed class Bucket(int perSecond, int burst, long at)
    {
        public int PerSecond => perSecond;

        public int Burst => burst;

        public double Tokens { get; set; } = burst;

        public long At { get; set; } = at;
    }
}
