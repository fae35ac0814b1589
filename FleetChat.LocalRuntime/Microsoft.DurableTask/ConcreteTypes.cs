namespace Microsoft.DurableTask;

internal static class ConcreteTypes
{
    public static Type? Checked<T>(Type? type)
        => type is null || (type is { IsAbstract: false, IsInterface: false, IsGenericTypeDefinition: false } && typeof(T).IsAssignableFrom(type))
            ? type
            : throw new ArgumentException($"The type {type} is no concrete {typeof(T).Name}.", nameof(type));
}
