using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;

namespace FleetChat.LocalHost.Demo;

/// <summary>Who takes part in the day: those who have a part of their own by name, the others by number.</summary>
public static class Cast
{
    /// <summary>His trip begins late in the morning: he is not told of it at night.</summary>
    internal const string Nora = "Nora Whitfield";

    /// <summary>His trip begins within two hours of the night.</summary>
    internal const string Omar = "Omar Haddad";

    /// <summary>Her trip is edited while dispatch still builds it.</summary>
    internal const string Ella = "Ella Marsh";

    /// <summary>His trip changes after he was told of it.</summary>
    internal const string Finn = "Finn Doyle";

    /// <summary>His trip is given to <see cref="Hana"/>.</summary>
    internal const string Gus = "Gus Brandt";

    internal const string Hana = "Hana Sato";

    /// <summary>Her trip is cancelled.</summary>
    internal const string Iris = "Iris Kemp";

    /// <summary>He drives what <see cref="Kiko"/> drives, for a company with other rules.</summary>
    internal const string Kai = "Kai Lindqvist";

    internal const string Kiko = "Kiko Salinas";

    /// <summary>He gets more trips in a morning than anybody wants to hear of.</summary>
    internal const string Oscar = "Óscar Peña";

    /// <summary>She does not take her trip.</summary>
    internal const string Vera = "Vera Montes";

    /// <summary>She takes it by a word, not by a tap.</summary>
    internal const string Lucia = "Lucía Ortega";

    /// <summary>His truck arrives while Samsara's REST API is away.</summary>
    internal const string Mateo = "Mateo Ríos";

    /// <summary>She drives a truck in which <see cref="Quinn"/> rides along.</summary>
    internal const string Pia = "Pia Rourke";

    internal const string Quinn = "Quinn Abbott";

    /// <summary>Her truck is taken over by <see cref="Tomas"/>.</summary>
    internal const string Sofia = "Sofía Reyes";

    internal const string Tomas = "Tomás Gil";

    /// <summary>He is hired during the day.</summary>
    internal const string Marc = "Marc Delorme";

    /// <summary>She gets the first message of her company.</summary>
    internal const string Bess = "Bess Coleman";

    /// <summary>He speaks French.</summary>
    internal const string Emil = "Emil Fontaine";

    /// <summary>He begins by a link, and WhatsApp shows his phone.</summary>
    internal const string Wade = "Wade Lowell";

    /// <summary>She begins by a code, and neither WhatsApp nor Samsara shows her phone.</summary>
    internal const string Zoe = "Zoe Hartman";

    /// <summary>He says yes, in French.</summary>
    internal const string Yves = "Yves Marchand";

    /// <summary>She says no.</summary>
    internal const string Nell = "Nell Archer";

    /// <summary>He writes STOP in the middle of the question, and START later.</summary>
    internal const string Stan = "Stan Mercer";

    /// <summary>She never answers.</summary>
    internal const string Ines = "Inés Duarte";

    /// <summary>He writes STOP while messages wait for him.</summary>
    internal const string Walt = "Walt Gibson";

    /// <summary>Maria's: she drives for both companies.</summary>
    private const string BothCompanies = "15125550101";

    /// <summary>It lies in the truck that Jack and Rosa take turns with.</summary>
    private const string SharedInTheTruck = "15125550102";

    private const string Ana = "4230";

    /// <summary>Somebody on no roster.</summary>
    public const string Stranger = "15125550109";

    /// <summary>Somebody on no roster, with a code that was another's.</summary>
    public const string Finder = "15125550110";

    /// <summary>A WhatsApp number that belongs to no company of this installation.</summary>
    public const string NobodysNumberId = "900000000000001";

    public const string NobodysWabaId = "900000000000002";
    public const string NobodysPhone = "15125550003";

    /// <summary>So many drivers there are.</summary>
    internal const int Drivers = 40;

    /// <summary>Of the buttons under a new trip.</summary>
    internal const int Accept = 0;

    internal const int Decline = 1;

    /// <summary>Of the paper that <see cref="Kai"/> photographs.</summary>
    internal const int Pages = 4;

    private const long SharedOrg = 41001;

    /// <summary>By Meta, in the account of the company that shows how a company comes in. Its rule is off there.</summary>
    internal const string RejectedTemplate = "fleetchat_site_entered_v1";

    /// <summary>Of the same account; its rule is off too.</summary>
    internal const string RecategorisedTemplate = "fleetchat_route_completed_v1";

    /// <summary>Those who take their trips by a tap.</summary>
    internal static readonly string[] Takers = [Ella, Finn, Kai, Kiko, Mateo, Emil, "Abel Wright"];

    /// <summary>Of the rosters, those whose chats are told word by word.</summary>
    internal static readonly string[] Shown = [Nora, Omar, Ella, Gus, Iris, Pia, Quinn, Kai, Kiko, Oscar, Sofia, Tomas, Vera, Emil];

    /// <summary>Their trucks arrive while WhatsApp is away.</summary>
    internal static readonly string[] Unreached = [Lucia, "Nadia Cruz", "Pablo Luna", "Raúl Vega"];

    private static readonly string[] s_freight = [Nora, Omar, Ella, Finn, Gus, Hana, Iris, Kai, Pia, Quinn, "Sven Aldrin"];
    private static readonly string[] s_cargo = [Kiko, Oscar, Vera, Lucia, Mateo, "Nadia Cruz", "Pablo Luna", "Raúl Vega", Sofia, Tomas];
    private static readonly string[] s_haulage =
    [
        Emil, "Faye Rousseau", "Abel Wright", "Cole Tanner", "Dora Finch", "Glen Porter", "Hope Darrow", "Ivan Petrov", "June Castle", "Kent Oakley", "Lena Vogel", Marc,
    ];

