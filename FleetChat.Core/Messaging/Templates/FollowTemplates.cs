using FleetChat.Core.Inbox;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Tenants.Onboarding;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>Takes in what is heard of a company's templates, and does what follows: alerts, and what waited goes out.</summary>
internal static class FollowTemplates
{
    /// <param name="asOf">When it was so; what is known of later stays.</param>
    /// <returns>How many changed.</returns>
    public static async Task<int> TakeAsync(Processing processing, string account, IReadOnlyList<TemplateNews> news, DateTimeOffset asOf, CancellationToken ct)
    {
        if (news.Count == 0) return 0;
        var known = (await TemplateSql.LockAsync(processing.Db, account, ct)).ToDictionary(r => (r.Name, r.Language));
        var (heard, changed) = (new List<TemplateRow>(), new List<(TemplateRow Before, TemplateRow After)>());
        foreach (var one in news)
        {
            if (!known.TryGetValue((one.Name, one.Language), out var before) || before.ToldAt > asOf) continue;
            var after = one.Over(before, asOf);
            heard.Add(after);
            if ((after.Status, after.Category) != (before.Status, before.Category)) changed.Add((before, after));
        }
        await TemplateSql.WriteAsync(processing.Db, account, asOf, heard, ct);
        foreach (var (_, after) in changed) await TellAsync(processing, after, ct);
        if (changed.Count > 0) await OnboardingSql.TellAsync(processing.Db, processing.Time, ct);
        string[] live = [.. changed.Where(c => c.After.IsLive).Select(c => c.After.Template).Distinct()];
        if (live.Length > 0) await TemplateHolds.ReleaseAsync(processing, live, ct);
        return changed.Count;
    }

    /// <summary>What a person has to do something about, and that nobody has to any more.</summary>
    private static async Task TellAsync(Processing processing, TemplateRow row, CancellationToken ct)
    {
        var (db, time, subject) = (processing.Db, processing.Time, $"{row.Name} {row.Language}");
        var open = AlertOf(row);
        foreach (var code in new[] { AlertCodes.TemplateRejected, AlertCodes.TemplateRecategorised, AlertCodes.TemplatePaused })
        {
            if (code == open) await Alerts.RaiseAsync(db, time, code, Alerts.Warning, subject, ct);
            else await Alerts.CloseAsync(db, time, code, subject, ct);
        }
    }

    private static string? AlertOf(TemplateRow row) => row switch
    {
        { Status: TemplateStatus.Rejected } => AlertCodes.TemplateRejected,
        { Category: not TemplateStatus.Utility } => AlertCodes.TemplateRecategorised,
        { IsLive: true } => null,
        _ => TemplateStatus.IsWaiting(row.Status) ? null : AlertCodes.TemplatePaused,
    };
}
