using FleetChat.Core.Samsara.Polling;

namespace FleetChat.LocalHost.Capacity;

/// <summary>What so many companies need. Per second at the busiest time, unless a name says otherwise.</summary>
internal sealed record NeededCapacity
{
    public required int Tenants { get; init; }

    /// <summary>Of Samsara's, over the whole month.</summary>
    public required double EventsPerSecondMean { get; init; }

    public required double EventsPerSecond { get; init; }

    /// <summary>Of Samsara's and WhatsApp's.</summary>
    public required double WebhooksPerSecond { get; init; }

    public required double MessagesPerSecond { get; init; }

    /// <summary>Made all day and night.</summary>
    public required double SamsaraRequestsPerSecond { get; init; }

    public required double StatementsPerSecond { get; init; }

    public required double RowsPerSecond { get; init; }

    public required double WalMegabytesPerSecond { get; init; }

    public required double QueueMessagesPerSecond { get; init; }

    public required double StorageOperationsPerSecond { get; init; }

    public required double StorageOperationsAMonth { get; init; }

    public required double DurableActionsPerSecond { get; init; }

    public required double DurableActionsAMonth { get; init; }

    public required double PostgresGib { get; init; }

    /// <summary>Processors that the database is busy with, before what is kept free.</summary>
    public required double PostgresBusy { get; init; }

    /// <summary>All databases', as they are rented.</summary>
    public required int PostgresVcores { get; init; }

    public required int Databases { get; init; }

    /// <summary>Sessions of PostgreSQL that run a statement or hold a transaction open at once.</summary>
    public required double Sessions { get; init; }

    public required int Instances { get; init; }

    /// <summary>That all instances may open to PgBouncer.</summary>
    public required double Connections { get; init; }

    public required double ExecutionsAMonth { get; init; }

    public required IReadOnlyList<Cost> Costs { get; init; }

    public double CostAMonth => Costs.Sum(c => c.Amount);

    public double CostATenant => CostAMonth / Tenants;

    /// <summary>By the limit's id how much of it is used; 1 is all.</summary>
    public required IReadOnlyDictionary<string, double> Used { get; init; }
}

/// <param name="Amount">Of the price list's currency, a month.</param>
internal sealed record Cost(string What, double Amount);

/// <summary>Work measured once each, times how often it happens.</summary>
internal sealed class CapacityModel(CapacityData data)
{
    /// <summary>Beyond it there is no such installation, and the sums lose their meaning.</summary>
    public const int MostTenants = 10_000_000;

    private const double SecondsADay = 86_400;
    private const double DaysAMonth = 30;
    private const double SecondsAMonth = SecondsADay * DaysAMonth;
    private const double Gib = 1024 * 1024 * 1024;