    private static readonly string[] s_newcomers = [Wade, Zoe, Yves, Nell, Stan, Ines, Walt];
    private static readonly string[] s_french = [Emil, "Faye Rousseau", Yves];

    private static readonly string[] s_towns =
    [
        "Abilene", "Amarillo", "Alvin", "Bastrop", "Baytown", "Beaumont", "Belton", "Boerne", "Bonham", "Brenham", "Bryan", "Buda",
        "Canton", "Conroe", "Corsicana", "Crockett", "Denton", "Dumas", "Edna", "El Paso", "Ennis", "Floresville",
        "Gainesville", "Galveston", "Goliad", "Gonzales", "Hearne", "Henderson", "Hillsboro", "Huntsville", "Kerrville", "Lampasas", "Livingston", "Lockhart", "Longview",
        "Luling", "Marfa", "Marlin", "Mexia", "Navasota", "Odessa", "Palestine",
    ];

    public static Company Freight() => new("lone_star_freight_001", "Lone Star Freight", "en", SharedOrg, "41002", "410000000000001", "410000000000002", "15125550001",
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

    /// <summary>The two companies with the drivers whom people entered.</summary>
    internal static Fleet Small() => new(Freight(), Cargo());

    /// <summary>Forty drivers, and a third company that shares the first one's Samsara organization.</summary>
    internal static Fleet Whole()
    {
        var haulage = new Company("bluebonnet_haulage_001", "Bluebonnet Haulage", "en", SharedOrg, "41003", "", "430000000000002", "15125550004",
        [
            NewDriver("5390", Bess, "15125539000", "en", "Haul 5390", "Terrell dock", "Tyler depot"),
        ])
        {
            HasPoolNumber = true,
            Tag = new("9302", "Bluebonnet"),
            Roster = NewRoster(53, 22, s_haulage, "en", "Haul", "bluebell"),
            Newcomers = [.. NewRoster(54, 35, s_newcomers, "en", "Haul", "bluebell").Select(AsNewcomer)],
        };
        return new(
            Freight() with { Tag = new("9301", "Lone Star"), Roster = NewRoster(51, 0, s_freight, "en", "Load", "longhorn") },
            Cargo() with { Roster = NewRoster(52, 11, s_cargo, "es", "Carga", "nopal") },
            haulage);
    }

    /// <summary>Ana writes STOP between her two stops.</summary>
    public static bool WantsNoMore(Driver driver, int stop) => driver.Id == Ana && stop == 1;

    /// <summary>Who is told what happens on a driver's trip: in a team who does not drive, on a swapped truck who drives now.</summary>
    internal static string Hears(string driver) => driver switch
    {
        Pia => Quinn,
        Sofia => Tomas,
        _ => driver,
    };

    /// <summary>A trip that only deliveries know which must have no effect.</summary>
    public static Trip GhostTrip(int number) => new($"{number}", $"Ghost {number}", [new($"{number}1", $"Ghost stop {number}"), new($"{number}2", "Ghost end")]);

    /// <summary>What dispatch adds to <see cref="Ella"/>'s trip while it builds it.</summary>
    internal static Stop EllasStop { get; } = new("51129", "Cedar Park annex");

    /// <summary>What dispatch adds to <see cref="Finn"/>'s trip when he knows of it.</summary>
    internal static Stop FinnsStop { get; } = new("51139", "Pflugerville annex");

    /// <summary>Of which <see cref="Oscar"/> gets one after the other.</summary>
    internal static IReadOnlyList<Trip> OscarsTrips { get; } =
        [.. Enumerable.Range(1, 7).Select(number => new Trip($"528{number}0", $"Vuelta {number}", [new($"528{number}1", $"Patio {number}"), new($"528{number}2", $"Molino {number}")]))];

    private static Driver NewDriver(string number, string name, string phone, string language, string trip, string pickup, string delivery)
        => new(number, name, phone, language, new($"{number}0", trip, [new($"{number}1", pickup), new($"{number}2", delivery)]));

    /// <param name="secret">Stands in the notes of each trip of the company: nobody else may ever see it.</param>
    private static IReadOnlyList<Driver> NewRoster(int series, int firstTown, IEnumerable<string> names, string language, string trip, string secret) => [.. names.Select((name, index) =>
    {
        var number = $"{series}{index + 10}";
        var town = s_towns[firstTown + index];
        var driver = NewDriver(number, name, $"15125{number}00", s_french.Contains(name) ? "fr" : language, $"{trip} {number}", $"{town} dock", $"{town} depot");
        return driver with { IsHiredLater = name == Marc, Trip = driver.Trip with { Notes = $"Gate code {secret}-{number}" } };
    })];

    private static Driver AsNewcomer(Driver driver)
        => driver with { IsHiredLater = true, UserId = driver.Name == Zoe ? "US.1500000000000001" : null, Language = driver.Name == Ines ? "es" : driver.Language };
}

/// <summary>The companies of a day.</summary>
/// <param name="Haulage">A tag of <paramref name="Freight"/>'s organization; null: it has no part in this day.</param>
internal sealed record Fleet(Company Freight, Company Cargo, Company? Haulage = null)
{
    public bool IsWhole => Haulage is not null;

    public IReadOnlyList<Company> Companies => Haulage is { } haulage ? [Freight, Cargo, haulage] : [Freight, Cargo];

    /// <summary>The same ones, with what they have got meanwhile.</summary>
    public static Fleet Of(IReadOnlyList<Company> companies) => new(companies[0], companies[1], companies.ElementAtOrDefault(2));
}
