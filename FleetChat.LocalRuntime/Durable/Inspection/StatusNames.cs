namespace FleetChat.LocalRuntime;

/// <summary>The statuses that an instance can have, by the numbers that the client's enumeration gives them.</summary>
internal static class StatusNames
{
    private static readonly Dictionary<short, string> s_names = new()
    {
        [0] = "Running",
        [1] = "Completed",
        [3] = "Failed",
        [5] = "Terminated",
        [6] = "Pending",
        [7] = "Suspended",
    };

    public static IEnumerable<string> All => s_names.Values;

    public static string Of(short status) => s_names.GetValueOrDefault(status, $"{status}");

    public static short? Find(string name)
        => s_names.Where(known => known.Value.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(known => (short?)known.Key).FirstOrDefault();
}
