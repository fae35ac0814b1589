using System.Numerics;

namespace FleetChat.Core.Billing.Rating;

/// <summary>
/// A number without any rounding. decimal's 28 digits hold neither a thirtieth nor the most drivers × the highest price × a percentage × 31 days,
/// and a half that is not exactly one goes the wrong way.
/// </summary>
internal sealed class Exact
{
    private readonly BigInteger _numerator;

    // Positive.
    private readonly BigInteger _denominator;

    private Exact(BigInteger numerator, BigInteger denominator) => (_numerator, _denominator) = (numerator, denominator);

    public static Exact Zero { get; } = Of(0);

    public static Exact Of(long number) => new(number, 1);

    public static Exact Of(decimal number)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(number, bits);
        var digits = ((BigInteger)(uint)bits[2] << 64) + ((BigInteger)(uint)bits[1] << 32) + (uint)bits[0];
        return new(decimal.IsNegative(number) ? -digits : digits, BigInteger.Pow(10, number.Scale));
    }

    public static Exact operator +(Exact a, Exact b) => a._denominator == b._denominator
        ? new(a._numerator + b._numerator, a._denominator)
        : new(a._numerator * b._denominator + b._numerator * a._denominator, a._denominator * b._denominator);

    public static Exact operator -(Exact a, Exact b) => a + new Exact(-b._numerator, b._denominator);

    public static Exact operator *(Exact a, Exact b) => new(a._numerator * b._numerator, a._denominator * b._denominator);

    public static Exact operator *(Exact a, long b) => new(a._numerator * b, a._denominator);

    /// <param name="b">Positive.</param>
    public static Exact operator /(Exact a, long b) => new(a._numerator, a._denominator * b);

    /// <summary>To the nearest whole number, a half to the even one. It never falls where the number grows.</summary>
    public long RoundHalfEven()
    {
        var whole = BigInteger.DivRem(BigInteger.Abs(_numerator), _denominator, out var rest);
        var toHalf = (2 * rest).CompareTo(_denominator);
        if (toHalf > 0 || (toHalf == 0 && !whole.IsEven)) whole++;
        return checked((long)(whole * _numerator.Sign));
    }
}
