namespace FleetChat.LocalRuntime.Durable;

/// <summary>The real clients show the same instance differently, depending on what stands behind them.</summary>
internal enum ClientDialect
{
    /// <summary>The Functions host on Azure Storage: a failure is a text in the output, an unset custom status the text "null".</summary>
    FunctionsHost,

    /// <summary>A worker in a host of one's own: failures have details, and queries always bring inputs and outputs.</summary>
    Sidecar,
}
