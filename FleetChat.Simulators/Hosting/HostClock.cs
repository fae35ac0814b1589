using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Serialization;

namespace FleetChat.Simulators.Hosting;

/// <summary>
/// The business clock of another process, read over HTTP: <c>{"now":"2026-01-31T10:00:00Z","running":true,"offset_ms":0}</c>.
/// While that process does not answer, the last known offset stays in force (a stopped clock: its last known time).
/// </summary>
public sealed class HostClock(Uri url) : TimeProvider, IDisposable
{
    // A burst of requests asks once; short enough that no step of a stepped clock is missed by the next request.
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(15);

    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(1) };
    private volatile Reading last = new(Running: true, default, TimeSpan.Zero, ReadAt: 0);

    public override DateTimeOffset GetUtcNow()
    {
        var reading = last;
        // Real time is meant: the host's clock is told as an offset from it.
        return reading.Running ? System.GetUtcNow() + reading.Offset : reading.Now;
    }

    /// <summary>True if the host answered.</summary>
    public async Task<bool> RefreshAsync(CancellationToken ct)
    {
        if (last.ReadAt != 0 && Stopwatch.GetElapsedTime(last.ReadAt) < Fresh)
            return true;
        try
        {
            var told = await http.GetFromJsonAsync<Told>(url, ct) ?? throw new InvalidDataException($"{url} answered null");
            last = new(told.Running, told.Now, TimeSpan.FromMilliseconds(told.OffsetMs), Stopwatch.GetTimestamp());
            return true;
        }
        // A connection that breaks in the moment in which it is made comes as the socket's own exception.
        catch (Exception unreachable) when (unreachable is HttpRequestException or SocketException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => http.Dispose();

    private sealed record Reading(bool Running, DateTimeOffset Now, TimeSpan Offset, long ReadAt);

    private sealed record Told(
        [property: JsonPropertyName("now")] DateTimeOffset Now,
        [property: JsonPropertyName("running")] bool Running,
        [property: JsonPropertyName("offset_ms")] double OffsetMs);
}
