using System.Collections.Concurrent;
using FleetChat.Core;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Demo;

/// <summary>
/// What two companies' day of kills is judged by. Every message and every event is explained, by the use case that the API has for
/// it: over HTTP a company may ask fifty times a second, and a long run would be judged for longer than it was played.
/// </summary>
internal static class KillEvidence
{
    private const int AtOnce = 6;

    /// <summary>By name, what may not be; each is shown forged evidence by <see cref="KillEvidenceTests"/>.</summary>
    /// <remarks>With the phones that said STOP last, and those that said START.</remarks>
    public static readonly IReadOnlyDictionary<string, Func<Evidence, IReadOnlyDictionary<string, bool>, string?>> Judgements = new Dictionary<string, Func<Evidence, IReadOnlyDictionary<string, bool>, string?>>
    {
        ["every-acknowledged-event-is-listed-once-and-done"] = (evidence, _) => Deliveries.ListedOnceAndDone(evidence),
        ["every-message-and-every-event-is-explained"] = (evidence, _) => Deliveries.Explained(evidence),
        ["each-company-has-its-own-numbers-messages"] = (evidence, _) => Doors.MessagesOfOwnNumber(evidence),
        ["each-arrival-made-one-message-at-most"] = (evidence, _) => evidence.Companies.SelectMany(c => c.Messages).Where(m => m.Reason.StartsWith("stop_arrived", StringComparison.Ordinal))
            .CountBy(m => m.StopId!.Value).Where(n => n.Value > 1).Select(n => $"{n.Value} messages of {n.Key}").FirstOrDefault(),
        ["the-last-word-holds"] = (evidence, lastWords) => evidence.Companies.SelectMany(c => c.Drivers)
            .Where(d => lastWords.TryGetValue(d.WhatsappNumber!.TrimStart('+'), out var isStop) && isStop != (d.ConsentStatus == "withdrawn")).Select(d => $"{d.Name} is {d.ConsentStatus}").FirstOrDefault(),
    };

    /// <param name="lastWords">By phone: whether it was STOP that he said last.</param>
    /// <returns>What is not as it has to be, with the judgement's name.</returns>
    public static IReadOnlyList<string> Judge(Evidence evidence, IReadOnlyDictionary<string, bool> lastWords)
        => [.. Judgements.Select(judgement => (judgement.Key, Fault: judgement.Value(evidence, lastWords))).Where(j => j.Fault is not null).Select(j => $"{j.Key}: {j.Fault}")];

    public static async Task<Evidence> ReadAsync(Stage stage, IReadOnlyList<Company> companies)
    {
        await using var core = SetUpServices.Create(stage.Settings, TimeProvider.System);
        return new()
        {
            Freight = await ReadAsync(stage, core, companies[0]),
            Cargo = await ReadAsync(stage, core, companies[1]),
            Journals = await Journals.ReadAsync(stage.Samsara, stage.WhatsApp, default),
            Notes = new DayNotes(),
            Backwards = [],
        };
    }

    private static async Task<CompanyEvidence> ReadAsync(Stage stage, IServiceProvider core, Company company)
    {
        var api = stage.ApiOf(company);
        var (messages, events) = (await api.ListAsync<ApiMessage>("api/messages", default), await api.ListAsync<ApiEvent>("api/events", default));
        return new()
        {
            Company = company,
            Drivers = await api.ListAsync<ApiDriver>("api/drivers", default),
            Messages = messages,
            Events = events,
            Explanations = await ExplainAsync(core, company, messages, events),
            Transports = [],
            Conversations = [],
            Alerts = [],
            Rules = [],
            Words = "",
        };
    }

    private static async Task<IReadOnlyDictionary<Guid, ApiExplanation>> ExplainAsync(IServiceProvider core, Company company, IReadOnlyList<ApiMessage> messages, IReadOnlyList<ApiEvent> events)
    {
        var (why, tenant, explained) = (core.GetRequiredService<ExplainWhy>(), TenantId.Parse(company.Tenant), new ConcurrentDictionary<Guid, ApiExplanation>());
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(messages.Where(m => m.IsOutbound), options, async (message, ct) => explained[message.Id] = Read(await why.HandleAsync(tenant, message.Id, ct)));
        await Parallel.ForEachAsync(events, options, async (arrived, ct) => explained[arrived.Id] = Read(await why.HandleEventAsync(tenant, arrived.Id, ct)));
        return explained;
    }

    private static ApiExplanation Read(Result<Explanation> explanation)
        => new(explanation.Value.Conclusion, [.. explanation.Value.Timeline.Select(e => new ApiWhyEntry(e.At, e.What, e.Detail, e.MessageId))]);
}
