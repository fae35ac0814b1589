namespace Microsoft.DurableTask;

[AttributeUsage(AttributeTargets.Class, AllowMultiple = false, Inherited = false)]
public sealed class DurableTaskAttribute : Attribute
{
    public DurableTaskAttribute(string? name = null) => Name = name!;

    public TaskName Name { get; }

    public string? Version { get; set; }

    internal static TaskName NameOf(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Of(type) is { Name: var name } && !string.IsNullOrEmpty(name.Name) ? name : new(type.Name);
    }

    internal static TaskVersion VersionOf(Type type) => Of(type) is { Version: { Length: > 0 } version } ? new(version) : default;

    private static DurableTaskAttribute? Of(Type type) => (DurableTaskAttribute?)GetCustomAttribute(type, typeof(DurableTaskAttribute));
}

[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, AllowMultiple = false, Inherited = false)]
public sealed class DurableEventAttribute : Attribute
{
    public DurableEventAttribute(string? name = null) => Name = name!;

    public TaskName Name { get; }
}
