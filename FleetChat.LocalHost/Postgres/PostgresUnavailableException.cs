namespace FleetChat.LocalHost.Postgres;

/// <summary>No PostgreSQL can be had; the message is one sentence for people that says what to do.</summary>
public sealed class PostgresUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
