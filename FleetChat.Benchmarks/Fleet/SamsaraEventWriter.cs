using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FleetChat.Benchmarks.Fleet;

/// <summary>Writes events as Samsara sends and signs them, each as a whole request.</summary>
internal sealed class SamsaraEventWriter(LoadPlan plan)
{
    private const int StopsOfRoute = 4;
    private readonly byte[][] _secrets = [.. plan.Companies.Select(company => Convert.FromBase64String(company.WebhookSecret))];

    public ReadOnlyMemory<byte> Write(long number, DateTimeOffset now)
    {
        var company = plan.CompanyOf(number);
        var body = Body(number, now);
        var timestamp = now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        var signature = Sign(_secrets[company], timestamp, body);
        var head = Encoding.ASCII.GetBytes(
            $"POST /api/samsara/webhook/{plan.Companies[company].Tenant} HTTP/1.1\r\nHost: {plan.Host.Authority}\r\nContent-Type: application/json\r\n" +
            $"X-Samsara-Timestamp: {timestamp}\r\nX-Samsara-Signature: {signature}\r\nContent-Length: {body.Length}\r\n\r\n");
        return (byte[])[.. head, .. body];
    }

    public byte[] Body(long number, DateTimeOffset now) => Encoding.UTF8.GetBytes(Envelope(plan.CompanyOf(number), plan.TurnOf(number), now));

    /// <summary>Samsara's id of a driver.</summary>
    public static string DriverId(int company, long driver) => string.Create(CultureInfo.InvariantCulture, $"{1000 + company}{driver:00000}");

    private static string Sign(byte[] secret, string timestamp, byte[] body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        mac.AppendData(Encoding.ASCII.GetBytes($"v1:{timestamp}:"));
        mac.AppendData(body);
        return $"v1={Convert.ToHexStringLower(mac.GetHashAndReset())}";
    }

    private string Envelope(int company, long turn, DateTimeOffset now)
    {
        var (type, data) = plan.Kind == LoadKind.Arrival ? ("RouteStopArrival", Arrival(company, turn, now)) : ("DvirSubmitted", Inspection(turn, now));
        return $$$"""
            {"eventId":"{{{plan.CodeOf(company, turn)}}}","eventType":"{{{type}}}","eventTime":"{{{Time(now)}}}","orgId":{{{plan.Companies[company].OrgId}}},"webhookId":"{{{plan.Companies[company].WebhookId}}}","data":{{{data}}}}
            """;
    }

    // Many trucks: so many lanes, as a fleet has.
    private static string Inspection(long turn, DateTimeOffset now)
        => $$$"""
            {"id":"{{{turn}}}","startTime":"{{{Time(now)}}}","endTime":"{{{Time(now)}}}","safetyStatus":"safe","type":"preTrip","vehicle":{"id":"{{{turn % 97}}}","name":"Truck {{{turn % 97}}}"},"vehicleDefects":[],"trailerDefects":[],"authorSignature":{"type":"driver","signedAtTime":"{{{Time(now)}}}","signatoryUser":{"id":"{{{turn % 211}}}","name":"as Samsara has it"} }}
            """;

    private string Arrival(int company, long turn, DateTimeOffset now)
    {
        var (lap, driver) = Math.DivRem(turn, plan.DriversPerCompany);
        var (trip, at) = Math.DivRem(lap, StopsOfRoute);
        var stops = Enumerable.Range(0, StopsOfRoute).Select(place => Stop(company, (trip * StopsOfRoute + place) * plan.DriversPerCompany + driver, place, (int)(place - at), now));
        return $$$"""
            {"operation":"stop arrived","time":"{{{Time(now)}}}","type":"route tracking","driver":{"id":"{{{DriverId(company, driver)}}}","name":"as Samsara has it"},"route":{"id":"{{{plan.First}}}{{{company:000}}}{{{driver:00000}}}{{{trip:000}}}","name":"Load {{{driver}}}-{{{trip}}}","stops":[{{{string.Join(',', stops)}}}]},"routeStopDetails":{"id":"{{{plan.CodeOf(company, turn)}}}","state":"arrived","actualArrivalTime":"{{{Time(now)}}}"}}
            """;
    }

    // Scheduled for tomorrow: an event must not change what an earlier one of the same route said.
    private string Stop(int company, long turn, int place, int ahead, DateTimeOffset now)
    {
        var code = plan.CodeOf(company, turn);
        var state = ahead == 0 ? "arrived" : ahead < 0 ? "departed" : "scheduled";
        return $$$"""
            {"id":"{{{code}}}","name":"{{{StopNames.Of(code)}}}","state":"{{{state}}}","scheduledArrivalTime":"{{{Time(now.UtcDateTime.Date.AddDays(1).AddHours(2 * place))}}}"}
            """;
    }

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
