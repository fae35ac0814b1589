namespace FleetChat.LocalHost.Doctor;

internal static class Sizes
{
    public static string Text(long bytes) => bytes switch
    {
        >= 1L << 30 => FormattableString.Invariant($"{bytes / (double)(1L << 30):0.#} GiB"),
        _ => FormattableString.Invariant($"{bytes / (double)(1L << 20):0.#} MiB"),
    };
}
