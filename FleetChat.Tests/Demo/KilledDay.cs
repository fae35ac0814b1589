using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using Driver = FleetChat.LocalHost.Hosting.Driver;

namespace FleetChat.Tests.Demo;

/// <summary>What a trip of the day shows.</summary>
internal enum Part
{
    /// <summary>Its driver sends a photo at each stop.</summary>
    Papers,

    /// <summary>Its driver drives when a stop comes up, and sends no photo.</summary>
    AtTheWheel,

    /// <summary>It is on a truck that another driver takes over before it begins; he sends photos.</summary>
    Swapped,
}

/// <summary>A trip of one morning, played minute by minute through the simulators alone: nobody asks the host, which may be dead.</summary>
internal sealed class KilledTrip(Stage stage, Company company, Part part, Trip trip, Driver first, Driver last, string? truck)
{
    // The truck waits at a stop for what its driver is told there, be it told late because nobody knew whether it had been.
    private static readonly int[] Planned = [70, 140];

    private readonly HashSet<string> _tapped = [];
    private readonly int[] _photographed = new int[2];
    private readonly int[] _done = new int[2];
    private bool _isSwapped;
    private int _steps;

    /// <summary>Everything has happened that was to happen.</summary>
    public bool IsOver => _steps == 2 * Planned.Length;

    public Company Company => company;

    public Trip Trip => trip;

    public Part Part => part;

    public bool HasPapers => part is Part.Papers or Part.Swapped;

    public Driver Last => last;

    /// <summary>What has to be told exactly once, to whom, in which words.</summary>
    public IEnumerable<(Driver To, string Rule, string About)> Expected =>
    [
        (first, "route_assigned", trip.Name),
        .. part == Part.Swapped ? [(first, "route_reassigned", trip.Name), (last, "route_assigned", trip.Name)] : Array.Empty<(Driver, string, string)>(),
        .. trip.Stops.SelectMany(stop => new[] { (last, "stop_coming_up", stop.Name), (last, "stop_arrived", stop.Name) }),
        .. HasPapers ? [] : trip.Stops.Select(stop => (last, "document_missing", stop.Name)),
    ];

    public int Accepts => part == Part.Swapped ? 2 : 1;

    /// <param name="minute">Of the morning.</param>
    public async Task PlayAsync(int minute)
    {
        if (minute == 0) await stage.Samsara.AddRouteAsync(company.OrgId, CompanySetUp.RouteOf(trip, stage.Now.AddMinutes(Planned[0]), TimeSpan.FromMinutes(Planned[1] - Planned[0])) with { DriverId = truck is null ? first.Id : null, VehicleId = truck });
        await TapAsync(first, trip.Name, "Accept");
        await SwapAsync(minute);
        await DriveAsync(minute);
        if (!IsOver) await StopAsync(minute, _steps / 2);
    }

    public override string ToString() => $"{company.Tenant} {part} {trip.Name}: {_steps} steps, {_tapped.Count} taps, swapped: {_isSwapped}";

    private async Task SwapAsync(int minute)
    {
        if (part != Part.Swapped) return;
        if (!_isSwapped && minute >= 12 && _tapped.Count > 0)
        {
            await stage.Samsara.AssignAsync(company.OrgId, new(last.Id, truck!));
            _isSwapped = true;
        }
        if (_isSwapped) await TapAsync(last, trip.Name, "Accept");
    }

    private async Task DriveAsync(int minute)
    {
        if (part != Part.AtTheWheel) return;
        foreach (var planned in Planned)
        {
            if (minute == planned - 35) await DutyAsync("driving");
            if (minute == planned - 22) await DutyAsync("onDuty");
        }
    }

    private Task DutyAsync(string duty) => stage.Samsara.ChangeDriverAsync(company.OrgId, last.Id, new(DutyStatus: duty));

