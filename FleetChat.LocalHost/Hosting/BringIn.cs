using FleetChat.Core.Security;
using FleetChat.Simulators.OpenId;
using FleetChat.Simulators.WhatsApp;

namespace FleetChat.LocalHost.Hosting;

/// <param name="Company">With the ids that it has got.</param>
/// <param name="Key">An API key of it that may read and write.</param>
/// <param name="Seen">Its onboarding, as its admin saw it again and again.</param>
internal sealed record BroughtIn(Company Company, string Key, IReadOnlyList<ApiOnboarding> Seen);

/// <summary>
/// Brings companies in over HTTP alone, as people do: FleetChat's operator registers each, its first admin accepts the invitation of an
/// e-mail and gives what connects the company with Samsara and WhatsApp. What Samsara and WhatsApp know of it is there already.
/// </summary>
/// <param name="settings">Of the running host.</param>
internal sealed class BringIn(LocalHostSettings settings, IssuerSimulator issuer, WhatsAppControl whatsApp) : IDisposable
{
    /// <summary>More are a defect, and somebody waits.</summary>
    private const int MostWaits = 60;

    private readonly FleetApi _operator = new(settings.Url, ct => issuer.SignInAsync(LocalHostSettings.Operator, ct));

    /// <summary>Lets time pass, and what becomes due in it happen.</summary>
    public required Func<CancellationToken, Task> PassAsync { get; init; }

    /// <summary>All at once: Meta looks at everybody's templates meanwhile.</summary>
    /// <exception cref="HttpRequestException">FleetChat refused something.</exception>
    /// <exception cref="TimeoutException">A company does not get on.</exception>
    public async Task<IReadOnlyList<BroughtIn>> AllAsync(IReadOnlyList<Company> companies, CancellationToken ct)
    {
        var entrants = new List<Entrant>();
        try
        {
            await _operator.PostAsync<ApiRateCard>("api/platform/rate-cards", SampleRateCard.Body, ct);
            foreach (var company in companies) entrants.Add(await RegisterAsync(company, ct));
            foreach (var entrant in entrants) await AcceptAsync(entrant, ct);
            foreach (var entrant in entrants) await GiveNumberAsync(entrant, ct);
            foreach (var entrant in entrants) await _operator.PostAsync<ApiOnboarding>($"api/platform/tenants/{entrant.Company.Tenant}/onboarding", new { }, ct);
            await LookAsync(entrants, ct);
            foreach (var entrant in entrants) await ConnectAsync(entrant, ct);
            foreach (var entrant in entrants) await EnrolAsync(entrant, ct);
            for (var wait = 0; !entrants.TrueForAll(entrant => entrant.Seen[^1].HasBegun); wait++)
            {
                if (wait == MostWaits) throw new TimeoutException($"A company does not get on: {string.Join("; ", entrants.Select(entrant => entrant.Seen[^1]))}");
                await LookAsync(entrants, ct);
            }
            var all = new List<BroughtIn>();
            foreach (var entrant in entrants) all.Add(await ShowAsync(entrant, ct));
            return all;
        }
        finally
        {
            foreach (var entrant in entrants) entrant.Admin.Dispose();
        }
    }

    public void Dispose() => _operator.Dispose();

    /// <summary>A number for the pool, where the company is to have one of it, and the company itself.</summary>
    private async Task<Entrant> RegisterAsync(Company company, CancellationToken ct)
    {
        if (company.HasPoolNumber) await EnterNumberAsync(company, ct);
        var made = await _operator.PostAsync<ApiTenant>("api/platform/tenants", new
        {
            company_name = company.Name,
            country = "US",
            time_zone = "America/Chicago",
            default_language = company.Language,
            currency = "USD",
            estimated_driver_count = company.Everybody.Count(),
            primary_contact = new { name = "The admin", email = company.AdminAddress },
        }, ct);
        return new(company with { Tenant = made.TenantId }, new(settings.Url, token => issuer.SignInAsync(company.AdminAddress, token)));
    }

    private async Task EnterNumberAsync(Company company, CancellationToken ct)
    {
        var entered = await _operator.PostAsync<ApiNumber>("api/platform/numbers",
            new { phone_number = $"+{company.Phone}", verified_name = "FleetChat", business_account_id = company.WabaId, access_token = company.WhatsAppToken }, ct);
        // Read from the phone by whoever holds it.
        var code = (await whatsApp.JournalAsync(ct: ct)).Last(entry => entry.Kind == "code.sent" && entry.Data.GetProperty("phone").GetString() == company.Phone).Data.GetProperty("code").GetString();
        await _operator.PostAsync<ApiNumber>($"api/platform/numbers/{entered.Id}/code", new { code }, ct);
    }

