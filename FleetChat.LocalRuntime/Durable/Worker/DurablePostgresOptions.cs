namespace FleetChat.LocalRuntime.Durable;

internal sealed class DurablePostgresOptions
{
    public string Postgres { get; set; } = "";
}