    private async Task StopAsync(int minute, int number)
    {
        var stop = trip.Stops[number];
        if (_steps % 2 == 0)
        {
            if (minute < Planned[number]) return;
            await stage.Samsara.ArriveAsync(company.OrgId, trip.RouteId, stop.Id);
            _steps++;
            return;
        }
        if (HasPapers && _photographed[number] == 0)
        {
            if (await FindAsync(last, stop.Name, "Done here") is null) return;
            await stage.WhatsApp.SendMediaAsync(new(company.NumberId, last.Phone, "image", "image/jpeg", [0xff, 0xd8, 0xff, 0xe0, .. System.Text.Encoding.ASCII.GetBytes(stop.Id), 0xff, 0xd9]));
            _photographed[number] = minute;
            return;
        }
        // Pages may follow for two minutes.
        if (_done[number] == 0 && minute >= _photographed[number] + 3 && await TapAsync(last, stop.Name, "Done here")) _done[number] = minute;
        // The truck leaves once his word has been worked on: of a stop that it has left before, he would hear nothing.
        if (_done[number] == 0 || minute <= _done[number] + 1) return;
        await stage.Samsara.DepartAsync(company.OrgId, trip.RouteId, stop.Id);
        _steps++;
    }

    /// <returns>Whether it was tapped now.</returns>
    private async Task<bool> TapAsync(Driver driver, string about, string button)
    {
        if (await FindAsync(driver, about, button) is not { } message || !_tapped.Add(message.Wamid)) return false;
        await stage.WhatsApp.TapAsync(company.NumberId, driver.Phone, message.Wamid, button);
        return true;
    }

    private async Task<ChatMessageView?> FindAsync(Driver driver, string about, string button)
        => (await stage.WhatsApp.ChatsAsync(company.NumberId, driver.Phone)).SelectMany(c => c.Messages).FirstOrDefault(m => m.Buttons.Contains(button) && m.Text.Contains(about, StringComparison.Ordinal));
}

/// <summary>Two companies' mornings.</summary>
internal static class KilledDay
{
    /// <summary>Nine o'clock, where the drivers are: nobody is told of a trip at night.</summary>
    public static DateTimeOffset NextMorning(DateTimeOffset after)
    {
        var local = TimeZoneInfo.ConvertTime(after, DayClock.Zone).Date.AddDays(1).AddHours(9);
        return new DateTimeOffset(local, DayClock.Zone.GetUtcOffset(local)).ToUniversalTime();
    }

    /// <summary>In the simulators without trips: those come during the day.</summary>
    public static Company WithoutTrips(Company company) => company with { Drivers = [], Roster = company.Drivers };

    public static Company NewCompany(int number) => new(
        $"killed_day_{number:000}", $"Killed day {number}", "en", 83_000 + number, $"{83_100 + number}", $"83000000000000{number}", $"83100000000000{number}", $"1512555070{number}",
        [.. Enumerable.Range(1, 5).Select(n => new Driver($"83{number}{n}", $"Driver {number}{n}", $"151255508{number}{n}", "en", new("", "", [])))]);

    /// <param name="day">No two days have a trip in common.</param>
    public static async Task<IReadOnlyList<KilledTrip>> PlanAsync(Stage stage, Company company, int day)
    {
        var truck = await stage.Samsara.AddVehicleAsync(company.OrgId, new($"Truck {day}"));
        await stage.Samsara.AssignAsync(company.OrgId, new(company.Drivers[3].Id, truck));
        return
        [
            new(stage, company, Part.Papers, NewTrip(1), company.Drivers[0], company.Drivers[0], truck: null),
            new(stage, company, Part.Papers, NewTrip(2), company.Drivers[1], company.Drivers[1], truck: null),
            new(stage, company, Part.AtTheWheel, NewTrip(3), company.Drivers[2], company.Drivers[2], truck: null),
            new(stage, company, Part.Swapped, NewTrip(4), company.Drivers[3], company.Drivers[4], truck),
        ];

        // Names of one length: none is part of another.
        Trip NewTrip(int number)
        {
            var id = $"9{company.OrgId - 83_000}{day:00}{number}";
            return new($"{id}0", $"Trip {id}", [new($"{id}1", $"Dock {id}"), new($"{id}2", $"Mill {id}")]);
        }
    }
}
