using System.Globalization;
using System.Text;

namespace FleetChat.LocalHost.Capacity;

/// <summary>The model's answer as tables in Markdown: what <c>-- capacity</c> prints, and what docs/scale.md holds.</summary>
internal static class CapacityPage
{
    /// <summary>Of docs/scale.md.</summary>
    public static readonly IReadOnlyList<int> Sizes = [100, 1_000, 10_000, 100_000];

    private static readonly (string What, string Unit, Func<NeededCapacity, double> Of)[] s_load =
    [
        ("Samsara's events, mean of the month", "/s", n => n.EventsPerSecondMean),
        ("Samsara's events", "/s", n => n.EventsPerSecond),
        ("webhooks of both", "/s", n => n.WebhooksPerSecond),
        ("messages to drivers", "/s", n => n.MessagesPerSecond),
        ("requests to Samsara, day and night", "/s", n => n.SamsaraRequestsPerSecond),
        ("SQL statements", "/s", n => n.StatementsPerSecond),
        ("rows written", "/s", n => n.RowsPerSecond),
        ("written ahead (WAL)", "MB/s", n => n.WalMegabytesPerSecond),
        ("queue messages", "/s", n => n.QueueMessagesPerSecond),
        ("storage operations", "/s", n => n.StorageOperationsPerSecond),
        ("storage operations", "million a month", n => n.StorageOperationsAMonth / 1_000_000),
        ("Durable steps", "/s", n => n.DurableActionsPerSecond),
        ("Durable steps", "million a month", n => n.DurableActionsAMonth / 1_000_000),
    ];

    private static readonly (string What, string Unit, Func<NeededCapacity, double> Of)[] s_need =
    [
        ("PostgreSQL's size after a year", "GiB", n => n.PostgresGib),
        ("processors that PostgreSQL is busy with", "vCPU", n => n.PostgresBusy),
        ("vCores rented for it, without the standby's", "vCores", n => n.PostgresVcores),
        ("databases", "", n => n.Databases),
        ("sessions at work in them", "", n => n.Sessions),
        ("instances of the functions, one vCPU each", "", n => n.Instances),
        ("connections that they may open", "", n => n.Connections),
        ("executions", "million a month", n => n.ExecutionsAMonth / 1_000_000),
    ];

    /// <summary>The four tables, a column for each.</summary>
    public static string Tables(CapacityData data, IReadOnlyList<NeededCapacity> needed)
    {
        var page = new StringBuilder();
        page.Append("## The load\n\nAt the busiest time, unless it says otherwise.\n\n");
        Table(page, needed, s_load);
        page.Append("\n## What it needs\n\n");
        Table(page, needed, s_need);
        page.Append("\n## What it costs\n\nUS dollars a month.\n\n");
        Costs(page, needed);
        page.Append("\n## What breaks first\n\nHow much of each limit is used; the fullest at the last size come first.\n\n");
        Limits(page, data, needed);
        return page.ToString();
    }

