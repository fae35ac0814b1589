using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo;

/// <summary>Who takes part in the day.</summary>
public static class Cast
{
    /// <summary>Maria's: she drives for both companies.</summary>
    private const string BothCompanies = "15125550101";

    /// <summary>It lies in the truck that Jack and Rosa take turns with.</summary>
    private const string SharedInTheTruck = "15125550102";

    private const string Ana = "4230";

    /// <summary>Somebody on no roster.</summary>
    public const string Stranger = "15125550109";

    /// <summary>A WhatsApp number that belongs to no company of this installation.</summary>
    public const string NobodysNumberId = "900000000000001";

    public const string NobodysWabaId = "900000000000002";
    public const string NobodysPhone = "15125550003";

    public static Company Freight() => new("lone_star_freight_001", "Lone Star Freight", "en", 41001, "41002", "410000000000001", "410000000000002", "15125550001",
    [
        NewDriver("4110", "Maria", BothCompanies, "en", "Load 4110", "Austin yard", "Waco warehouse"),
        NewDriver("4120", "Jack", SharedInTheTruck, "en", "Load 4120", "Round Rock dock", "Temple market"),
        NewDriver("4130", "Rosa", SharedInTheTruck, "es", "Load 4130", "Georgetown plant", "Killeen store"),
    ]);

    public static Company Cargo() => new("rio_grande_cargo_001", "Rio Grande Cargo", "es", 42001, "42002", "420000000000001", "420000000000002", "15125550002",
    [
        NewDriver("4210", "Maria", BothCompanies, "es", "Carga 4210", "Laredo cruce", "Cotulla bodega"),
        NewDriver("4220", "Luis", "15125550104", "es", "Carga 4220", "Eagle Pass patio", "Uvalde tienda"),
        NewDriver(Ana, "Ana", "15125550105", "en", "Carga 4230", "Del Rio muelle", "Sonora planta"),
    ]);

    /// <summary>Ana writes STOP between her two stops.</summary>
    public static bool WantsNoMore(Driver driver, int stop) => driver.Id == Ana && stop == 1;

    /// <summary>A trip that only deliveries know which must have no effect.</summary>
    public static Trip GhostTrip(int number) => new($"{number}", $"Ghost {number}", [new($"{number}1", $"Ghost stop {number}"), new($"{number}2", "Ghost end")]);

    private static Driver NewDriver(string number, string name, string phone, string language, string trip, string pickup, string delivery)
        => new(number, name, phone, language, new($"{number}0", trip, [new($"{number}1", pickup), new($"{number}2", delivery)]));
}
