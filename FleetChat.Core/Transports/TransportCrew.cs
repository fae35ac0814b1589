namespace FleetChat.Core.Transports;

/// <summary>Who a transport belongs to.</summary>
/// <param name="Driver">At the wheel, as far as is known.</param>
/// <param name="Problem">Unless there is none, nobody is told, and a dispatcher is. The two are then those who were on board last: they may still answer.</param>
/// <param name="Since">When the problem began.</param>
public sealed record TransportCrew(Guid? Driver, Guid? CoDriver, CrewProblem Problem = CrewProblem.None, DateTimeOffset? Since = null)
{
    /// <summary>So long a word waits for somebody who can say who drives. Then a dispatcher is told.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>A look at one vehicle takes seconds.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    public bool IsEmpty => Driver is null && CoDriver is null;

    public bool Includes(Guid driver) => driver == Driver || driver == CoDriver;

    /// <summary>Whoever of them is at the wheel.</summary>
    public bool HasSamePeopleAs(TransportCrew other) => (Driver, CoDriver) == (other.Driver, other.CoDriver) || (Driver, CoDriver) == (other.CoDriver, other.Driver);

    public bool SharesAnybodyWith(TransportCrew other) => (Driver is { } driver && other.Includes(driver)) || (CoDriver is { } partner && other.Includes(partner));

    public bool MustWait(DateTimeOffset now) => Problem == CrewProblem.Unknown && now - Since < Patience;
}
