using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using FleetChat.Core.Tenants;
using Microsoft.Extensions.Options;

namespace FleetChat.Core.Security;

/// <summary>How many API requests a tenant may send to one instance. Bound from <c>FleetChat:RequestRate</c>.</summary>
public sealed class RequestRateOptions
{
    public const string Section = "FleetChat:RequestRate";

    [Range(1, 100_000)]
    public int PerSecond { get; set; } = 50;

    /// <summary>How many may come at once after a quiet time.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 100;
}

/// <summary>
/// A token bucket per tenant, in memory: it protects this instance, so that one tenant's loop does not slow the others.
/// It measures real time, not business time: the load is real however the business clock is set.
/// </summary>
public sealed class RequestRates
{
    private readonly RequestRateOptions _options;
    private readonly TimeProvider _realTime;
    private readonly ConcurrentDictionary<TenantId, Bucket> _buckets = new();

    public RequestRates(IOptions<RequestRateOptions> options)
        : this(options.Value, TimeProvider.System)
    {
    }

    internal RequestRates(RequestRateOptions options, TimeProvider realTime) => (_options, _realTime) = (options, realTime);

    /// <returns>Null if the request may go on, else how long to wait before the next.</returns>
    public TimeSpan? Take(TenantId tenant)
    {
        var now = _realTime.GetTimestamp();
        var bucket = _buckets.GetOrAdd(tenant, _ => new() { Tokens = _options.Burst, At = now });
        lock (bucket)
        {
            var refill = _realTime.GetElapsedTime(bucket.At, now).TotalSeconds * _options.PerSecond;
            bucket.Tokens = Math.Min(_options.Burst, bucket.Tokens + Math.Max(0, refill));
            bucket.At = Math.Max(bucket.At, now);
            if (bucket.Tokens < 1) return TimeSpan.FromSeconds((1 - bucket.Tokens) / _options.PerSecond);
            bucket.Tokens -= 1;
            return null;
        }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public long At { get; set; }
    }
}
