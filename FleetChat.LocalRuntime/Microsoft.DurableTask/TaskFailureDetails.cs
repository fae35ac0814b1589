using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.DurableTask.Worker;

namespace Microsoft.DurableTask;

public record TaskFailureDetails(
    string ErrorType,
    string ErrorMessage,
    string? StackTrace,
    TaskFailureDetails? InnerFailure,
    IDictionary<string, object?>? Properties)
{
    public static TaskFailureDetails FromException(Exception exception) => FromException(exception, null);

    public bool IsCausedBy<T>()
        where T : Exception
        => IsCausedBy(typeof(T));

    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
        {
            throw new ArgumentException($"The type {targetBaseExceptionType} is not an exception type.", nameof(targetBaseExceptionType));
        }

        return FindExceptionType(targetBaseExceptionType.Assembly) is { } type && targetBaseExceptionType.IsAssignableFrom(type);
    }

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    internal static TaskFailureDetails FromException(Exception exception, IExceptionPropertiesProvider? properties)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return From(exception, properties);
    }

    /// <summary>The details that an exception of a failed task carries, else its own.</summary>
    internal static TaskFailureDetails Of(Exception exception) => exception is TaskFailedException failed ? failed.FailureDetails : FromException(exception);

    [return: NotNullIfNotNull(nameof(exception))]
    private static TaskFailureDetails? From(Exception? exception, IExceptionPropertiesProvider? properties)
    {
        if (exception is null) return null;

        // A failed task's exception stands for the failure it tells of: that one is the cause, not an exception object.
        var inner = From(exception.InnerException, properties) ?? (exception as TaskFailedException)?.FailureDetails;
        var more = properties?.GetExceptionProperties(exception);
        return new TaskFailureDetails(exception.GetType().ToString(), exception.Message, exception.StackTrace, inner, more);
    }

    // The failure knows only the type's name; the type can be the framework's, the asker's, or any package's.
    private Type? FindExceptionType(Assembly askers)
    {
        if (string.IsNullOrEmpty(ErrorType)) return null;
        if ((Type.GetType(ErrorType, throwOnError: false) ?? askers.GetType(ErrorType, throwOnError: false)) is { } near) return near;

        var all = AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetType(ErrorType, throwOnError: false)).OfType<Type>().ToList();
        return all.Count < 2 ? all.SingleOrDefault() : throw new AmbiguousMatchException($"Multiple exception types with the name '{ErrorType}' were found.");
    }
}
