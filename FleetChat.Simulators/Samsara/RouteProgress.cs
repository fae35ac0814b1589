using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.Samsara;

/// <summary>What a vehicle's movement does to a route, and the name of the operation that Samsara gives it.</summary>
internal static class RouteProgress
{
    public const string StopScheduled = "stop scheduled";
    public const string StopEnRoute = "stop en route";
    public const string StopSkipped = "stop skipped";
    public const string StopArrived = "stop arrived";
    public const string StopDeparted = "stop departed";
    public const string EtaUpdated = "stop ETA updated";
    public const string OrderChanged = "stop order changed";

    public static string Arrive(Route route, Stop stop, DateTimeOffset now)
    {
        if (stop.State is StopState.Arrived or StopState.Departed)
            throw new ControlException($"stop {stop.Id} is already {stop.State}");
        stop.State = StopState.Arrived;
        stop.ArrivedAt = now;
        stop.Eta = null;
        if (stop == route.Stops[0] && route.StartingCondition == "arriveFirstStop")
            route.ActualStart ??= now;
        if (stop != route.Stops[^1] || !route.EndsWithArrival)
            return StopArrived;

        // A route that ends with the last arrival ends at once: real arrivals there read "stop departed" with equal times.
        stop.State = StopState.Departed;
        stop.DepartedAt = now;
        route.ActualEnd = now;
        return StopDeparted;
    }

    public static string Depart(Route route, Stop stop, DateTimeOffset now)
    {
        if (stop.State is StopState.Departed or StopState.Skipped)
            throw new ControlException($"stop {stop.Id} is already {stop.State}");
        stop.State = StopState.Departed;
        stop.ArrivedAt ??= now;
        stop.DepartedAt = now;
        stop.Eta = null;
        route.ActualStart ??= now;
        if (stop == route.Stops[^1])
            route.ActualEnd = now;
        else
            SetEnRoute(route.Stops[route.Stops.IndexOf(stop) + 1], now);
        return StopDeparted;
    }

    public static string EnRoute(Stop stop, DateTimeOffset now)
    {
        if (!SetEnRoute(stop, now))
            throw new ControlException($"stop {stop.Id} is {stop.State} and cannot be en route");
        return StopEnRoute;
    }

    public static string Skip(Stop stop, DateTimeOffset now)
    {
        if (stop.State is StopState.Arrived or StopState.Departed)
            throw new ControlException($"stop {stop.Id} is already {stop.State}");
        stop.State = StopState.Skipped;
        stop.SkippedAt = now;
        return StopSkipped;
    }

    public static string Expect(Stop stop, DateTimeOffset eta, DateTimeOffset now)
    {
        if (stop.State != StopState.EnRoute && !SetEnRoute(stop, now))
            throw new ControlException($"stop {stop.Id} is {stop.State} and has no ETA any more");
        stop.Eta = eta;
        return EtaUpdated;
    }

    /// <summary>A stop that nobody has begun is scheduled while somebody is to drive there.</summary>
    public static void Assigned(Route route)
    {
        var isAssigned = route.Driver is not null || route.Vehicle is not null;
        foreach (var stop in route.Stops.Where(stop => stop.State is StopState.Unassigned or StopState.Scheduled))
            stop.State = isAssigned ? StopState.Scheduled : StopState.Unassigned;
    }

    /// <summary>Only a stop with a window of its own can be missed.</summary>
    public static bool IsEarlyOrLate(Stop stop)
        => stop is { ScheduledArrival: { } planned, ArrivedAt: { } arrived }
            && ((stop.OnTimeBeforeMs is { } before && arrived < planned.AddMilliseconds(-before)) || (stop.OnTimeAfterMs is { } after && arrived > planned.AddMilliseconds(after)));

    public static void Resequence(Route route, IReadOnlyList<string> stopIds)
    {
        if (!stopIds.Order(StringComparer.Ordinal).SequenceEqual(route.Stops.Select(stop => stop.Id).Order(StringComparer.Ordinal)))
            throw new ControlException($"a new order of route {route.Id} names each of its stops once");
        route.Stops = [.. stopIds.Select(route.GetStop)];
    }

    private static bool SetEnRoute(Stop stop, DateTimeOffset now)
    {
        if (stop.State is not (StopState.Unassigned or StopState.Scheduled))
            return false;
        stop.State = StopState.EnRoute;
        stop.EnRouteAt = now;
        return true;
    }
}
