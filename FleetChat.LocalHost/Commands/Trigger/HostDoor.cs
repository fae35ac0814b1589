using System.Globalization;
using System.Net.Http.Headers;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Samsara;

namespace FleetChat.LocalHost.Commands.Trigger;

/// <summary>Where Samsara's webhooks come in.</summary>
internal sealed class HostDoor(Uri host, string howToStart) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = host, Timeout = TimeSpan.FromSeconds(30) };

    /// <returns>The host's business time.</returns>
    /// <exception cref="StartRefusedException">It does not answer.</exception>
    public async Task<DateTimeOffset> ReadClockAsync(CancellationToken ct)
    {
        using var clock = new HostClock(new(host, LocalHostApp.ClockPath));
        return await clock.RefreshAsync(ct) ? clock.GetUtcNow() : throw NotRunning();
    }

    /// <returns>The status of each copy.</returns>
    public async Task<IReadOnlyList<int>> PostAsync(TriggeredTenant tenant, TriggeredDelivery delivery, DateTimeOffset signedAt, int copies, CancellationToken ct)
    {
        var body = SamsaraEnvelope.Body(delivery.Envelope);
        var timestamp = signedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var headers = SamsaraEnvelope.Headers(timestamp, SamsaraSignature.Sign(tenant.WebhookSecret, timestamp, body), delivery.EventId, tenant.OrgId, delivery.EventType);
        List<int> answers = [];
        for (var copy = 0; copy < copies; copy++) answers.Add(await PostAsync($"api/samsara/webhook/{tenant.Id}", body, headers, ct));
        return answers;
    }

    public void Dispose() => _http.Dispose();

    private async Task<int> PostAsync(string path, byte[] body, IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using var answer = await _http.SendAsync(request, ct);
            return (int)answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            throw NotRunning();
        }
    }

    private StartRefusedException NotRunning() => new($"FleetChat does not answer at {host}. Start it: {howToStart}; or say with --port where it listens.");
}
