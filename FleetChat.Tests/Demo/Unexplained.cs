using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Monitoring.Why;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Demo;

/// <summary>What of a day nobody could explain afterwards.</summary>
internal static class Unexplained
{
    private static readonly string[] s_causes = [WhyWhat.Received, WhyWhat.CameAgain, WhyWhat.Looked, WhyWhat.Call, WhyWhat.Orchestrated];

    public static async Task<IReadOnlyList<string>> ListAsync(LocalHostSettings settings)
    {
        await using var core = SetUpServices.Create(settings, TimeProvider.System);
        var (why, faults, looked) = (core.GetRequiredService<ExplainWhy>(), new List<string>(), 0);
        foreach (var tenant in await core.GetRequiredService<SystemDb>().ListAsync("select tenant_id from directory.tenants", row => TenantId.Parse(row.GetString(0)), default))
        {
            var db = core.GetRequiredService<TenantDbs>().For(tenant);
            foreach (var id in await db.ListAsync("select id from fleet.message_logs where tenant_id = $1", row => row.GetGuid(0), default))
            {
                looked++;
                if (await FindFaultAsync(why, tenant, id) is { } fault) faults.Add($"message {id} of {tenant}: {fault}");
            }
            foreach (var id in await db.ListAsync("select id from fleet.inbox where tenant_id = $1", row => row.GetGuid(0), default))
                if (await why.HandleAsync(new ExplainInput(tenant, id.ToString()), default) is not { IsOk: true, Value: { About: "event", Conclusion.Length: > 0 } }) faults.Add($"event {id} of {tenant}");
            foreach (var (cause, decision) in await db.ListAsync(ListSuppressed, row => (row.GetString(0), row.GetString(1)), default))
                if (!await TellsAsync(why, tenant, cause, decision)) faults.Add($"{decision} of {tenant}, because of {cause}");
        }
        return looked > 0 ? faults : ["there was no message"];
    }

    // What a rule would have told and did not.
    private const string ListSuppressed = """
        select distinct cause, subject || ': ' || outcome
        from fleet.decisions
        where tenant_id = $1
          and kind = 'rule'
          and (cause like 'event:%' or cause like 'reminder:%')
        """;

    // Told once more of a message that was made: its own explanation says so, and the event's says what came of it.
    private static async Task<bool> TellsAsync(ExplainWhy why, TenantId tenant, string cause, string decision)
    {
        var found = await why.HandleAsync(new ExplainInput(tenant, cause.StartsWith("event:", StringComparison.Ordinal) ? cause["event:".Length..] : cause), default);
        return found.IsOk && found.Value.Timeline.Any(e => e.What is WhyWhat.NotTold or WhyWhat.CameAgain && e.Detail == decision);
    }

    private static async Task<string?> FindFaultAsync(ExplainWhy why, TenantId tenant, Guid id)
    {
        var found = await why.HandleAsync(new ExplainInput(tenant, id.ToString()), default);
        if (!found.IsOk) return "not found";
        var (message, told) = (found.Value.Messages.Single(m => m.Id == id), found.Value.Timeline.Select(e => e.What).ToHashSet());
        var isAskedFor = message.Reason.Split(':')[0] is SendDispatcherMessage.Reason or ConsentQuestion.Reason;
        if (!isAskedFor && !told.Overlaps(s_causes)) return $"{message.Reason} has no cause";
        var isOver = message.Status is DeliveryStatus.Expired or DeliveryStatus.Refused;
        return isOver && !told.Contains(WhyWhat.Unsent) && !told.Contains(WhyWhat.Superseded) ? $"{message.Reason}: nothing says why it is {message.Status}" : null;
    }
}
