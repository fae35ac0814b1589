using System.Net.Http.Json;
using System.Text.Json;
using FleetChat.Simulators.Faults;
using FleetChat.Simulators.Journal;

namespace FleetChat.Simulators.Hosting;

/// <summary>The HTTP of the typed control clients: a refused control call is an exception with the simulator's own sentence.</summary>
internal sealed class ControlHttp(Uri address) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    public async Task<TAnswer> PostAsync<TRequest, TAnswer>(string path, TRequest request, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync(SimulatorApp.ControlPrefix + path, request, SimulatorJson.Control, ct);
        return await ReadAsync<TAnswer>(response, ct);
    }

    public async Task DoAsync<TRequest>(string path, TRequest request, CancellationToken ct) => await PostAsync<TRequest, Nothing>(path, request, ct);

    public async Task DeleteAsync(string path, CancellationToken ct) => await DeleteAsync<Nothing>(path, ct);

    public async Task<TAnswer> DeleteAsync<TAnswer>(string path, CancellationToken ct)
    {
        using var response = await http.DeleteAsync(new Uri(SimulatorApp.ControlPrefix + path, UriKind.Relative), ct);
        return await ReadAsync<TAnswer>(response, ct);
    }

    public async Task<TAnswer> GetAsync<TAnswer>(string path, CancellationToken ct)
    {
        using var response = await http.GetAsync(new Uri(SimulatorApp.ControlPrefix + path, UriKind.Relative), ct);
        return await ReadAsync<TAnswer>(response, ct);
    }

    public Task<IReadOnlyList<JournalEntry>> JournalAsync(long after, CancellationToken ct) => GetAsync<IReadOnlyList<JournalEntry>>($"/journal?after={after}", ct);

    public Task<FaultReport> PlanFaultsAsync(FaultPlan plan, CancellationToken ct) => PostAsync<FaultPlan, FaultReport>("/faults/plan", plan, ct);

    public Task<FaultReport> EndFaultsAsync(CancellationToken ct) => DeleteAsync<FaultReport>("/faults/plan", ct);

    public Task<FaultReport> FaultsAsync(CancellationToken ct) => GetAsync<FaultReport>("/faults/plan", ct);

    public async Task<int> PendingAsync(CancellationToken ct) => (await GetAsync<PendingWebhooks>("/pending", ct)).Pending;

    public void Dispose() => http.Dispose();

    private static async Task<TAnswer> ReadAsync<TAnswer>(HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"The simulator refused {response.RequestMessage?.RequestUri?.PathAndQuery}: {await response.Content.ReadAsStringAsync(ct)}");
        return await response.Content.ReadFromJsonAsync<TAnswer>(SimulatorJson.Control, ct) ?? throw new InvalidDataException("The simulator answered null.");
    }
}
