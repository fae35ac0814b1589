namespace Microsoft.DurableTask;

internal static class ConcreteTypes
{
    public static void Check<T>(Type type, string parameter)
    {
        ArgumentNullException.ThrowIfNull(type, parameter);
        if (type.IsAbstract || !typeof(T).IsAssignableFrom(type)) throw new ArgumentException($"The type {type} is no concrete {typeof(T).Name}.", parameter);
    }
}
