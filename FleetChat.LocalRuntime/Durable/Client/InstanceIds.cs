namespace FleetChat.LocalRuntime.Durable;

internal static class InstanceIds
{
    private const int Longest = 1000;

    /// <exception cref="ArgumentException">The id can't be stored, or belongs to entities.</exception>
    public static void RefuseInvalid(string id)
    {
        if (string.IsNullOrWhiteSpace(id)) throw new ArgumentException("An instance id must not be empty.", nameof(id));
        if (id[0] == '@') throw new ArgumentException("Instance ids that begin with '@' belong to entities.", nameof(id));
        if (id.Length > Longest) throw new ArgumentException($"An instance id has at most {Longest} characters.", nameof(id));
        if (id.Any(char.IsControl)) throw new ArgumentException("An instance id must not hold control characters.", nameof(id));
    }
}
