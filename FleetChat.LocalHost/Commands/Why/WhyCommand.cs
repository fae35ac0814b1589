using FleetChat.Core.Drivers;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands.Why;

internal sealed record WhyOptions : ViewOptions
{
    public required string Id { get; init; }

    /// <summary>Null: whichever company has it.</summary>
    public string? Tenant { get; init; }

    /// <summary>Words and names are shown only to who asks for them, like everywhere else on the command line.</summary>
    public bool Text { get; init; }
}

/// <summary>A message with its words.</summary>
internal sealed record WhyText(Guid MessageId, string? Driver, string Text);

/// <summary>Why somebody was told something, or was not.</summary>
internal static class WhyCommand
{
    /// <exception cref="StartRefusedException">There is nothing of this id, or the installation does not run.</exception>
    public static async Task RunAsync(WhyOptions options, IAnsiConsole console, CancellationToken ct)
        => await RunAsync(options, await FoundInstallation.InAsync(options.Folder, ct), console, ct);

    /// <param name="found">Where the database and its secrets are.</param>
    internal static async Task RunAsync(WhyOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
    {
        await using var views = found.Open();
        var companies = await Looking.AtAsync(() => FoundCompanies.InAsync(views, found.SecretsFolder, ct));
        var time = new StandingClock((await Looking.AtAsync(() => new RuntimeInspector(views.LocalRuntime).ReadClockAsync(ct))).Now);
        var pauses = new PlatformPauses(new(views.System), new(companies.Dbs, time), time);
        var explanation = await Looking.AtAsync(() => FindAsync(companies, new(companies.Dbs, companies.Keys, pauses, time), options, ct));
        var texts = options.Text ? await Looking.AtAsync(() => ReadAsync(companies, explanation, ct)) : [];
        if (options.Json) Output.WriteJson(console, new { explanation.TenantId, explanation.About, explanation.Id, explanation.Conclusion, explanation.Messages, explanation.Timeline, Texts = texts });
        else WhyReport.Show(explanation, texts, console);
    }

    private static async Task<Explanation> FindAsync(FoundCompanies companies, ExplainWhy why, WhyOptions options, CancellationToken ct)
    {
        var locked = "";
        foreach (var tenant in companies.Named(options.Tenant))
        {
            try
            {
                var found = await companies.OpenAsync(tenant, () => why.HandleAsync(new(tenant, options.Id), ct));
                if (found.IsOk) return found.Value;
            }
            catch (StartRefusedException refused) when (options.Tenant is null)
            {
                // A company that is gone with its key hides nothing of the others.
                locked = $" {refused.Message}";
            }
        }
        throw new StartRefusedException(companies.All.Count == 0
            ? FoundCompanies.None
            : $"{(options.Tenant is { } named ? $"'{named}' has" : "There is")} nothing of the id '{options.Id}', or it is older than the thirty days for which events are kept. 'tail --once' lists what went on lately.{locked}");
    }

    private static async Task<IReadOnlyList<WhyText>> ReadAsync(FoundCompanies companies, Explanation explanation, CancellationToken ct)
    {
        var (tenant, texts) = (explanation.TenantId, new List<WhyText>());
        foreach (var message in explanation.Messages)
        {
            if (await new GetMessage(companies.Dbs, companies.Keys).HandleAsync(tenant, message.Id, ct) is { IsOk: true } read)
                texts.Add(new(message.Id, await FindNameAsync(companies, tenant, message.DriverId, ct), read.Value.Text));
        }
        return texts;
    }

    private static async Task<string?> FindNameAsync(FoundCompanies companies, TenantId tenant, Guid? driver, CancellationToken ct)
        => driver is { } id && await new GetDriver(companies.Dbs, companies.Keys).HandleAsync(tenant, id, ct) is { IsOk: true } read ? read.Value.Name : null;
}
