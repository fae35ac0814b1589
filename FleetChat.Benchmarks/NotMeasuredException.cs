namespace FleetChat.Benchmarks;

/// <summary>The machine or the options do not allow the measurement; the message says what to do.</summary>
internal sealed class NotMeasuredException(string message, Exception? innerException = null) : Exception(message, innerException);