    private async Task AcceptAsync(Entrant entrant, CancellationToken ct)
    {
        string? token;
        for (var wait = 0; (token = Letters.FindInvitation(settings.MailFolder, entrant.Company.AdminAddress)) is null; wait++)
        {
            if (wait == MostWaits) throw new TimeoutException($"No invitation came to {entrant.Company.AdminAddress}.");
            await PassAsync(ct);
        }
        await entrant.Admin.PostAsync<ApiMembership>("api/invitations/accept", new { token }, ct);
    }

    /// <summary>First of all: to a company without a number of its own one of the pool is handed over at once.</summary>
    private static Task GiveNumberAsync(Entrant entrant, CancellationToken ct) => entrant.Company is { HasPoolNumber: false } company
        ? entrant.Admin.ChangeCompanyAsync(
            new { whatsapp_config = new { ownership = "company", phone_number_id = company.NumberId, business_account_id = company.WabaId, access_token = company.WhatsAppToken } }, ct)
        : Task.CompletedTask;

    private static Task ConnectAsync(Entrant entrant, CancellationToken ct)
        => entrant.Admin.ChangeCompanyAsync(new { samsara_config = new { api_token = entrant.Company.SamsaraToken, group_id = entrant.Company.Tag?.Id ?? "" } }, ct);

    /// <summary>Before Samsara's roster is looked at for the first time.</summary>
    private static async Task EnrolAsync(Entrant entrant, CancellationToken ct)
    {
        foreach (var driver in entrant.Company.Drivers)
        {
            await entrant.Admin.PostAsync<ApiEnrolled>("api/drivers", new
            {
                samsara_driver_id = driver.Id,
                name = driver.Name,
                phone = $"+{driver.Phone}",
                language = driver.Language,
                opt_in = Paper(entrant.Company, driver),
            }, ct);
        }
    }

    /// <summary>What a driver has signed, as the API wants it.</summary>
    public static object Paper(Company company, Driver driver) => new
    {
        text = $"{company.Name} may write to me on WhatsApp about my trips.",
        text_version = "2026-01",
        language = "en",
        method = "paper",
        evidence = $"personnel file {driver.Id}",
        // Real time: before anything that happens on the business clock.
        agreed_at = TimeProvider.System.GetUtcNow().AddDays(-30),
    };

    private async Task LookAsync(IReadOnlyList<Entrant> entrants, CancellationToken ct)
    {
        await PassAsync(ct);
        foreach (var entrant in entrants) entrant.Seen.Add(await entrant.Admin.GetAsync<ApiOnboarding>("api/onboarding", ct));
    }

    private static async Task<BroughtIn> ShowAsync(Entrant entrant, CancellationToken ct)
    {
        var connected = (await entrant.Admin.GetAsync<ApiTenant>("api/tenant", ct)).Configuration!;
        var key = await entrant.Admin.PostAsync<ApiNewKey>("api/keys", new { name = "local", scopes = ApiScopes.All }, ct);
        return new(
            entrant.Company with { WebhookId = connected.SamsaraConnection.WebhookId!, NumberId = connected.WhatsappConfig.PhoneNumberId! }, key.Token, entrant.Seen);
    }

    private sealed record Entrant(Company Company, FleetApi Admin)
    {
        public List<ApiOnboarding> Seen { get; } = [];
    }

    private sealed record ApiTenant(string TenantId, ApiConfiguration? Configuration = null);

    private sealed record ApiConfiguration(ApiConnection SamsaraConnection, ApiWhatsApp WhatsappConfig);

    private sealed record ApiConnection(string? WebhookId);

    private sealed record ApiWhatsApp(string? PhoneNumberId);

    private sealed record ApiNumber(Guid Id);

    private sealed record ApiRateCard(int Version);

    private sealed record ApiMembership(string Role);

    private sealed record ApiEnrolled(Guid Id);

    private sealed record ApiNewKey(string Token);
}

/// <summary>How far a company is brought in.</summary>
internal sealed record ApiOnboarding(string State, IReadOnlyList<string> ForPeople, IReadOnlyList<ApiOnboardingStep> Steps)
{
    /// <summary>Its drivers are written to.</summary>
    public bool HasBegun => Step("activation").State == "done";

    public ApiOnboardingStep Step(string name) => Steps.Single(step => step.Step == name);

    public override string ToString() => string.Join(", ", Steps.Select(step => $"{step.Step} {step.State} {step.Code}"));
}

/// <param name="Code">Of what it waits for.</param>
internal sealed record ApiOnboardingStep(string Step, string State, string? WaitsFor, string? Code);
