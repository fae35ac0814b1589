namespace Microsoft.DurableTask;

internal static class TypedInput
{
    /// <summary>No input is the type's default, as in the real library; whether a task can do without one is the task's own question.</summary>
    public static T Of<T>(object? input) => input switch
    {
        null => default!,
        T typed => typed,
        _ => throw new ArgumentException($"Input type '{input.GetType()}' does not match expected type '{typeof(T)}'."),
    };
}