    /// <exception cref="ArgumentOutOfRangeException">Not from 1 to <see cref="MostTenants"/>.</exception>
    public NeededCapacity Of(int tenants)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tenants);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tenants, MostTenants);
        var load = LoadOf(tenants);
        var (mean, peak) = (1 / SecondsAMonth, data.Volume("peak") / SecondsAMonth);
        var actions = ActionsAMonth(tenants, load);
        var busy = PerSecond(load, peak, tenants, "postgres_ms") / 1000;
        var (hostMean, hostPeak) = (HostBusy(load, mean, tenants), HostBusy(load, peak, tenants));
        var queued = PerSecond(load, peak, tenants, "queue_messages");
        var queuedAMonth = PerSecond(load, mean, tenants, "queue_messages") * SecondsAMonth;
        var instances = Instances(hostPeak);
        var perAction = data.Volume("storage_per_action");
        var size = Size(load);
        var (databases, vcores) = Servers(busy, size);
        // Whoever looks into a queue does so whether something lies there or not.
        var looks = data.Volume("queues") * instances;
        var operations = looks + queued * data.Volume("storage_per_message") + actions * peak * perAction;
        var operationsAMonth = (data.Volume("queues") * Instances(hostMean)) * SecondsAMonth + queuedAMonth * data.Volume("storage_per_message") + actions * perAction;
        var executions = load.Unheard + load.Told + load.Reports + load.Answers + queuedAMonth + actions;
        var needed = new NeededCapacity
        {
            Tenants = tenants,
            EventsPerSecondMean = (load.Unheard + load.Told) * mean,
            EventsPerSecond = (load.Unheard + load.Told) * peak,
            WebhooksPerSecond = (load.Unheard + load.Told + load.Reports + load.Answers) * peak,
            MessagesPerSecond = load.Told * peak,
            SamsaraRequestsPerSecond = tenants * RequestsAMinute / 60,
            StatementsPerSecond = PerSecond(load, peak, tenants, "statements"),
            RowsPerSecond = PerSecond(load, peak, tenants, "rows"),
            WalMegabytesPerSecond = PerSecond(load, peak, tenants, "wal_bytes") / 1_000_000,
            QueueMessagesPerSecond = queued,
            StorageOperationsPerSecond = operations,
            StorageOperationsAMonth = operationsAMonth,
            DurableActionsPerSecond = actions * peak,
            DurableActionsAMonth = actions,
            PostgresGib = size,
            PostgresBusy = busy,
            PostgresVcores = databases * vcores,
            Databases = databases,
            Sessions = PerSecond(load, peak, tenants, "session_ms") / 1000,
            Instances = instances,
            Connections = instances * data.Volume("connections"),
            ExecutionsAMonth = executions,
            Costs = CostsOf(databases * vcores, size, Working(hostMean), executions, operationsAMonth),
            Used = new Dictionary<string, double>(),
        };
        return needed with { Used = Uses(needed, load) };
    }

    /// <summary>How often each thing happens in a month.</summary>
    private sealed record Load(double Drivers, double Unheard, double Told, double Reports, double Answers);

    private Load LoadOf(int tenants)
    {
        var drivers = tenants * data.Volume("drivers");
        var days = drivers * data.Volume("days");
        var told = days * data.Volume("told_events");
        return new(drivers, days * (data.Volume("samsara_events") - data.Volume("told_events")), told, told * data.Volume("reports"), told * data.Volume("answers"));
    }

    /// <summary>Of a company: a look at its routes, at who drives, and at two lists of drivers.</summary>
    private static double RequestsAMinute { get; } = RequestsOf(new PollingOptions());

    private static double RequestsOf(PollingOptions polling) => 1 / polling.Routes.TotalMinutes + 1 / polling.Assignments.TotalMinutes + 2 / polling.Drivers.TotalMinutes;

    /// <param name="share">Of a month's load, that falls into this second.</param>
    private double PerSecond(Load load, double share, int tenants, string figure)
        => (load.Unheard * Measured("unheard", figure) + load.Told * Measured("told", figure) + load.Reports * Measured("report", figure) + load.Answers * Measured("answer", figure)) * share
            + tenants * Measured("polled", figure) / 60
            + Resting(tenants, figure);

    // Rest was measured with few companies and with many: what is not theirs is there once.
    private double Resting(int tenants, string figure)
    {
        var (few, many) = (Measured("rest", figure), Measured("crowd", figure));
        var each = Math.Max(0, (many - few) / (data.Measured.CrowdTenants - data.Measured.Tenants));
        return Math.Max(0, few - each * data.Measured.Tenants) + each * tenants;
    }

    private double Measured(string what, string figure) => data.Measured.Measures[$"{what}_{figure}"];

    private double HostBusy(Load load, double share, int tenants) => PerSecond(load, share, tenants, "host_ms") / 1000 * data.Volume("host_share");

    /// <summary>As many as work on it, however few stand ready.</summary>
    private int Working(double busy) => Math.Max(1, (int)Math.Ceiling(busy / data.Volume("use")));

    private int Instances(double busy) => Math.Max((int)data.Volume("always_ready"), Working(busy));

    private double ActionsAMonth(int tenants, Load load)
    {
        var actions = data.Measured.Actions;
        return load.Told * data.Volume("retried") * actions["MessageRetry"]
            + load.Drivers * data.Volume("new_drivers") * actions["ConsentFlow"]
            + tenants * (actions["TenantBilling"] + actions["CollectInvoice"]);
    }

    // What polls and rest add is of the size of pages and not of companies, and goes after a month.
    private double Size(Load load)
    {
        var (month, lasting) = (Bytes(load, "month_bytes"), Bytes(load, "lasting_bytes"));
        return (month + lasting * data.Volume("months_kept")) * data.Volume("bloat") / Gib;
    }

    private double Bytes(Load load, string figure)
        => load.Unheard * Measured("unheard", figure) + load.Told * Measured("told", figure) + load.Reports * Measured("report", figure) + load.Answers * Measured("answer", figure);

    /// <summary>As few databases as the largest server allows, each of the smallest size that does.</summary>
    private (int Databases, int Vcores) Servers(double busy, double gib)
    {
        var (needed, sizes) = (busy / data.Volume("use"), data.PriceList.ServerVcores);
        var databases = (int)Math.Max(1, Math.Ceiling(Math.Max(needed / sizes[^1], gib / LimitOf("postgres_gib"))));
        return (databases, sizes.First(size => size >= needed / databases || size == sizes[^1]));
    }

    private List<Cost> CostsOf(int vcores, double gib, int working, double executions, double operations) =>
    [
        new("PostgreSQL, servers", vcores * data.Volume("hours") * data.Price("postgres_vcore_hour") * data.Price("postgres_copies")),
        new("PostgreSQL, disks", gib * data.Price("postgres_gib_month") * data.Price("postgres_copies")),
        new("Functions", FunctionsCost(working, executions)),
        new("Storage operations", operations / 10_000 * data.Price("storage_10k")),
        new("Logs", executions * data.Volume("log_bytes") / Gib * data.Price("log_gib")),
        new("What is there once", data.Price("fixed_month")),
    ];

    private double FunctionsCost(int working, double executions)
    {
        var second = SecondsAMonth * data.Volume("instance_gib");
        return working * second * data.Price("flex_gib_second") + data.Volume("always_ready") * second * data.Price("flex_ready_gib_second")
            + executions / 1_000_000 * data.Price("flex_million_executions");
    }

    private Dictionary<string, double> Uses(NeededCapacity needed, Load load)
    {
        var drivers = data.Volume("drivers");
        Dictionary<string, double> amounts = new()
        {
            ["meta_accounts"] = needed.Tenants,
            ["meta_reach"] = load.Drivers,
            ["postgres_vcores"] = needed.PostgresBusy / data.Volume("use"),
            ["postgres_gib"] = needed.PostgresGib,
            ["pgbouncer_clients"] = needed.Connections,
            ["postgres_sessions"] = needed.Sessions,
            ["queue_messages"] = needed.QueueMessagesPerSecond,
            ["storage_operations"] = needed.StorageOperationsPerSecond,
            ["scheduler_actions"] = needed.DurableActionsPerSecond,
            ["instances"] = needed.Instances,
            ["samsara_requests"] = RequestsAMinute / 60,
            ["number_messages"] = drivers * data.Volume("told_events") * (1 + data.Volume("answers")) * data.Volume("days") / SecondsAMonth * data.Volume("peak"),
        };
        return data.Limits.ToDictionary(limit => limit.Id, limit => amounts[limit.Id] / limit.Most);
    }

    private double LimitOf(string id) => data.Limits.Single(l => l.Id == id).Most;
}
