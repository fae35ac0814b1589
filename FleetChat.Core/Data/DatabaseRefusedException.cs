namespace FleetChat.Core.Data;

/// <summary>The database is not one to work with; the message names what is wrong and what to do.</summary>
public sealed class DatabaseRefusedException(string message, Exception? innerException = null) : Exception(message, innerException);
