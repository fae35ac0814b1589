using System.Diagnostics;
using System.Text.Json.Serialization;

namespace FleetChat.Benchmarks.Fleet;

/// <summary>What Samsara and WhatsApp know of a company.</summary>
internal sealed record LoadCompany(string Tenant, long OrgId, string WebhookId, string WebhookSecret, string PhoneNumberId, string AccountId);

/// <summary>
/// Which events come when. Every moment follows from the number of the event: who sends is late if he can't keep up, and the event is
/// due all the same.
/// </summary>
/// <param name="Kind">One of <see cref="LoadKind"/>.</param>
/// <param name="Order">Whose event comes next: indexes of companies, over and over.</param>
/// <param name="PerSecond">0: as fast as the connections are answered.</param>
/// <param name="DriversPerCompany">They take turns.</param>
/// <param name="First">Events of two plans on one installation must not bear the same numbers.</param>
internal sealed record LoadPlan(
    Uri Host, string Kind, IReadOnlyList<LoadCompany> Companies, int[] Order, double PerSecond, double WarmUpSeconds, double Seconds, int Connections, int DriversPerCompany, long First)
{
    /// <summary>More events of one company than any plan has.</summary>
    private const long PerCompany = 1_000_000;

    private readonly int[] _before = CountBefore(Order);
    private readonly int[] _weights = [.. Enumerable.Range(0, Companies.Count).Select(company => Order.Count(o => o == company))];

    [JsonIgnore]
    public double AllSeconds => WarmUpSeconds + Seconds;

    /// <summary>Events in the whole time; without a rate nobody can say.</summary>
    [JsonIgnore]
    public int Count => (int)(PerSecond * AllSeconds);

    /// <returns>Seconds after the start.</returns>
    public double DueAfter(long number) => PerSecond == 0 ? 0 : number / PerSecond;

    public int CompanyOf(long number) => Order[number % Order.Length];

    /// <returns>The how manieth event of its company it is.</returns>
    public long TurnOf(long number) => number / Order.Length * _weights[CompanyOf(number)] + _before[number % Order.Length];

    /// <returns>A number that no other event of the installation has.</returns>
    public long CodeOf(int company, long turn) => (First + company) * PerCompany + turn;

    /// <returns>Null: it is of another plan.</returns>
    public long? NumberOf(long code)
    {
        var (company, turn) = ((int)(code / PerCompany - First), code % PerCompany);
        if (company < 0 || company >= Companies.Count || _weights[company] == 0) return null;
        var (rounds, left) = Math.DivRem(turn, _weights[company]);
        var place = Enumerable.Range(0, Order.Length).First(at => Order[at] == company && _before[at] == left);
        return rounds * Order.Length + place;
    }

    private static int[] CountBefore(int[] order)
    {
        var counts = new Dictionary<int, int>();
        return Array.ConvertAll(order, company => (counts[company] = counts.GetValueOrDefault(company) + 1) - 1);
    }
}

internal static class LoadKind
{
    /// <summary>A vehicle was inspected and is well: stored and looked at, and nobody is told.</summary>
    public const string Inspection = "inspection";

    /// <summary>A driver has reached the next stop of his route: he is told.</summary>
    public const string Arrival = "arrival";
}

/// <summary>What came of it.</summary>
/// <param name="StartedAt">Of the machine's clock that all its processes read: <see cref="Stopwatch.GetTimestamp"/>.</param>
/// <param name="Acknowledged">In the window, after the warm-up.</param>
/// <param name="Failed">Answered by anything but 200, or not sent because it was too late.</param>
/// <param name="Microseconds">Of each event that was due in the window: from the moment when it was due to its acknowledgement.</param>
internal sealed record LoadResult(long StartedAt, long Sent, long Acknowledged, long Failed, IReadOnlyList<int> Microseconds);
