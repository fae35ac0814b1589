using System.Reflection;
using FleetChat.LocalRuntime.Durable;
using Microsoft.DurableTask.Worker;

namespace Microsoft.DurableTask;

/// <summary>What is known of an exception that another process may have thrown.</summary>
/// <param name="ErrorType">The exception's full type name, or a word of the framework's.</param>
/// <param name="ErrorMessage">For people.</param>
/// <param name="StackTrace">Where it was thrown; null if it was not.</param>
/// <param name="InnerFailure">Its cause.</param>
/// <param name="Properties">What a provider found worth keeping of it.</param>
public record TaskFailureDetails(string ErrorType, string ErrorMessage, string? StackTrace, TaskFailureDetails? InnerFailure, IDictionary<string, object?>? Properties)
{
    private Type? _loaded;

    public static TaskFailureDetails FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return FromException(exception, provider: null);
    }

    /// <summary>True if the exception was of this type or of one derived from it.</summary>
    /// <exception cref="ArgumentException">The type is no exception's.</exception>
    /// <exception cref="AmbiguousMatchException">Several loaded assemblies have an exception of this name.</exception>
    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
            throw new ArgumentException($"The type {targetBaseExceptionType} is not an exception.", nameof(targetBaseExceptionType));
        if (string.IsNullOrEmpty(ErrorType)) return false;
        if (ErrorType == targetBaseExceptionType.FullName || targetBaseExceptionType == typeof(Exception)) return true;
        return (_loaded ??= FindType()) is { } type && targetBaseExceptionType.IsAssignableFrom(type);
    }

    public bool IsCausedBy<T>()
        where T : Exception
        => IsCausedBy(typeof(T));

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    internal static TaskFailureDetails FromException(Exception exception, IExceptionPropertiesProvider? provider) => new(
        exception.GetType().ToString(),
        exception.Message,
        exception.StackTrace,
        exception is TaskFailedException failed ? failed.FailureDetails : exception.InnerException is { } inner ? FromException(inner, provider) : null,
        provider?.GetExceptionProperties(exception));

    private Type? FindType()
    {
        if (Type.GetType(ErrorType, throwOnError: false) is { } known) return known;
        var found = AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetType(ErrorType, throwOnError: false)).Where(t => t is not null).Distinct().ToList();
        return found.Count > 1 ? throw new AmbiguousMatchException($"Multiple exception types with the name '{ErrorType}' were found.") : found.FirstOrDefault();
    }
}