    /// <summary>What was measured of one thing each.</summary>
    public static string Measured(CapacityData data)
    {
        (string Name, string What)[] things =
        [
            ("unheard", "an event that tells nobody"), ("told", "an event that tells a driver"), ("report", "a report of WhatsApp's"), ("answer", "a driver's answer"), ("polled", "a minute of polling a company"),
            ("rest", Invariant($"a second of rest, {data.Measured.Tenants} companies")), ("crowd", Invariant($"a second of rest, {data.Measured.CrowdTenants} companies")),
        ];
        string[] figures = ["statements", "rows", "wal_bytes", "month_bytes", "lasting_bytes", "queue_messages", "postgres_ms", "host_ms", "session_ms"];
        var page = new StringBuilder("| | statements | rows | bytes of WAL | bytes for a month | bytes for long | queue messages | ms of PostgreSQL | ms of the worker | ms of a session |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        foreach (var (name, what) in things)
            page.Append(CultureInfo.InvariantCulture, $"| {what} | {string.Join(" | ", figures.Select(f => Number(data.Measured.Measures[$"{name}_{f}"])))} |\n");
        return page.ToString();
    }

    public static string Actions(CapacityData data)
    {
        var page = new StringBuilder("| orchestrator | Durable steps of a usual run |\n|---|--:|\n");
        foreach (var (name, actions) in data.Measured.Actions) page.Append(CultureInfo.InvariantCulture, $"| {name} | {actions} |\n");
        return page.ToString();
    }

    public static string Volumes(CapacityData data)
    {
        var page = new StringBuilder("| | | why |\n|--:|---|---|\n");
        foreach (var volume in data.Volumes) page.Append(CultureInfo.InvariantCulture, $"| {Number(volume.Value)} | {volume.Unit} | {volume.Why} |\n");
        return page.ToString();
    }

    public static string Prices(CapacityData data)
    {
        var page = new StringBuilder("| | |\n|--:|---|\n");
        foreach (var price in data.PriceList.Prices) page.Append(CultureInfo.InvariantCulture, $"| {price.Amount:0.######} | {price.Unit} |\n");
        return page.ToString();
    }

    private static void Table(StringBuilder page, IReadOnlyList<NeededCapacity> needed, (string What, string Unit, Func<NeededCapacity, double> Of)[] rows)
    {
        page.Append(CultureInfo.InvariantCulture, $"| companies | | {string.Join(" | ", needed.Select(n => Whole(n.Tenants)))} |\n|---|---|{Columns(needed)}\n");
        foreach (var (what, unit, of) in rows) page.Append(CultureInfo.InvariantCulture, $"| {what} | {unit} | {string.Join(" | ", needed.Select(n => Number(of(n))))} |\n");
    }

    private static void Costs(StringBuilder page, IReadOnlyList<NeededCapacity> needed)
    {
        page.Append(CultureInfo.InvariantCulture, $"| companies | {string.Join(" | ", needed.Select(n => Whole(n.Tenants)))} |\n|---|{Columns(needed)}\n");
        for (var row = 0; row < needed[0].Costs.Count; row++)
            page.Append(CultureInfo.InvariantCulture, $"| {needed[0].Costs[row].What} | {string.Join(" | ", needed.Select(n => Whole(n.Costs[row].Amount)))} |\n");
        page.Append(CultureInfo.InvariantCulture, $"| together | {string.Join(" | ", needed.Select(n => Whole(n.CostAMonth)))} |\n");
        page.Append(CultureInfo.InvariantCulture, $"| **a company** | {string.Join(" | ", needed.Select(n => n.CostATenant.ToString("0.00", CultureInfo.InvariantCulture)))} |\n");
    }

    private static void Limits(StringBuilder page, CapacityData data, IReadOnlyList<NeededCapacity> needed)
    {
        page.Append(CultureInfo.InvariantCulture, $"| companies | {string.Join(" | ", needed.Select(n => Whole(n.Tenants)))} | what to change then |\n|---|{Columns(needed)}---|\n");
        foreach (var limit in data.Limits.OrderByDescending(l => needed[^1].Used[l.Id]).ThenBy(l => l.Id, StringComparer.Ordinal))
            page.Append(CultureInfo.InvariantCulture, $"| {limit.What}: {Whole(limit.Most)} ({limit.Source}) | {string.Join(" | ", needed.Select(n => Percent(n.Used[limit.Id])))} | {limit.Then} |\n");
    }

    private static string Columns(IReadOnlyList<NeededCapacity> needed) => string.Concat(needed.Select(_ => "--:|"));

    private static string Percent(double share) => share > 1 ? $"**{Number(share * 100)} %**" : $"{Number(share * 100)} %";

    private static string Whole(double value) => value.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary>Three digits: more would say what nobody knows.</summary>
    private static string Number(double value)
    {
        if (value == 0) return "0";
        var digits = 2 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (digits > 4) return "<0.001";
        var power = Math.Pow(10, Math.Max(0, -digits));
        return digits > 0 ? Math.Round(value, digits).ToString("#,##0.####", CultureInfo.InvariantCulture) : Whole(Math.Round(value / power) * power);
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
