using System.Numerics;

namespace FleetChat.Core.Billing.Rating;

internal static class LargestRemainder
{
    /// <summary>
    /// Shares an amount in proportion to weights, to the unit: each has the whole part of its share, and what is left goes one by one to the
    /// largest remainders, of equal ones to the first. A weight of 0 gets nothing, for its share has no remainder.
    /// </summary>
    /// <param name="amount">Not negative; 0 if all weights are.</param>
    public static long[] Share(long amount, IReadOnlyList<BigInteger> weights)
    {
        var sum = weights.Aggregate(BigInteger.Zero, (a, b) => a + b);
        if (sum.IsZero) return new long[weights.Count];
        var shares = weights.Select(weight => (long)(amount * weight / sum)).ToArray();
        var left = (int)(amount - shares.Sum());
        foreach (var i in Enumerable.Range(0, shares.Length).OrderByDescending(i => amount * weights[i] % sum).Take(left)) shares[i]++;
        return shares;
    }
}
