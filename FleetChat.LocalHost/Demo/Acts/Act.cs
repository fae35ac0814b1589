using System.Text.Json.Nodes;
using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>A part of the day: what drivers, trucks, dispatchers, strangers and broken lines do in it.</summary>
internal abstract class Act(Stage stage, Fleet fleet, DayNotes notes)
{
    protected const int Done = 0;
    protected const int Problem = 1;
    protected static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>So long nothing may change before a trip is told of.</summary>
    protected static readonly TimeSpan Settling = TimeSpan.FromMinutes(3);

    protected Stage Stage => stage;

    protected DayNotes Notes => notes;

    protected Company Freight => fleet.Freight;

    protected Company Cargo => fleet.Cargo;

    /// <summary>Of a whole day.</summary>
    protected Company Haulage => fleet.Haulage!;

    protected IReadOnlyList<Company> Companies => fleet.Companies;

    protected CompanySetUp SetUp { get; } = new(stage.Samsara, stage.WhatsApp);

    public abstract Task PlayAsync(CancellationToken ct);

    /// <summary>Samsara is looked at, and what dispatch changed there has settled.</summary>
    protected async Task LookAndSettleAsync(CancellationToken ct)
    {
        await stage.PassAsync(Minute, ct);
        await stage.PassAsync(Settling, ct);
    }

    /// <summary>A dispatcher writes to a driver.</summary>
    protected async Task<Guid> WriteAsync(Company company, Driver driver, string text, CancellationToken ct)
    {
        var drivers = await stage.ApiOf(company).ListAsync<ApiDriver>("api/drivers", ct);
        var (_, body) = await stage.ApiOf(company).PostAsync($"api/drivers/{drivers.Single(d => d.SamsaraDriverId == driver.Id).Id}/messages", new { text }, ct);
        return JsonNode.Parse(body)?["message_id"]?.GetValue<Guid>() ?? Guid.Empty;
    }

    /// <summary>The company enters what it has on paper.</summary>
    protected Task AgreeAsync(Company company, Driver driver, Guid id, CancellationToken ct) => stage.ApiOf(company).ChangeAsync($"api/drivers/{id}", new { language = driver.Language, opt_in = BringIn.Paper(company, driver) }, ct);

    /// <summary>A truck that nobody had planned for reaches its first stop.</summary>
    protected async Task ArriveAsync(Driver driver, CancellationToken ct)
    {
        await SetUp.AddTripAsync(Haulage, driver, driver.Trip, stage.Now, ct);
        await stage.ArriveAsync(Haulage, driver, 0, ct);
        await stage.SettleAsync(ct);
    }

    protected async Task<IReadOnlyList<ApiEntry>> WaitingAsync(Company company, CancellationToken ct)
        => [.. (await stage.ApiOf(company).ListAsync<ApiConversation>("api/conversations?needs=dispatcher", ct)).SelectMany(c => c.Entries)];
}
