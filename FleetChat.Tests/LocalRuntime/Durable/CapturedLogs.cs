using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FleetChat.Tests.LocalRuntime.Durable;

/// <param name="Values">The message's named values.</param>
public sealed record CapturedLog(string Category, LogLevel Level, EventId Event, string Message, Exception? Exception, IReadOnlyDictionary<string, object?> Values);

/// <summary>Keeps what a host logs.</summary>
public sealed class CapturedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<CapturedLog> _all = new();

    public IReadOnlyList<CapturedLog> Of(string category) => [.. _all.Where(l => l.Category == category)];

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _all);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<CapturedLog> all) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => all.Enqueue(new(category, logLevel, eventId, formatter(state, exception), exception, ValuesOf(state)));

        private static Dictionary<string, object?> ValuesOf(object? state)
            => state is IEnumerable<KeyValuePair<string, object?>> values ? new(values, StringComparer.Ordinal) : [];
    }
}
