using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Billing;
using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.Transports;

namespace FleetChat.Benchmarks.Rls;

/// <summary>A driver with a route, whom the statements are about.</summary>
internal sealed record HotDriver(TenantId Tenant, DataKey Key, Guid Driver, string SamsaraDriverId, Guid Conversation, Guid Transport)
{
    public short ProcessLane => Lanes.Of(SamsaraDriverId);

    public short SendLane => Outbox.LaneOf(Conversation);
}

/// <summary>What every event runs on its way, by the product's own statements.</summary>
internal sealed record HotQuery(string Name, Func<TenantTransaction, HotDriver, CancellationToken, Task> RunAsync)
{
    private const int MostClaimed = 50;
    private const int MostSent = 16;
    private static readonly byte[] Payload = new byte[1200];

    public static IReadOnlyList<HotQuery> All { get; } =
    [
        new("store_event", (db, driver, ct) => StoreItems.StoreAsync(db, driver.Key, [new(InboxSource.Samsara, "RouteStopArrival", NewText(), driver.SamsaraDriverId, Payload)], BillingPeriod.Of(Now, TimeZoneInfo.Utc), Time, ct)),
        new("claim_events", (db, driver, ct) => InboxSql.ClaimAsync(db, driver.ProcessLane, Now, MostClaimed, ct)),
        new("lock_drivers", (db, driver, ct) => InboxSql.LockAsync(db, [driver.SamsaraDriverId], [], [], ct)),
        new("find_driver", (db, driver, ct) => DriverSql.FindAsync(db, driver.Key, driver.Driver, ct)),
        new("lock_route", (db, driver, ct) => RoutePlans.LockAsync(db, driver.Key, driver.Transport, ct)),
        new("queue_message", (db, driver, ct) => Outbox.TryAddAsync(db, driver.Key, Time, NewMessage(driver), driver.SendLane, ct)),
        new("lock_conversations", (db, driver, ct) => SendSql.LockConversationsAsync(db, driver.SendLane, Now, MostSent, ct)),
        new("list_due", (db, driver, ct) => SendSql.ListDueAsync(db, "10229", "", [driver.Conversation], Now, ct)),
    ];

    private static TimeProvider Time => TimeProvider.System;

    private static DateTimeOffset Now => Time.GetUtcNow();

    private static string NewText() => Time.NewId().ToString("N");

    private static NewMessage NewMessage(HotDriver driver)
        => new(Time.NewId(), driver.Conversation, driver.Driver, MessageKind.Template, new("You have reached the dock."), "stop_arrived", NewText()) { Transport = driver.Transport };
}
