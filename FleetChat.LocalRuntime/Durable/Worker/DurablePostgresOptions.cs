namespace FleetChat.LocalRuntime;

public sealed class DurablePostgresOptions
{
    /// <summary>How long this host may be silent before the others take its work; see <see cref="LocalRuntimeOptions.Lease"/>.</summary>
    public TimeSpan Lease { get; set; } = new LocalRuntimeOptions().Lease;

    internal string Postgres { get; set; } = "";
}
