namespace FleetChat.LocalHost.Hosting;

/// <summary>It does not start, and the message tells the person who started it what to do.</summary>
public sealed class StartRefusedException(string message, Exception? inner = null) : Exception(message, inner);
