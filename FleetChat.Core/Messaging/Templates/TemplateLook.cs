using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Templates;

/// <summary>One look at an account: what it lacks is submitted, of the rest it is heard how it stands.</summary>
/// <param name="known">Rows of the account.</param>
internal sealed class TemplateLook(IWhatsAppTemplates meta, WhatsAppAccount account, IReadOnlyList<WantedTemplate> wanted, IReadOnlyList<TemplateRow> known)
{
    /// <summary>Of an invalid parameter: of a name and language too that are taken.</summary>
    private const int InvalidParameter = 100;

    private const string RefusedAsIs = "INVALID_PARAMETER";

    private readonly List<TemplateNews> _news = [];

    public IReadOnlyList<WantedTemplate> Wanted => wanted;

    public IReadOnlyList<TemplateNews> News => _news;

    public int Submitted { get; private set; }

    public bool IsMoreLeft { get; private set; }

    public bool IsAnyWaiting => _news.Exists(n => n.Status is { } status && TemplateStatus.IsWaiting(status));

    /// <returns>What ended it early; what was heard until then counts.</returns>
    public async Task<WhatsAppException?> RunAsync(int mostSubmissions, CancellationToken ct)
    {
        try
        {
            var listed = (await meta.ListAsync(account, ct)).GroupBy(t => (t.Name, t.Language)).ToDictionary(g => g.Key, g => g.First());
            HearOfOthers(listed);
            foreach (var template in wanted)
            {
                if (listed.TryGetValue((template.Name, template.Language), out var found)) _news.Add(await FollowAsync(template, found, ct));
                else if (!IsRefused(template) && Submitted == mostSubmissions) IsMoreLeft = true;
                else if (!IsRefused(template)) _news.Add(await SubmitAsync(template, ct));
            }
            return null;
        }
        catch (WhatsAppException exception)
        {
            return exception;
        }
    }

    // The same words would be refused again, and those behind them never come to their turn. Whoever asks for another review gets one.
    private bool IsRefused(WantedTemplate template)
        => known.Any(r => !r.WantsReview && r.Status == TemplateStatus.Rejected && r.RejectionReason == RefusedAsIs && (r.Name, r.Language) == (template.Name, template.Language));

    // Versions of before, which may still serve.
    private void HearOfOthers(Dictionary<(string, string), MetaTemplate> listed)
    {
        foreach (var row in known.Where(r => !wanted.Any(w => (w.Name, w.Language) == (r.Name, r.Language))))
        {
            if (listed.TryGetValue((row.Name, row.Language), out var found)) _news.Add(row.RejectionReason == TemplateStatus.OtherContent ? OthersOf(found) : NewsOf(found));
            else if (row.Status != TemplateStatus.NotSubmitted) _news.Add(new(row.Name, row.Language) { Status = TemplateStatus.Deleted });
        }
    }

    private async Task<TemplateNews> FollowAsync(WantedTemplate template, MetaTemplate found, CancellationToken ct)
    {
        if (!template.Matches(found)) return OthersOf(found);
        if (!known.Any(r => r.WantsReview && (r.Name, r.Language) == (found.Name, found.Language))) return NewsOf(found);
        switch (found.Status)
        {
            case TemplateStatus.Rejected when await IsTakenAsync(() => meta.EditAsync(account, found.Id, template.Submission, ct)):
                return NewsOf(found) with { Status = TemplateStatus.Pending, Reason = null, IsReviewedAgain = true };
            case TemplateStatus.Paused:
                await IsTakenAsync(() => meta.UnpauseAsync(account, found.Id, ct));
                // Whether it works again, the next look tells.
                return NewsOf(found) with { IsReviewedAgain = true };
            default:
                return NewsOf(found) with { IsReviewedAgain = true };
        }
    }

    // What is refused about one says nothing of the others, and would be refused the next time too: whoever wants that asks once more.
    private static async Task<bool> IsTakenAsync(Func<Task> review)
    {
        try
        {
            await review();
            return true;
        }
        catch (WhatsAppException exception) when (exception.Failure == WhatsAppFailure.Permanent)
        {
            return false;
        }
    }

    private async Task<TemplateNews> SubmitAsync(WantedTemplate template, CancellationToken ct)
    {
        Submitted++;
        try
        {
            var submitted = await meta.SubmitAsync(account, template.Submission, ct);
            return new(template.Name, template.Language) { Status = submitted.Status, Category = submitted.Category, MetaId = submitted.Id };
        }
        catch (WhatsAppException exception) when (exception.Code == InvalidParameter)
        {
            // Either it is there by now, by somebody who was faster or whose answer was lost, or Meta does not take it.
            var found = (await meta.ListAsync(account, ct)).FirstOrDefault(t => (t.Name, t.Language) == (template.Name, template.Language));
            return found is null
                ? new(template.Name, template.Language) { Status = TemplateStatus.Rejected, Reason = RefusedAsIs, IsReviewedAgain = true }
                : template.Matches(found) ? NewsOf(found) : OthersOf(found);
        }
    }

    private static TemplateNews OthersOf(MetaTemplate found) => NewsOf(found) with { Status = TemplateStatus.Rejected, Reason = TemplateStatus.OtherContent };

    private static TemplateNews NewsOf(MetaTemplate found) => new(found.Name, found.Language)
    {
        Status = found.Status,
        Category = found.Category,
        MetaId = found.Id,
        Reason = found.RejectionReason,
        Quality = found.Quality,
    };
}
