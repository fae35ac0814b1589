namespace FleetChat.Benchmarks.Work;

/// <summary>What an installation has done so far, or between two moments. What only stands in for Azure's storage is apart.</summary>
/// <param name="Seconds">Of the machine's clock.</param>
/// <param name="Statements">Of FleetChat's own logins, those that begin and end transactions and set the tenant too.</param>
/// <param name="Rows">Inserted, changed and deleted in FleetChat's own tables.</param>
/// <param name="WalBytes">Written ahead, LocalRuntime's part included.</param>
/// <param name="MonthBytes">On disk with indexes, in tables that forget after a month.</param>
/// <param name="LastingBytes">In all other tables.</param>
/// <param name="QueueMessages">Put into queues.</param>
/// <param name="PostgresMs">Of processors' time, by the sessions of FleetChat's own logins and the server's background.</param>
/// <param name="StorageMs">By the sessions of LocalRuntime's login, whose part Azure's storage has.</param>
/// <param name="HostMs">Of processors' time of the host's process.</param>
/// <param name="SessionMs">For which a session ran a statement or held a transaction open.</param>
internal sealed record WorkCount(
    double Seconds, double Statements, double Rows, double WalBytes, double MonthBytes, double LastingBytes, double QueueMessages, double PostgresMs, double StorageMs, double HostMs, double SessionMs)
{
    public WorkCount Minus(WorkCount other) => Combine(other, (mine, others) => mine - others);

    public WorkCount Times(double factor) => Combine(this, (mine, _) => mine * factor);

    /// <summary>Each thing's share. What the noise made less than nothing is nothing.</summary>
    public WorkCount Per(double things) => Combine(this, (mine, _) => Math.Max(0, mine / things));

    /// <param name="what">That was done.</param>
    /// <param name="per">One of what.</param>
    public void Report(Run run, string what, string per)
    {
        run.Report($"{what}_statements", Statements, $"a {per}");
        run.Report($"{what}_rows", Rows, $"a {per}");
        run.Report($"{what}_wal_bytes", WalBytes, $"bytes a {per}");
        run.Report($"{what}_month_bytes", MonthBytes, $"bytes a {per}");
        run.Report($"{what}_lasting_bytes", LastingBytes, $"bytes a {per}");
        run.Report($"{what}_queue_messages", QueueMessages, $"a {per}");
        run.Report($"{what}_postgres_ms", PostgresMs, $"ms a {per}");
        run.Report($"{what}_storage_ms", StorageMs, $"ms a {per}");
        run.Report($"{what}_host_ms", HostMs, $"ms a {per}");
        run.Report($"{what}_session_ms", SessionMs, $"ms a {per}");
    }

    private WorkCount Combine(WorkCount other, Func<double, double, double> by) => new(
        by(Seconds, other.Seconds), by(Statements, other.Statements), by(Rows, other.Rows), by(WalBytes, other.WalBytes), by(MonthBytes, other.MonthBytes),
        by(LastingBytes, other.LastingBytes), by(QueueMessages, other.QueueMessages), by(PostgresMs, other.PostgresMs), by(StorageMs, other.StorageMs), by(HostMs, other.HostMs),
        by(SessionMs, other.SessionMs));
}
