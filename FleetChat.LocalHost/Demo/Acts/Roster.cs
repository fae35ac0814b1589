using FleetChat.LocalHost.Hosting;

namespace FleetChat.LocalHost.Demo.Acts;

/// <summary>Nobody enters the other thirty-four drivers: they stand in Samsara, each under his company's tag. Their companies enter who agreed to be written to.</summary>
internal sealed class Roster(Stage stage, Fleet fleet, DayNotes notes) : Act(stage, fleet, notes)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(5);
    private static readonly Dictionary<string, string> s_fields = new() { ["Links"] = "string", ["Photos"] = "photo" };

    public override async Task PlayAsync(CancellationToken ct)
    {
        Stage.Tell("Marc is hired. The companies find their other drivers in Samsara's roster, and enter who agreed to WhatsApp, in which language.");
        await SetUp.HireAsync(Haulage, Haulage.Get(Cast.Marc), ct);
        foreach (var (org, paper) in new[] { Freight.OrgId, Cargo.OrgId }.SelectMany(org => new[] { (org, "Bill of Lading"), (org, "Proof of Delivery") }))
            await Stage.Samsara.AddDocumentTypeAsync(org, new(paper, s_fields), ct);
        await Stage.WhatsApp.PlanStatusesAsync(new(Freight.NumberId), ct);
        await Stage.WhatsApp.PlanStatusesAsync(new(Cargo.NumberId), ct);
        await Stage.PassAsync(LookEvery, ct);
        foreach (var company in Companies)
        {
            var enrolled = await Stage.ApiOf(company).ListAsync<ApiDriver>("api/drivers", ct);
            foreach (var driver in company.Roster)
            {
                if (enrolled.FirstOrDefault(d => d.SamsaraDriverId == driver.Id) is { } found) await AgreeAsync(company, driver, found.Id, ct);
            }
        }
    }
}
